internal import EvertokenGlue
import Foundation

/// Why there is no token, and what to do about it; it holds nothing secret.
///
/// A cancelled call throws `CancellationError`, and failures of an API call are those of its HTTP library.
public struct EvertokenError: LocalizedError, Sendable {
    /// What failed, by its stable name.
    public let code: Code

    /// The class that the code belongs to.
    public let errorClass: ErrorClass

    /// Whether asking again later may help.
    public let retryable: Bool

    /// When the source itself asks again.
    public let retryAt: Date?

    /// What to do about it, in one line.
    public let fix: String

    /// What happened, in one line of bounded length.
    public let detail: String?

    /// The status of the token endpoint's answer.
    public let status: Int?

    /// The provider's own code.
    public let providerCode: String?

    /// What a transport or a function of the program's own has thrown; it is not shown.
    public let underlying: (any Error)?

    /// All of it in one line.
    private let text: String

    /// The kinds of failure.
    public enum ErrorClass: String, Sendable, CaseIterable {
        /// The provider refuses the account: its licence, its access.
        case account
        /// The source was asked to stop while the call waited.
        case cancelled
        /// Something is set up wrong; only a change helps.
        case configuration
        /// The provider refuses the credentials, or the broker the session.
        case credentials
        /// It took too long.
        case deadline
        /// The token endpoint answers with something that is not a token.
        case `protocol`
        /// The token endpoint asks for time.
        case throttled
        /// The token endpoint fails.
        case transient
        /// No answer came.
        case transport
    }

    public var errorDescription: String? { text }
    public var failureReason: String? { detail }
    public var recoverySuggestion: String? { fix }

    init(_ failure: Failure, underlying: (any Error)? = nil) {
        code = Code(rawValue: failure.code)
        errorClass = ErrorClass(rawValue: failure.class) ?? .configuration
        retryable = failure.retryable
        retryAt = failure.retryAtMs.map { Date(timeIntervalSince1970: Double($0) / 1_000) }
        fix = failure.fix
        detail = failure.description
        status = failure.status.map(Int.init)
        providerCode = failure.providerCode
        self.underlying = underlying
        text = failure.text
    }

    /// Makes the error of a failure that the host has found.
    init(_ code: Code, _ detail: String? = nil, fix: String? = nil) {
        do {
            self.init(try failureOf(code: code.rawValue, description: detail, fix: fix))
        } catch {
            self.init(brokenOff: error)
        }
    }

    /// Makes the error of a core that broke off; it asks the core for no words.
    init(brokenOff cause: any Error) {
        code = .misuse
        errorClass = .configuration
        retryable = false
        retryAt = nil
        fix = "Report it with what was called; a new process helps for now."
        detail = "the token machine broke off"
        status = nil
        providerCode = nil
        underlying = cause
        text = "misuse: the token machine broke off. \(fix)"
    }
}

extension EvertokenError: Equatable, Redacted {
    /// All of it in one line.
    public var description: String { text }

    /// Compares everything but ``underlying``.
    public static func == (left: EvertokenError, right: EvertokenError) -> Bool {
        left.text == right.text && left.code == right.code && left.retryAt == right.retryAt
            && left.status == right.status && left.providerCode == right.providerCode
    }
}

/// Calls the core; its refusals become errors with a code, and so does everything else.
func guarded<Result>(_ call: () throws -> Result) throws -> Result {
    do {
        return try call()
    } catch Refusal.Failed(let failure) {
        throw EvertokenError(failure)
    } catch {
        throw EvertokenError(brokenOff: error)
    }
}
