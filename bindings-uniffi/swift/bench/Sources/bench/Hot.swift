import Evertoken
import Foundation

/// What a header that is held costs; ours alone, without a server.
struct Hot {
    private static let rounds = 61
    private static let roundNanoseconds = 20_000_000.0

    private struct Canned: TokenTransport {
        func send(_ request: TokenRequest) async throws -> TokenAnswer {
            let token = String(repeating: "x", count: 800)
            let json = #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":3600}"#
            return TokenAnswer(status: 200, headers: [("content-type", "application/json")], body: Data(json.utf8))
        }
    }

    private let source: TokenSource

    init() throws {
        let credentials = Credentials(id: "me", secret: "bench-secret-3f7a")
        source = try TokenSource(
            .piwikPro(account: "acme.piwik.pro", credentials: credentials),
            transport: Canned(),
            options: .init(dangerouslyAllowSecretInApp: true)
        )
    }

    func section() async throws -> String {
        _ = try await source.headers()
        let clock = SystemClock()
        let calls: [(name: String, run: (Int) async throws -> Int)] = [
            (
                "clocks",
                { times in (0..<times).reduce(0) { sum, _ in sum &+ Int(truncatingIfNeeded: clock.now().mono) } }
            ),
            (
                "cachedHeaders",
                { times in (0..<times).reduce(0) { sum, _ in sum &+ (source.cachedHeaders?.count ?? 0) } }
            ),
            (
                "async",
                { times in
                    var sum = 0
                    for _ in 0..<times { sum &+= await Self.nothing() }
                    return sum
                }
            ),
            (
                "headers",
                { times in
                    var sum = 0
                    for _ in 0..<times { sum &+= try await source.headers().count }
                    return sum
                }
            ),
            (
                "token",
                { times in
                    var sum = 0
                    for _ in 0..<times { sum &+= try await source.token().utf8.count }
                    return sum
                }
            ),
        ]
        var sink = 0
        var times: [String: Int] = [:]
        for (name, run) in calls {
            let ns = try await nanoseconds { sink &+= try await run(20_000) }
            times[name] = max(1_000, Int(20_000 * Self.roundNanoseconds / ns))
        }
        var measured: [String: [Double]] = [:]
        for _ in 0..<Self.rounds {
            for (name, run) in calls {
                let count = times[name] ?? 1
                let ns = try await nanoseconds { sink &+= try await run(count) }
                measured[name, default: []].append(ns / Double(count))
            }
        }
        source.close()
        precondition(sink != 0, "something was called")
        let spreads = measured.mapValues(Spread.init)
        let clocks = spreads["clocks"]?.best ?? .nan
        let names = ["clocks", "cachedHeaders", "async", "headers", "token"]
        let titles = [
            "two clock reads", "`cachedHeaders`", "`await` of an empty async function", "`await headers()`",
            "`await token()`",
        ]
        let rows = zip(names, titles).map { name, title in
            let spread = spreads[name]
            return [
                title, number(spread?.best), number(spread?.median), number(spread.map { $0.best - clocks }),
                number(spread.map { $0.best / clocks }, digits: 2),
            ]
        }
        let head = ["call", "best tenth, ns", "median, ns", "above the clock reads, ns", "to the clock reads"]
        return """
            ### Hot path: a header that is held

            Wall time of one call in the best tenth of \(Self.rounds) rounds of 20 ms, all calls in turn: on a machine that others use, the best rounds are those without them. A token of 800 bytes.

            \(Page.table(head, rows))
            """
    }

    @inline(never)
    private static func nothing() async -> Int { 1 }
}

/// Writes a number with so many digits behind the point.
func number(_ value: Double?, digits: Int = 0) -> String {
    value.map { String(format: "%.\(digits)f", $0) } ?? "-"
}
