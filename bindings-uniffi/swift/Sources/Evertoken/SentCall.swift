import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if canImport(Darwin)
    extension URLSession {
        /// Sends a call with a delegate of its own.
        func sent(
            _ request: URLRequest,
            _ upload: Upload?,
            delegate: any URLSessionTaskDelegate
        ) async throws -> (Data, URLResponse) {
            switch upload {
            case nil: try await data(for: request, delegate: delegate)
            case .data(let body): try await self.upload(for: request, from: body, delegate: delegate)
            case .file(let url): try await self.upload(for: request, fromFile: url, delegate: delegate)
            }
        }
    }
#else
    extension URLSession {
        /// Sends a call with a delegate of its own, which `data(for:delegate:)` does not ask on this platform.
        func sent(
            _ request: URLRequest,
            _ upload: Upload?,
            delegate: any URLSessionTaskDelegate
        ) async throws -> (Data, URLResponse) {
            let call = SentCall()
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { waiter in
                    let answer: @Sendable (Data?, URLResponse?, (any Error)?) -> Void = { call.end($0, $1, $2) }
                    let task =
                        switch upload {
                        case nil: dataTask(with: request, completionHandler: answer)
                        case .data(let body): uploadTask(with: request, from: body, completionHandler: answer)
                        case .file(let url): uploadTask(with: request, fromFile: url, completionHandler: answer)
                        }
                    task.delegate = delegate
                    (delegate as? RedirectGuard)?.endAtChallenge.withLock { $0 = { call.end(nil, $0, nil) } }
                    call.begin(task, waiter)
                }
            } onCancel: {
                call.cancel()
            }
        }
    }

    /// A call on its way, whose end is told once.
    private final class SentCall: Sendable {
        typealias Waiter = CheckedContinuation<(Data, URLResponse), any Error>

        private struct State: @unchecked Sendable {
            var task: URLSessionTask?
            var waiter: Waiter?
            var isCancelled = false
        }

        private let state = Locked(State())

        func begin(_ task: URLSessionTask, _ waiter: Waiter) {
            let isCancelled = state.withLock { state in
                state.task = task
                state.waiter = waiter
                return state.isCancelled
            }
            if isCancelled {
                cancel()
            } else {
                task.resume()
            }
        }

        func cancel() {
            let task = state.withLock { state in
                state.isCancelled = true
                return state.task
            }
            // Before there is a task, `begin` finds it cancelled.
            if let task {
                end(nil, nil, URLError(.cancelled))
                task.cancel()
            }
        }

        func end(_ data: Data?, _ response: URLResponse?, _ error: (any Error)?) {
            let waiter = state.withLock { state in
                let waiter = state.waiter
                state.waiter = nil
                // The task holds what tells of its end.
                state.task = nil
                return waiter
            }
            if let error {
                waiter?.resume(throwing: error)
            } else if let response {
                waiter?.resume(returning: (data ?? Data(), response))
            } else {
                waiter?.resume(throwing: URLError(.badServerResponse))
            }
        }
    }
#endif
