import Evertoken
import Foundation

/// What happens when many ask at once, tokens expire, the endpoint is out of order, or a token is revoked.
struct Behaviour {
    private typealias Row = (Sandbox, any Contender.Type) async throws -> String

    func section() async throws -> String {
        let contenders: [(String, any Contender.Type)] = [
            ("**evertoken**", TokenSource.self), ("a variable", ByHand.self), ("a shared task", SharedTask.self),
        ]
        let columns: [(String, Row)] = [
            ("cold: 1,000 callers: token requests", storm),
            ("50 callers for 11 s, tokens of 4 s: token requests; longest wait, ms", rollover),
            (
                "token endpoint 503 while the token is good: served / failed; token requests; longest, ms",
                { try await outOfOrder($0, $1, #"{"type":"throttle","status":503}"#) }
            ),
            ("it hangs: the same; stuck: no answer in 2 s", { try await outOfOrder($0, $1, #"{"type":"hang"}"#) }),
            ("200 calls at once after a revocation: recovered (token requests)", { try await wave($0, $1, over: 0) }),
            ("over 0.5 s", { try await wave($0, $1, over: 0.5) }),
            ("tokens of 10 s, 12.5 s: token requests", short),
        ]
        let sandbox = try Sandbox()
        defer { sandbox.end() }
        var rows: [[String]] = []
        for (name, contender) in contenders {
            var cells = [name]
            for (_, row) in columns {
                try await sandbox.ask("POST", "/reset")
                cells.append(try await row(sandbox, contender))
            }
            rows.append(cells)
        }
        return """
            ### Behaviour

            Over `URLSession` against the sandbox; what each row does is written at its function in `bindings-uniffi/swift/bench/Sources/bench/Behaviour.swift`. Counts are exact. Caches by hand renew 30 s early, with tokens of 4 s and in the waves 1 s and in the outages 6 s early. Ours is on its default policy.

            \(Page.table(["cache"] + columns.map(\.0), rows))
            """
    }

    /// 1,000 callers ask at once for the first time; a token request takes 200 ms.
    private func storm(_ sandbox: Sandbox, _ contender: any Contender.Type) async throws -> String {
        try await sandbox.fault(#"{"type":"latency","ms":200}"#)
        let contender = try contender.init(try sandbox.server(), early: 30)
        let served = await all(1_000) { _ in try await contender.header().isEmpty == false }
        contender.close()
        let requests = try await sandbox.requests()
        return served == 1_000 ? "\(requests)" : "\(requests), \(served) served"
    }

    /// 50 callers ask every 25 ms, tokens live 4 s, a token request takes 200 ms.
    private func rollover(_ sandbox: Sandbox, _ contender: any Contender.Type) async throws -> String {
        try await sandbox.settings(#"{"lifetime_ms":4000}"#)
        try await sandbox.fault(#"{"type":"latency","ms":200}"#)
        let contender = try contender.init(try sandbox.server(), early: 1)
        _ = try await contender.header()
        let before = try await sandbox.requests()
        let until = Date() + 11
        let longest = Longest()
        let served = await all(50) { _ in
            while Date() < until {
                let ns = try await nanoseconds { _ = try await contender.header() }
                await longest.note(ns)
                try await Task.sleep(nanoseconds: 25_000_000)
            }
            return true
        }
        contender.close()
        let failed = served == 50 ? "" : "; \(50 - served) failed"
        return "\(try await sandbox.requests() - before); \(await longest.milliseconds)\(failed)"
    }

    /// A token of 9 s is held; the endpoint is out of order from 3 s on, and one caller asks every 100 ms until 8.5 s.
    private func outOfOrder(
        _ sandbox: Sandbox,
        _ contender: any Contender.Type,
        _ fault: String
    ) async throws -> String {
        try await sandbox.settings(#"{"lifetime_ms":9000}"#)
        let contender = try contender.init(try sandbox.server(), early: 6)
        _ = try await contender.header()
        let began = Date()
        let before = try await sandbox.requests()
        try await Task.sleep(nanoseconds: 2_900_000_000)
        try await sandbox.fault(fault)
        try await Task.sleep(nanoseconds: 300_000_000)
        var (served, failed) = (0, 0)
        let longest = Longest()
        while Date() < began + 8.5 {
            switch await answer(of: contender, longest) {
            case true?: served += 1
            case false?: failed += 1
            case nil: return "\(served) / \(failed), then stuck; \(try await sandbox.requests() - before)"
            }
            try await Task.sleep(nanoseconds: 100_000_000)
        }
        contender.close()
        let wait = served > 0 ? "; \(await longest.milliseconds)" : ""
        return "\(served) / \(failed); \(try await sandbox.requests() - before)\(wait)"
    }

    /// A token is revoked; then 200 calls, all at once or over some seconds.
    private func wave(_ sandbox: Sandbox, _ contender: any Contender.Type, over: TimeInterval) async throws -> String {
        try await sandbox.settings(#"{"lifetime_ms":20000}"#)
        try await sandbox.fault(#"{"type":"latency","ms":100}"#)
        let contender = try contender.init(try sandbox.server(), early: 1)
        let url = try sandbox.items
        _ = try await contender.call(url)
        try await Task.sleep(nanoseconds: 2_500_000_000)
        try await sandbox.ask("POST", "/oauth2/tokens/revoke", "{}")
        let before = try await sandbox.requests()
        let recovered = await all(200) { number in
            try await Task.sleep(nanoseconds: UInt64(over * Double(number) / 200 * 1_000_000_000))
            return try await contender.call(url) == 200
        }
        contender.close()
        return "\(recovered) (\(try await sandbox.requests() - before))"
    }

    /// 50 calls in 12.5 s with tokens of 10 s: 2 requests are needed.
    private func short(_ sandbox: Sandbox, _ contender: any Contender.Type) async throws -> String {
        try await sandbox.settings(#"{"lifetime_ms":10000}"#)
        let contender = try contender.init(try sandbox.server(), early: 30)
        for _ in 0..<50 {
            _ = try await contender.header()
            try await Task.sleep(nanoseconds: 250_000_000)
        }
        contender.close()
        return "\(try await sandbox.requests())"
    }

    /// How many of so many tasks came to what was wanted.
    private func all(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Bool) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                group.addTask { (try? await body(number)) ?? false }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    /// Whether a header came; none if that takes longer than 2 s.
    private func answer(of contender: any Contender, _ longest: Longest) async -> Bool? {
        let (answers, continuation) = AsyncStream<Bool?>.makeStream()
        Task {
            var isServed = false
            let ns = await nanoseconds { isServed = (try? await contender.header()) != nil }
            if isServed {
                await longest.note(ns)
            }
            continuation.yield(isServed)
        }
        let late = Task {
            try await Task.sleep(nanoseconds: 2_000_000_000)
            continuation.yield(nil)
        }
        defer { late.cancel() }
        for await answer in answers {
            return answer
        }
        return nil
    }
}

private actor Longest {
    private var nanoseconds = 0.0

    func note(_ other: Double) {
        nanoseconds = max(nanoseconds, other)
    }

    var milliseconds: Int { Int((nanoseconds / 1_000_000).rounded()) }
}
