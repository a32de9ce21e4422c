internal import EvertokenGlue
import Foundation

extension TokenSource {
    /// Something that happened, with the facts that belong to it; nothing secret.
    public struct Event: Sendable {
        /// What happened.
        public let kind: Kind

        /// Which token, counted from 1.
        public let generation: Int?

        /// Which attempt to get a token.
        public let attempt: Int?

        /// The token's lifetime, in seconds.
        public let lifetime: TimeInterval?

        /// Whether the token came after its attempt's deadline.
        public let isLate: Bool?

        /// Why an attempt is made, such as `window`.
        public let reason: String?

        /// What failed.
        public let error: EvertokenError?

        /// Whether a valid token is held in spite of a failure.
        public let isServed: Bool?

        /// The end of a pause.
        public let until: Date?

        /// How far the wall clock was set, in seconds.
        public let wallStep: TimeInterval?

        /// How far the monotonic clock went back, in seconds.
        public let monoStepBack: TimeInterval?

        /// What was reset: `logout` or `close`.
        public let reset: String?

        /// The stable name of an event, the same in every language.
        public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
            /// The name, such as `same_token`.
            public let rawValue: String

            /// Makes a kind of its name.
            public init(rawValue: String) {
                self.rawValue = rawValue
            }

            public var description: String { rawValue }

            /// An attempt was given up.
            public static let abandoned = Kind(rawValue: "abandoned")

            /// A token came from elsewhere.
            public static let adopted = Kind(rawValue: "adopted")

            /// A clock was set.
            public static let clockStepped = Kind(rawValue: "clock_stepped")

            /// The credentials are other ones.
            public static let credentialsChanged = Kind(rawValue: "credentials_changed")

            /// A token is over.
            public static let expired = Kind(rawValue: "expired")

            /// An attempt has failed.
            public static let failed = Kind(rawValue: "failed")

            /// A token came.
            public static let granted = Kind(rawValue: "granted")

            /// The program dropped a token.
            public static let invalidated = Kind(rawValue: "invalidated")

            /// No token is asked for until a time.
            public static let paused = Kind(rawValue: "paused")

            /// The API rejected a token.
            public static let rejected = Kind(rawValue: "rejected")

            /// The program logged out or closed the source.
            public static let reset = Kind(rawValue: "reset")

            /// The endpoint gave the token that it gave before.
            public static let sameToken = Kind(rawValue: "same_token")

            /// An attempt to get a token has begun.
            public static let started = Kind(rawValue: "started")
        }

        init(_ event: EvertokenGlue.Event) {
            kind = Kind(rawValue: event.name)
            generation = event.generation.map { Int($0) }
            attempt = event.attempt.map { Int($0) }
            lifetime = event.lifetimeMs.map(TimeInterval.init(millis:))
            isLate = event.late
            reason = event.reason
            error = event.failure.map { EvertokenError($0) }
            isServed = event.served
            until = event.untilMs.map { Date(timeIntervalSince1970: TimeInterval(millis: $0)) }
            wallStep = event.wallMs.map { TimeInterval($0) / 1_000 }
            monoStepBack = event.monoBackMs.map(TimeInterval.init(millis:))
            reset = event.reset
        }
    }
}
