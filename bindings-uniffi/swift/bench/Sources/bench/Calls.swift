import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What a call of an API costs over loopback, to one whose header never changes.
struct Calls {
    private static let rounds = 41
    private static let calls = 40

    func section() async throws -> String {
        let sandbox = try Sandbox()
        defer { sandbox.end() }
        let (server, url) = (try sandbox.server(), try sandbox.items)
        let source = try TokenSource(server, early: 30)
        let byHand = ByHand(server, early: 30)
        let shared = SharedTask(server, early: 30)
        let header = try await byHand.header()
        let ways: [(name: String, call: () async throws -> Int)] = [
            ("`data(for:)`, a header", { try await send(url, header) }),
            ("a task with a delegate, a header", { try await sendDelegated(url, header) }),
            ("**evertoken**, `data(for:authenticatedBy:)`", { try await source.call(url) }),
            ("**evertoken**, `headers()`", { try await send(url, source.header()) }),
            ("a variable", { try await byHand.call(url) }),
            ("a shared task", { try await shared.call(url) }),
        ]
        var took: [[Double]] = Array(repeating: [], count: ways.count)
        for round in -3..<Self.rounds {
            for (at, way) in ways.enumerated() {
                let ns = try await processorNanoseconds {
                    for _ in 0..<Self.calls where try await way.call() != 200 {
                        throw Sandbox.Failure(text: "\(way.name) was refused")
                    }
                }
                if round >= 0 {
                    took[at].append(ns / Double(Self.calls) / 1_000)
                }
            }
        }
        source.close()
        let rows = zip(ways, took).map { way, us in
            let ratio = Spread(zip(us, took[0]).map { $0 / $1 })
            return [
                way.name, number(Spread(us).median),
                "\(number(ratio.median, digits: 3)) (\(number(ratio.low, digits: 3))-\(number(ratio.high, digits: 3)))",
            ]
        }
        return """
            ### A call over loopback

            Processor time of a GET over `URLSession` against the sandbox (a process of its own), median of \(Self.rounds) rounds of \(Self.calls) calls, all in turn, and its ratio to that of a header that never changes in the same round, with quartiles.

            \(Page.table(["way", "us", "ratio"], rows))
            """
    }
}

/// Follows redirects as a session does that nobody asks.
private final class Follower: NSObject, URLSessionTaskDelegate {}

/// The same call by a task with a delegate of its own.
private func sendDelegated(_ url: URL, _ header: String) async throws -> Int {
    var request = URLRequest(url: url)
    request.setValue(header, forHTTPHeaderField: "Authorization")
    return try await withCheckedThrowingContinuation { waiter in
        let task = URLSession.shared.dataTask(with: request) { _, response, error in
            if let response = response as? HTTPURLResponse {
                waiter.resume(returning: response.statusCode)
            } else {
                waiter.resume(throwing: error ?? URLError(.badServerResponse))
            }
        }
        task.delegate = Follower()
        task.resume()
    }
}
