import Foundation
import Testing

@testable import Evertoken

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("Many callers")
struct BehaviourTests {
    @Test("who ask at once for the first time get the token of one request")
    func coldHerd() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#)
        let source = try sandbox.source()
        let callers = (0..<1_000).map { _ in Task { try await source.headers() } }
        try await until { try source.explain().waiting == 1_000 }
        try await sandbox.idle(received: 1)
        try await sandbox.release()
        var answers: Set<[String: String]> = []
        for caller in callers {
            answers.insert(try await caller.value)
        }
        #expect(answers == [source.cachedHeaders])
        #expect(try await sandbox.tokenRequests() == 1)
        #expect(try source.explain().waiting == 0)
    }

    @Test("whose token was revoked are all served again, with the token of one request")
    func revokedToken() async throws {
        let sandbox = try Sandbox()
        let clock = ManualClock()
        let source = try sandbox.source(options: .init(clock: clock))
        let request = try source.request("GET", "/api/apps/v2")
        _ = try await source.headers()
        // A token that is so young is not given up at its first rejection.
        clock.advance(by: 60_000)
        try await sandbox.control("POST", "/piwik_pro/tokens/revoke")
        let calls = (0..<200).map { _ in
            Task { try await URLSession.shared.data(for: request, authenticatedBy: source).1 as? HTTPURLResponse }
        }
        for call in calls {
            #expect(try await call.value?.statusCode == 200)
        }
        #expect(try await sandbox.tokenRequests() == 2)
        #expect(try await sandbox.log("kind=api").filter { $0.status == 401 }.count <= 200)
    }

    @Test("of whom the first is cancelled are served, and nothing is left of who was")
    func firstCancelled() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#)
        let clock = ManualClock()
        let source = try sandbox.source(options: .init(clock: clock))
        let first = Task { try await source.headers() }
        try await sandbox.idle(received: 1)
        let others = (0..<100).map { _ in Task { try await source.token() } }
        // One for each caller, and one for the request.
        try await until { clock.timers == 102 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(clock.timers == 101)
        try await sandbox.release()
        for other in others {
            _ = try await other.value
        }
        try await until { clock.timers == 0 }
        #expect(try await sandbox.tokenRequests() == 1)
    }

    @Test("who are all cancelled leave nothing behind, a thousand of them")
    func thousandCancels() async throws {
        let gate = Gate()
        let requests = Kept<Void>()
        let clock = ManualClock()
        weak var last: Leaving?
        weak var dropped: TokenSource?
        do {
            let leaving = Leaving()
            last = leaving
            let source = try TokenSource.tested(
                .fake(),
                transport: FunctionTransport { [leaving] _ in
                    await requests.keep(())
                    await gate.pass()
                    return leaving.answer
                },
                options: .init(clock: clock)
            )
            dropped = source
            for _ in 0..<10 {
                let callers = (0..<100).map { _ in Task { try await source.headers() } }
                // One for each caller, and one for the request.
                try await until { clock.timers == 101 }
                for caller in callers {
                    caller.cancel()
                }
                for caller in callers {
                    await #expect(throws: CancellationError.self) { try await caller.value }
                }
                #expect(clock.timers == 1)
            }
            await gate.open()
            #expect(try await source.token() == "test-token-1")
            #expect(await requests.values.count == 1)
        }
        try await until { dropped == nil && last == nil && clock.timers == 0 }
    }

    @Test("are served all through an outage, and with another token when it is over")
    func outage() async throws {
        let sandbox = try Sandbox()
        let clock = ManualClock()
        let source = try sandbox.source(options: .init(clock: clock))
        let first = try await source.headers()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"throttle","status":503}"#)
        for _ in 0..<29 {
            clock.advance(by: 60_000)
            for _ in 0..<20 {
                #expect(try await source.headers() == first)
            }
            try await until { try source.explain().flight != "in_flight" }
        }
        let during = try await sandbox.tokenRequests()
        #expect(during > 2)
        try await sandbox.control("DELETE", "/piwik_pro/faults")
        clock.advance(by: 120_000)
        let after = try await source.headers()
        #expect(after != first)
        #expect(try await sandbox.tokenRequests() == during + 1)
    }

    @Test("are answered with the endpoint's failure, and none of its words that looks like a secret is shown")
    func failureForAll() async throws {
        let sandbox = try Sandbox()
        let key = try #require(sandbox.start.keys["piwik_pro"])
        let words = #"{"error":"invalid_client","error_description":"no client \#(key.secret)"}"#
        let fault = #"{"type":"answer","status":401,"body":{"text":\#(String(reflecting: words))}}"#
        try await sandbox.fault("piwik_pro", "token", fault)
        let source = try sandbox.source()
        let events = source.events()
        let callers = (0..<50).map { _ in Task { try await source.headers() } }
        for caller in callers {
            let failed = await thrown { try await caller.value }
            #expect(failed?.code == .credentialsRejected)
            var dumped = ""
            dump(failed, to: &dumped)
            #expect(!(dumped + "\(String(describing: failed))").contains(key.secret))
        }
        #expect(try await sandbox.tokenRequests() == 1)
        source.close()
        for await event in events {
            #expect(!"\(event) \(String(describing: event.error))".contains(key.secret))
        }
    }

    @Test("of two sources disturb each other in nothing")
    func twoSources() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#)
        let key = try #require(sandbox.start.keys["didomi"])
        let didomi = Provider.didomi(
            credentials: .key(key.id, secret: key.secret),
            endpoint: sandbox.start.didomi.http
        )
        let (held, other) = (try sandbox.source(), try sandbox.source(didomi))
        let waits = Task { try await held.headers() }
        try await sandbox.idle(received: 1)
        held.logout()
        #expect(try await code { try await waits.value } == .cancelled)
        #expect(try await other.headers()["Authorization"] != nil)
        #expect(try await sandbox.tokenRequests("didomi") == 1)
    }
}

/// Tells by its end that nobody holds it.
private final class Leaving: Sendable {
    let answer = TokenAnswer.granting()
}
