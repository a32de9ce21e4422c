internal import EvertokenGlue
import Foundation

/// Sends token requests; make one of your own to use another HTTP library.
public protocol TokenTransport: Sendable {
    /// Sends a request as it is and returns the answer, whatever its status.
    ///
    /// It follows no redirect, sends no cookie unless the request says so, uses no cache, reads at most `bodyLimit`
    /// bytes, and ends when its task is cancelled. What it throws becomes `transport_failed`.
    func send(_ request: TokenRequest) async throws -> TokenAnswer
}

/// A token request, which carries a secret and is shown nowhere.
public struct TokenRequest: Sendable {
    /// The method.
    public let method: String

    /// The token endpoint.
    public let url: URL

    /// The headers, in their order.
    public let headers: [(name: String, value: String)]

    /// The body.
    public let body: Data?

    /// Whether cookies of the endpoint's own origin may be sent.
    public let sameOriginCookies: Bool

    /// How many bytes of the answer are read at most.
    public let bodyLimit: Int

    init(_ request: EvertokenGlue.TokenRequest, bodyLimit: Int) throws {
        guard let url = URL(string: request.url) else {
            throw EvertokenError(.invalidEndpoint)
        }
        self.url = url
        self.bodyLimit = bodyLimit
        method = request.method
        headers = request.headers.map { ($0.name, $0.value) }
        body = request.body
        sameOriginCookies = request.sameOriginCookies
    }
}

/// The answer to a token request, which carries a token and is shown nowhere.
public struct TokenAnswer: Sendable {
    /// The status.
    public let status: Int

    /// The headers.
    public let headers: [(name: String, value: String)]

    /// The body, as far as it was read.
    public let body: Data

    /// Whether the body is longer than what was read.
    public let isTruncated: Bool

    /// Makes an answer.
    public init(status: Int, headers: [(name: String, value: String)], body: Data, isTruncated: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isTruncated = isTruncated
    }
}

extension TokenRequest: Redacted {
    /// The method alone.
    public var description: String { "TokenRequest(\(method), redacted)" }
}

extension TokenAnswer: Redacted {
    /// The status alone.
    public var description: String { "TokenAnswer(\(status), redacted)" }
}
