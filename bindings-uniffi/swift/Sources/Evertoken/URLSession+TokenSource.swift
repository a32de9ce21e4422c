import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension URLSession {
    /// Calls the API with a valid token, and once more with another one if the API rejects it.
    ///
    /// The request's own headers win; `Accept` is set where the API has a media type and the request names none. By
    /// redirects the token goes along only where it may. The wait for a token is at most the request's time-out.
    ///
    /// Off Apple's platforms Foundation never ends a call that is answered by 401 with `WWW-Authenticate: Basic` if its
    /// delegate or the session's leaves the challenge to the platform.
    ///
    /// - Parameters:
    ///   - request: A request to the API; ``TokenSource/url(_:)`` makes its URL.
    ///   - source: The source of the token.
    ///   - delegate: Told of the call, as is the session's delegate where it has no say.
    /// - Returns: The API's answer, whatever its status.
    /// - Throws: An ``EvertokenError`` if there is no token or if the URL is none of the API's (`origin_not_allowed`),
    ///   `CancellationError` if the task is cancelled while it waits for a token, and what the session throws.
    public func data(
        for request: URLRequest,
        authenticatedBy source: TokenSource,
        delegate: (any URLSessionTaskDelegate)? = nil
    ) async throws -> (Data, URLResponse) {
        let call = try AuthenticatedCall(request, source, delegate)
        return try await call.send { try await self.sent($0, nil, delegate: $1) }
    }

    /// Uploads data to the API with a valid token; see ``Foundation/URLSession/data(for:authenticatedBy:delegate:)``.
    public func upload(
        for request: URLRequest,
        from bodyData: Data,
        authenticatedBy source: TokenSource,
        delegate: (any URLSessionTaskDelegate)? = nil
    ) async throws -> (Data, URLResponse) {
        let call = try AuthenticatedCall(request, source, delegate)
        return try await call.send { try await self.sent($0, .data(bodyData), delegate: $1) }
    }

    /// Uploads a file to the API with a valid token; see ``Foundation/URLSession/data(for:authenticatedBy:delegate:)``.
    public func upload(
        for request: URLRequest,
        fromFile fileURL: URL,
        authenticatedBy source: TokenSource,
        delegate: (any URLSessionTaskDelegate)? = nil
    ) async throws -> (Data, URLResponse) {
        let call = try AuthenticatedCall(request, source, delegate)
        return try await call.send { try await self.sent($0, .file(fileURL), delegate: $1) }
    }

    #if canImport(Darwin)
        /// Calls the API with a valid token for an answer that is read byte by byte; see
        /// ``Foundation/URLSession/data(for:authenticatedBy:delegate:)``.
        ///
        /// Where only the body tells that the API rejects the token, the answer is the caller's.
        public func bytes(
            for request: URLRequest,
            authenticatedBy source: TokenSource,
            delegate: (any URLSessionTaskDelegate)? = nil
        ) async throws -> (URLSession.AsyncBytes, URLResponse) {
            let call = try AuthenticatedCall(request, source, delegate)
            return try await call.send(
                body: { _ in nil },
                discard: { $0.task.cancel() },
                { try await self.bytes(for: $0, delegate: $1) }
            )
        }
    #endif
}

extension TokenSource {
    /// Makes a request of the API, by a path as the vendor's documentation prints it or by a URL of the API.
    ///
    /// A body of JSON is sent with the API's media type, such as `application/vnd.api+json`. Throws an
    /// ``EvertokenError`` with the code `origin_not_allowed` for any other URL.
    public func request(_ method: String, _ pathOrURL: String, json: Data? = nil) throws -> URLRequest {
        let url = try url(pathOrURL)
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let json {
            request.httpBody = json
            let mediaType = Adapter(self).accept(url) ?? "application/json"
            request.setValue(mediaType, forHTTPHeaderField: "Content-Type")
        }
        return request
    }
}

/// What an upload sends.
enum Upload: Sendable {
    case data(Data)
    case file(URL)
}
