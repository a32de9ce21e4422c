import Foundation

extension TokenSource {
    /// How a source behaves.
    public struct Options: Sendable {
        /// The numbers that differ from the default.
        public var policy: Policy

        /// How long a call waits that does not say, in seconds; `nil` for the policy's 15.
        public var patience: TimeInterval?

        /// The time of the source: a hook for tests.
        public var clock: any TokenClock

        /// Takes a secret on Apple's platforms, too.
        ///
        /// Whoever has an app has all that is in it (RFC 8252 section 8.5): keep the secret on a server of yours and
        /// use ``Provider/broker(url:api:headers:)``. This is for programs that are not shipped.
        public var dangerouslyAllowSecretInApp: Bool

        /// Makes options of which each is the default until it is set.
        public init(
            policy: Policy = Policy(),
            patience: TimeInterval? = nil,
            clock: any TokenClock = SystemClock(),
            dangerouslyAllowSecretInApp: Bool = false
        ) {
            self.policy = policy
            self.patience = patience
            self.clock = clock
            self.dangerouslyAllowSecretInApp = dangerouslyAllowSecretInApp
        }
    }
}
