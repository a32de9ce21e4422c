import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What a call has returned.
enum Returned: Sendable {
    case header([String: String])
    case token(String)
    case answer(status: Int, headers: [String: String], body: String)
    /// One of our errors.
    case error(EvertokenError)
    /// What the HTTP library failed with.
    case httpFailure(URLError)
    /// An error that no call may fail with.
    case crash(any Error)
    case cancelled
}

/// One call in the background.
final class Call: Sendable {
    private let result: Shared<Returned?>
    private let task = Shared<Task<Void, Never>?>(nil)

    /// A call that has ended before it began.
    init(ended: Returned) {
        result = Shared(ended)
    }

    /// Begins a call, which does nothing before the loop runs.
    init(_ does: Begin.Does, of source: TokenSource, over session: URLSession) {
        result = Shared(nil)
        let began = Task.detached { [result] in
            let returned = await Self.returned(does, source, session)
            result.withLock { $0 = returned }
        }
        task.withLock { $0 = began }
    }

    /// `nil` as long as it waits.
    var returned: Returned? { result.withLock { $0 } }

    func cancel() {
        task.withLock { $0 }?.cancel()
    }

    private static func returned(_ does: Begin.Does, _ source: TokenSource, _ session: URLSession) async -> Returned {
        do {
            switch does {
            case .headers(let minValidMs, let patienceMs):
                let minValid = TimeInterval(minValidMs ?? 0) / 1_000
                return .header(
                    try await source.headers(minValid: minValid, patience: patienceMs.map { TimeInterval($0) / 1_000 }))
            case .token:
                return .token(try await source.token())
            case .request(let spec):
                return try await answer(to: spec, source, session)
            }
        } catch let error as EvertokenError {
            return .error(error)
        } catch is CancellationError {
            return Task.isCancelled ? .cancelled : .crash(CancellationError())
        } catch let error as URLError {
            return error.code == .cancelled && Task.isCancelled ? .cancelled : .httpFailure(error)
        } catch {
            return .crash(error)
        }
    }

    private static func answer(to spec: RequestSpec, _ source: TokenSource, _ session: URLSession) async throws
        -> Returned
    {
        var request = try source.request(spec.method, spec.path, json: try spec.json?.data())
        for (name, value) in spec.headers {
            request.setValue(value, forHTTPHeaderField: name)
        }
        if let body = spec.body.map({ Data($0.utf8) }) {
            if spec.isReplayable {
                request.httpBody = body
            } else {
                request.httpBodyStream = InputStream(data: body)
            }
        }
        let (data, response) = try await session.data(for: request, authenticatedBy: source)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let fields = response.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
        let headers = Dictionary(fields) { "\($0), \($1)" }
        return .answer(status: response.statusCode, headers: headers, body: String(decoding: data, as: UTF8.self))
    }
}

extension Returned: CustomStringConvertible {
    /// For who reads of a failure.
    var description: String {
        switch self {
        case .header(let headers): "the headers \(headers)"
        case .token(let token): "the token \(token)"
        case .answer(let status, _, _): "an answer of status \(status)"
        case .error(let error): "the error \(error)"
        case .httpFailure(let error): "the library's failure \(error)"
        case .crash(let error): "an error that is nobody's: \(error)"
        case .cancelled: "nothing, it was cancelled"
        }
    }
}
