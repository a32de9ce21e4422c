import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Sends token requests in sessions of its own, which keep no cookies and no answers and follow no redirect.
public final class URLSessionTransport: TokenTransport {
    /// The transport of every source that is given none.
    public static let shared: URLSessionTransport = {
        let configuration = URLSessionConfiguration.ephemeral
        // One source's endpoint that hangs holds up no other's on the same host.
        configuration.httpMaximumConnectionsPerHost = 1_000
        return URLSessionTransport(configuration: configuration)
    }()

    private let session: URLSession
    private let sessionWithCookies: URLSession
    private let answers: Answers

    /// Makes a transport for many sources; of the configuration, proxies, time-outs, TLS settings and protocol classes
    /// count.
    ///
    /// `cookies` holds those that a broker of the app's own origin may get. `challenges` is asked by
    /// `urlSession(_:didReceive:completionHandler:)` whether a server is the right one, such as for pinned
    /// certificates.
    public init(
        configuration: URLSessionConfiguration = .ephemeral,
        cookies: HTTPCookieStorage? = .shared,
        challenges: (any URLSessionDelegate)? = nil
    ) {
        answers = Answers(challenges: challenges)
        session = URLSession(configuration: .bare(configuration, cookies: nil), delegate: answers, delegateQueue: nil)
        sessionWithCookies = URLSession(
            configuration: .bare(configuration, cookies: cookies),
            delegate: answers,
            delegateQueue: nil
        )
        #if !canImport(Darwin)
            Self.kept.withLock { $0 += [session, sessionWithCookies] }
        #endif
    }

    #if canImport(Darwin)
        deinit {
            session.finishTasksAndInvalidate()
            sessionWithCookies.finishTasksAndInvalidate()
        }
    #else
        /// A session that goes while it has a connection with TLS ends the process (swift-corelibs-foundation 5203).
        private static let kept = Locked<[URLSession]>([])
    #endif

    public func send(_ request: TokenRequest) async throws -> TokenAnswer {
        let session = request.sameOriginCookies ? sessionWithCookies : session
        return try await answers.answer(of: session.dataTask(with: urlRequest(request)), limit: request.bodyLimit)
    }

    private func urlRequest(_ request: TokenRequest) -> URLRequest {
        var urlRequest = URLRequest(url: request.url)
        urlRequest.httpMethod = request.method
        urlRequest.httpBody = request.body
        urlRequest.httpShouldHandleCookies = request.sameOriginCookies
        for (name, value) in request.headers {
            urlRequest.addValue(value, forHTTPHeaderField: name)
        }
        #if !canImport(Darwin)
            // libcurl sends a POST once more by itself where a connection that served another has died.
            urlRequest.setValue("close", forHTTPHeaderField: "Connection")
        #endif
        return urlRequest
    }
}

extension URLSessionTransport: Redacted {
    /// The name of the type.
    public var description: String { "URLSessionTransport()" }
}

extension URLSessionConfiguration {
    fileprivate static func bare(
        _ configuration: URLSessionConfiguration,
        cookies: HTTPCookieStorage?
    ) -> URLSessionConfiguration {
        let bare = configuration.copy() as? URLSessionConfiguration ?? .ephemeral
        bare.httpCookieStorage = cookies
        bare.httpShouldSetCookies = cookies != nil
        bare.httpCookieAcceptPolicy = cookies == nil ? .never : bare.httpCookieAcceptPolicy
        // Those of the calls may carry a token, a key or cookies.
        bare.httpAdditionalHeaders = nil
        bare.urlCredentialStorage = nil
        bare.urlCache = nil
        bare.requestCachePolicy = .reloadIgnoringLocalCacheData
        return bare
    }
}
