import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Lets the token of a call go along by a redirect only where it may, and leaves all else to the call's delegate or the
/// session's.
final class RedirectGuard: NSObject, URLSessionTaskDelegate, @unchecked Sendable {
    private let adapter: Adapter
    private let token: SentToken?
    private let delegate: (any URLSessionTaskDelegate)?
    private let state: Locked<Bool>
    #if !canImport(Darwin)
        /// Ends the call with what it was answered.
        let endAtChallenge = Locked<(@Sendable (URLResponse?) -> Void)?>(nil)
    #endif

    /// `token` is on the request that is sent first.
    init(_ adapter: Adapter, _ token: SentToken?, _ delegate: (any URLSessionTaskDelegate)?) {
        self.adapter = adapter
        self.token = token
        self.delegate = delegate
        state = Locked(token != nil)
    }

    /// Says whether the last request that was sent carried the token.
    var carriesToken: Bool { state.withLock { $0 } }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        let admitted = admitted(request)
        guard let delegate = delegateForRedirects(of: session) else {
            return completionHandler(followed(admitted))
        }
        let decide: @Sendable (URLRequest?) -> Void = { request in
            completionHandler(request.map { self.followed(self.admitted($0)) })
        }
        #if canImport(Darwin)
            delegate.urlSession?(
                session,
                task: task,
                willPerformHTTPRedirection: response,
                newRequest: admitted,
                completionHandler: decide
            )
        #else
            delegate.urlSession(
                session,
                task: task,
                willPerformHTTPRedirection: response,
                newRequest: admitted,
                completionHandler: decide
            )
        #endif
    }

    /// Returns a request with the token if it may have it, and without it otherwise.
    private func admitted(_ request: URLRequest) -> URLRequest {
        guard let token else { return stripped(request) }
        var request = request
        let isAdmitted = request.url.map(adapter.admits) ?? false
        request.setValue(isAdmitted ? token.headerValue : nil, forHTTPHeaderField: token.headerName)
        return request
    }

    /// A header that the request brought goes nowhere else either.
    private func stripped(_ request: URLRequest) -> URLRequest {
        var request = request
        if request.url.map(adapter.admits) != true {
            request.setValue(nil, forHTTPHeaderField: adapter.headerName)
        }
        return request
    }

    private func followed(_ request: URLRequest) -> URLRequest {
        let carriesToken = token != nil && request.value(forHTTPHeaderField: adapter.headerName) == token?.headerValue
        state.withLock { $0 = carriesToken }
        return request
    }

    #if canImport(Darwin)
        private func delegateForRedirects(of session: URLSession) -> (any URLSessionTaskDelegate)? {
            let method = #selector(
                URLSessionTaskDelegate.urlSession(_:task:willPerformHTTPRedirection:newRequest:completionHandler:)
            )
            return [delegate, session.delegate as? any URLSessionTaskDelegate]
                .compactMap { $0 }
                .first { $0.responds(to: method) }
        }

        // What is not said here is the delegate's; what it does not say either is the session's.

        override func responds(to selector: Selector!) -> Bool {
            super.responds(to: selector) || delegate?.responds(to: selector) == true
        }

        override func forwardingTarget(for selector: Selector!) -> Any? {
            delegate?.responds(to: selector) == true ? delegate : super.forwardingTarget(for: selector)
        }
    #else
        private func delegateForRedirects(of session: URLSession) -> (any URLSessionTaskDelegate)? {
            delegate ?? session.delegate as? any URLSessionTaskDelegate
        }

        private func delegate(of session: URLSession) -> (any URLSessionTaskDelegate)? {
            delegateForRedirects(of: session)
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            guard let delegate = delegate(of: session) else {
                // Where nobody has credentials for it, the platform never ends the call; its answer is here by now.
                endAtChallenge.withLock { $0 }?(task.response)
                return completionHandler(.cancelAuthenticationChallenge, nil)
            }
            delegate.urlSession(session, task: task, didReceive: challenge, completionHandler: completionHandler)
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            needNewBodyStream completionHandler: @escaping @Sendable (InputStream?) -> Void
        ) {
            guard let delegate = delegate(of: session) else { return completionHandler(nil) }
            delegate.urlSession(session, task: task, needNewBodyStream: completionHandler)
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didSendBodyData bytesSent: Int64,
            totalBytesSent: Int64,
            totalBytesExpectedToSend: Int64
        ) {
            delegate(of: session)?.urlSession(
                session,
                task: task,
                didSendBodyData: bytesSent,
                totalBytesSent: totalBytesSent,
                totalBytesExpectedToSend: totalBytesExpectedToSend
            )
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            delegate(of: session)?.urlSession(session, task: task, didCompleteWithError: error)
        }

        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didFinishCollecting metrics: URLSessionTaskMetrics
        ) {
            delegate(of: session)?.urlSession(session, task: task, didFinishCollecting: metrics)
        }
    #endif
}
