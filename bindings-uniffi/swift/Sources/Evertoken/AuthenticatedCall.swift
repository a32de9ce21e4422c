import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One call of the API, perhaps sent twice: each time with the token as it is then.
struct AuthenticatedCall {
    private let request: URLRequest
    private let adapter: Adapter
    private let delegate: (any URLSessionTaskDelegate)?
    private let url: URL

    typealias Send<Body> = (URLRequest, RedirectGuard) async throws -> (Body, URLResponse)

    init(_ request: URLRequest, _ source: TokenSource, _ delegate: (any URLSessionTaskDelegate)?) throws {
        let adapter = Adapter(source)
        guard let url = request.url, adapter.admits(url) else {
            // It throws, and says which URLs the API has.
            _ = try source.url(request.url?.absoluteString ?? "")
            throw EvertokenError(.originNotAllowed)
        }
        var request = request
        if let accept = adapter.accept(url), request.value(forHTTPHeaderField: "Accept") == nil {
            request.setValue(accept, forHTTPHeaderField: "Accept")
        }
        self.request = request
        self.adapter = adapter
        self.delegate = delegate
        self.url = url
    }

    func send(_ send: Send<Data>) async throws -> (Data, URLResponse) {
        try await self.send(body: { $0 }, discard: { _ in }, send)
    }

    /// Sends it; `body` is what may tell of the token, and `discard` ends an answer that nobody reads.
    func send<Body>(
        body: (Body) -> Data?,
        discard: (Body) -> Void,
        _ send: Send<Body>
    ) async throws -> (Body, URLResponse) {
        guard request.value(forHTTPHeaderField: adapter.headerName) == nil else {
            return try await send(request, RedirectGuard(adapter, nil, delegate))
        }
        let patience = request.timeoutInterval > 0 ? request.timeoutInterval : nil
        let isReplayable = request.httpBodyStream == nil
        let sent = try await adapter.token(patience: patience)
        let (answer, isRejected) = try await self.sent(with: sent, body, send)
        guard isRejected else { return answer }
        let other: SentToken?
        do {
            other = try await adapter.recover(from: sent, isReplayable: isReplayable, patience: patience)
        } catch {
            discard(answer.0)
            throw error
        }
        guard let other else { return answer }
        discard(answer.0)
        let (again, isRejectedAgain) = try await self.sent(with: other, body, send)
        if isRejectedAgain {
            _ = try await adapter.recover(from: other, isReplayable: isReplayable, isRetry: true, patience: patience)
        }
        return again
    }

    private func sent<Body>(
        with token: SentToken,
        _ body: (Body) -> Data?,
        _ send: Send<Body>
    ) async throws -> (answer: (Body, URLResponse), isRejected: Bool) {
        var request = request
        request.setValue(token.headerValue, forHTTPHeaderField: token.headerName)
        let redirects = RedirectGuard(adapter, token, delegate)
        let answer = try await send(request, redirects)
        // Nobody who got no token can reject it.
        guard let response = answer.1 as? HTTPURLResponse, redirects.carriesToken,
            adapter.inspects(status: response.statusCode)
        else { return (answer, false) }
        let headers = response.headerFields
        let isRejected = adapter.rejects(status: response.statusCode, headers: headers, body: body(answer.0))
        return (answer, isRejected)
    }
}
