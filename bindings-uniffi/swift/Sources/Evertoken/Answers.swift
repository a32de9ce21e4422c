import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Collects the answers to token requests, as much of each as is wanted.
final class Answers: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    private struct Answer {
        let limit: Int
        let waiter: CheckedContinuation<TokenAnswer, any Error>
        var response: HTTPURLResponse?
        var body = Data()
    }

    private let challenges: (any URLSessionDelegate)?
    private let answers = Locked<[ObjectIdentifier: Answer]>([:])

    init(challenges: (any URLSessionDelegate)?) {
        self.challenges = challenges
    }

    /// Sends a request that was not sent yet; ends it with the task that waits.
    func answer(of task: URLSessionDataTask, limit: Int) async throws -> TokenAnswer {
        let request = Request(task: task)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                answers.withLock { $0[ObjectIdentifier(task)] = Answer(limit: limit, waiter: waiter) }
                // Cancelled before, it was not there to be ended.
                if Task.isCancelled {
                    end(task, .failure(URLError(.cancelled)))
                } else {
                    task.resume()
                }
            }
        } onCancel: {
            end(request.task, .failure(URLError(.cancelled)))
            request.task.cancel()
        }
    }

    private struct Request: @unchecked Sendable {
        let task: URLSessionDataTask
    }

    /// Answers who waits, once.
    private func end(_ task: URLSessionTask, _ result: Result<TokenAnswer, any Error>) {
        let answer = answers.withLock { $0.removeValue(forKey: ObjectIdentifier(task)) }
        answer?.waiter.resume(with: result)
    }

    private func end(_ task: URLSessionTask, isTruncated: Bool) {
        let answer = answers.withLock { $0.removeValue(forKey: ObjectIdentifier(task)) }
        guard let answer else { return }
        guard let response = answer.response ?? task.response as? HTTPURLResponse else {
            return answer.waiter.resume(throwing: URLError(.badServerResponse))
        }
        let told = TokenAnswer(
            status: response.statusCode,
            headers: response.headerFields,
            body: answer.body.prefix(answer.limit),
            isTruncated: isTruncated
        )
        answer.waiter.resume(returning: told)
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        answers.withLock { $0[ObjectIdentifier(dataTask)]?.response = response as? HTTPURLResponse }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let isTooLong = answers.withLock { answers in
            guard var answer = answers.removeValue(forKey: ObjectIdentifier(dataTask)) else { return false }
            answer.body.append(data.prefix(answer.limit + 1 - answer.body.count))
            defer { answers[ObjectIdentifier(dataTask)] = answer }
            return answer.body.count > answer.limit
        }
        if isTooLong {
            end(dataTask, isTruncated: true)
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error {
            end(task, .failure(harmless(error)))
        } else {
            end(task, isTruncated: false)
        }
    }

    func urlSession(
        _ session: URLSession,
        didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        #if canImport(Darwin)
            let told: Void? = challenges?.urlSession?(
                session,
                didReceive: challenge,
                completionHandler: completionHandler
            )
        #else
            let told: Void? = challenges?.urlSession(
                session,
                didReceive: challenge,
                completionHandler: completionHandler
            )
        #endif
        if told == nil {
            completionHandler(.performDefaultHandling, nil)
        }
    }

    #if !canImport(Darwin)
        /// Where nobody has credentials for a 401 the platform never ends a request; its answer is here by now.
        func urlSession(
            _ session: URLSession,
            task: URLSessionTask,
            didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            end(task, isTruncated: false)
            completionHandler(.cancelAuthenticationChallenge, nil)
        }
    #endif

    /// An endpoint's URL may hold a secret.
    private func harmless(_ error: any Error) -> any Error {
        guard let error = error as? URLError else { return error }
        let text = error.userInfo[NSLocalizedDescriptionKey] as? String
        return URLError(error.code, userInfo: text.map { [NSLocalizedDescriptionKey: $0] } ?? [:])
    }
}
