import Evertoken
import Foundation
import HTTPTypes
import OpenAPIRuntime

/// Gives the token to the operations of a generated client, and repeats those whose token the API rejects.
///
/// Operations whose server is not the provider's API pass untouched, and so do requests that have the header already.
///
/// ```swift
/// // A session that follows no redirects: it may take the token along to another host.
/// let transport = URLSessionTransport(configuration: .init(session: session))
/// let client = Client(serverURL: url, transport: transport, middlewares: [EvertokenMiddleware(source)])
/// ```
///
/// Put it last: what other middlewares change is then sent again too. A redirect is followed by the transport, which
/// this middleware does not see: give the transport a session that does not follow redirects to other origins.
public struct EvertokenMiddleware: ClientMiddleware {
    private let adapter: Adapter
    private let patience: TimeInterval?

    /// Makes a middleware whose operations wait for a token `patience` seconds, or those of the source.
    public init(_ source: TokenSource, patience: TimeInterval? = nil) {
        adapter = Adapter(source)
        self.patience = patience
    }

    /// Sends the request with a token, once more if that is rejected and the body can be sent twice.
    public func intercept(
        _ request: HTTPRequest,
        body: HTTPBody?,
        baseURL: URL,
        operationID: String,
        next: @Sendable (HTTPRequest, HTTPBody?, URL) async throws -> (HTTPResponse, HTTPBody?)
    ) async throws -> (HTTPResponse, HTTPBody?) {
        guard
            // As transports join them.
            let url = URL(string: baseURL.absoluteString + (request.path ?? "")),
            let name = HTTPField.Name(adapter.headerName),
            request.headerFields[name] == nil,
            adapter.admits(url)
        else {
            return try await next(request, body, baseURL)
        }
        var request = request
        if request.headerFields[.accept] == nil, let accept = adapter.accept(url) {
            request.headerFields[.accept] = accept
        }
        let isReplayable = body?.iterationBehavior != .single
        var sent = try await adapter.token(patience: patience)
        var isRetry = false
        while true {
            request.headerFields[name] = sent.headerValue
            var (response, answer) = try await next(request, body, baseURL)
            guard try await isRejection(response, &answer),
                let other = try await adapter.recover(
                    from: sent, isReplayable: isReplayable, isRetry: isRetry, patience: patience)
            else {
                return (response, answer)
            }
            (sent, isRetry) = (other, true)
        }
    }

    /// Looks into the answer as far as it tells whether the token is rejected; what was read of it is given back.
    private func isRejection(_ response: HTTPResponse, _ answer: inout HTTPBody?) async throws -> Bool {
        let status = response.status.code
        guard adapter.inspects(status: status) else { return false }
        let headers = response.headerFields.map { (name: $0.name.rawName, value: $0.value) }
        var read: Data?
        if let body = answer, adapter.readsBody(status: status, headers: headers) {
            let beginning = try await Beginning(of: body, limit: Adapter.lookedInto)
            read = beginning.whole
            answer = beginning.body(length: body.length)
        }
        return adapter.rejects(status: status, headers: headers, body: read)
    }
}
