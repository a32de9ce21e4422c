extension EvertokenError {
    /// The stable name of a failure, the same in every language.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name, such as `credentials_rejected`.
        public let rawValue: String

        /// Makes a code of its name.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// Ask the provider about the account: its licence or its access is off.
        public static let accountRefused = Code(rawValue: "account_refused")

        /// Check that the token endpoint is right: its answer is larger than any token.
        public static let answerTooLarge = Code(rawValue: "answer_too_large")

        /// Check the network path to the token endpoint: it does not answer in time.
        public static let attemptDeadline = Code(rawValue: "attempt_deadline")

        /// Nothing to fix: the call was cancelled.
        public static let cancelled = Code(rawValue: "cancelled")

        /// Make a new source: this one was closed.
        public static let closed = Code(rawValue: "closed")

        /// Check the credentials; if they were deleted or replaced, create new ones.
        public static let credentialsRejected = Code(rawValue: "credentials_rejected")

        /// Try again, or give the call more patience.
        public static let deadline = Code(rawValue: "deadline")

        /// Give the account as its host name, such as acme.piwik.pro.
        public static let invalidAccount = Code(rawValue: "invalid_account")

        /// Correct the named field of the provider descriptor.
        public static let invalidDescriptor = Code(rawValue: "invalid_descriptor")

        /// Give an absolute https URL without user info, query and fragment.
        public static let invalidEndpoint = Code(rawValue: "invalid_endpoint")

        /// Report it to the provider: the lifetime in its answer is not usable.
        public static let invalidLifetime = Code(rawValue: "invalid_lifetime")

        /// Correct the named option.
        public static let invalidOption = Code(rawValue: "invalid_option")

        /// Report it to the provider: the token in its answer is not usable.
        public static let invalidToken = Code(rawValue: "invalid_token")

        /// Check that the token endpoint is right: it answers with something else.
        public static let malformedAnswer = Code(rawValue: "malformed_answer")

        /// Give the named credential.
        public static let missingCredentials = Code(rawValue: "missing_credentials")

        /// Check that the token endpoint is right: its answer carries no token.
        public static let missingToken = Code(rawValue: "missing_token")

        /// Report it: the host program broke the contract of the token machine.
        public static let misuse = Code(rawValue: "misuse")

        /// Check the network; in a browser also that the endpoint allows this page's origin (CORS).
        public static let networkOrCors = Code(rawValue: "network_or_cors")

        /// Call a URL of the provider's API, or configure the API that you call.
        public static let originNotAllowed = Code(rawValue: "origin_not_allowed")

        /// Configure the token endpoint's final URL.
        public static let redirectRefused = Code(rawValue: "redirect_refused")

        /// Give the token request a transport of its own, without this source.
        public static let reentrant = Code(rawValue: "reentrant")

        /// Check the endpoint, the grant's options and the descriptor: the server refuses the request's form.
        public static let requestRefused = Code(rawValue: "request_refused")

        /// Nothing to fix here: the token endpoint fails and is asked again.
        public static let serverError = Code(rawValue: "server_error")

        /// Wait until the given time; share one source so that fewer tokens are asked for.
        public static let throttled = Code(rawValue: "throttled")

        /// Check the clocks of this machine and of the server.
        public static let tokenDeadOnArrival = Code(rawValue: "token_dead_on_arrival")

        /// Check that the credentials may use this API: its server hands out a token that the API rejects.
        public static let tokenRejectedAgain = Code(rawValue: "token_rejected_again")

        /// Check the network, the endpoint's name and its certificate.
        public static let transportFailed = Code(rawValue: "transport_failed")
    }
}
