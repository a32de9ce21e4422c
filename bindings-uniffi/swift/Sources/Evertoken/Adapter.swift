internal import EvertokenGlue
import Foundation

/// What an adapter for an HTTP library needs: where the token may go, the token, and another one for a rejected call.
///
/// ```swift
/// let sent = try await adapter.token()
/// var response = try await send(request, sent)
/// if adapter.rejects(status: response.status, headers: response.headers, body: response.body),
///     let other = try await adapter.recover(from: sent, isReplayable: true) {
///     response = try await send(request, other)
///     if adapter.rejects(status: response.status, headers: response.headers, body: response.body) {
///         _ = try await adapter.recover(from: other, isReplayable: true, isRetry: true)
///     }
/// }
/// ```
public struct Adapter: Sendable {
    /// How many bytes of an answer's body may tell that it rejects the token; a longer one is not looked into.
    public static let lookedInto = 64 * 1_024

    /// The source of the tokens.
    public let source: TokenSource

    /// Makes an adapter; those of one source share what they know.
    public init(_ source: TokenSource) {
        self.source = source
    }

    /// The name of the header that carries the token.
    public var headerName: String { source.memory.headerName }

    /// Says whether a request to a URL may carry the token.
    public func admits(_ url: URL) -> Bool {
        source.memory.mediaType(url) != nil
    }

    /// Returns the media type for `Accept` where a request names none; `nil` where the API wants none.
    public func accept(_ url: URL) -> String? {
        source.memory.mediaType(url).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns a token, waiting at most `patience` seconds, or those of the source.
    public func token(patience: TimeInterval? = nil) async throws -> SentToken {
        if let held = try source.shell.held() {
            return SentToken(held)
        }
        return SentToken(try await source.shell.obtain(minValid: 0, patience: millis(patience)))
    }

    /// Says whether answers of a status are looked into; all others reject no token.
    public func inspects(status: Int) -> Bool {
        source.memory.inspects(status)
    }

    /// Says whether ``rejects(status:headers:body:)`` wants the body.
    public func readsBody(status: Int, headers: [(name: String, value: String)]) -> Bool {
        (try? source.memory.api.readsBody(status: UInt16(clamping: status), headers: pairs(headers))) ?? false
    }

    /// Says whether an answer to a request that carried our token rejects the token.
    public func rejects(status: Int, headers: [(name: String, value: String)], body: Data?) -> Bool {
        guard inspects(status: status) else { return false }
        let body = body.flatMap { $0.count > Self.lookedInto ? nil : $0 }
        let status = UInt16(clamping: status)
        return (try? source.memory.api.rejects(status: status, headers: pairs(headers), body: body)) ?? false
    }

    /// Returns the token with which a rejected call is sent again; `nil` gives the caller the API's own answer.
    ///
    /// A call whose body cannot be sent twice is not replayable, and one that was sent with a recovered token before is
    /// a retry: both get `nil`, and the source hears of the rejection all the same.
    public func recover(
        from rejected: SentToken,
        isReplayable: Bool,
        isRetry: Bool = false,
        patience: TimeInterval? = nil
    ) async throws -> SentToken? {
        let patience = try millis(patience)
        let held = try await source.shell.recover(
            rejected.held,
            isReplayable: isReplayable,
            isRetry: isRetry,
            patience: patience
        )
        return held.map { SentToken($0) }
    }

    private func millis(_ patience: TimeInterval?) throws -> UInt64 {
        try min(patience?.millis(named: "patience") ?? .max, source.shell.patience)
    }

    private func pairs(_ headers: [(name: String, value: String)]) -> [Pair] {
        headers.map { Pair(name: $0.name, value: $0.value) }
    }
}

/// A token on a request.
public struct SentToken: Sendable {
    let held: Held

    init(_ held: Held) {
        self.held = held
    }

    /// The name of the header that carries it.
    public var headerName: String { held.snapshot.headerName }

    /// The value of the header, which is a secret.
    public var headerValue: String { held.snapshot.headerValue }
}

extension SentToken: Redacted {
    /// The header's name alone.
    public var description: String { "SentToken(\(headerName), redacted)" }
}
