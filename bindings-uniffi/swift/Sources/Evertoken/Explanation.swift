internal import EvertokenGlue
import Foundation

extension TokenSource {
    /// What a source does and will do next; times are seconds from now on, and nothing is secret.
    public struct Explanation: Sendable, Hashable, CustomStringConvertible {
        /// What is held.
        public let token: HeldToken?

        /// What the token endpoint is doing: `idle`, `in_flight` or `paused`.
        public let flight: String

        /// Why an attempt is made, such as `window`.
        public let reason: String?

        /// Why no request is sent, such as `transient`.
        public let why: String?

        /// When the attempt or the pause ends.
        public let endsIn: TimeInterval?

        /// What failed before a pause.
        public let error: EvertokenError.Code?

        /// How many callers wait; one that was cancelled counts until its patience is over.
        public let waiting: Int

        /// How many token requests there were.
        public let requests: Int

        /// How many tokens there were.
        public let tokens: Int

        /// All of it in words.
        public let description: String

        /// A held token, without the token.
        public struct HeldToken: Sendable, Hashable {
            /// Which token, counted from 1.
            public let generation: Int

            /// How it is used: `fresh`, `window`, `hard`, `withheld` or `rejected`.
            public let zone: String

            /// Its lifetime.
            public let lifetime: TimeInterval

            /// When its refresh begins.
            public let refreshIn: TimeInterval

            /// When callers begin to wait a little for a refresh.
            public let hardIn: TimeInterval

            /// When it is over.
            public let expiresIn: TimeInterval
        }

        init(_ explanation: EvertokenGlue.Explanation) {
            token = explanation.token.map { held in
                HeldToken(
                    generation: Int(held.generation),
                    zone: held.zone,
                    lifetime: TimeInterval(millis: held.lifetimeMs),
                    refreshIn: TimeInterval(millis: held.refreshInMs),
                    hardIn: TimeInterval(millis: held.hardInMs),
                    expiresIn: TimeInterval(millis: held.expiresInMs)
                )
            }
            flight = explanation.flight
            reason = explanation.reason
            why = explanation.why
            endsIn = explanation.endsInMs.map(TimeInterval.init(millis:))
            error = explanation.error.map(EvertokenError.Code.init(rawValue:))
            waiting = Int(explanation.waiting)
            requests = Int(explanation.requests)
            tokens = Int(explanation.tokens)
            description = explanation.text
        }
    }
}
