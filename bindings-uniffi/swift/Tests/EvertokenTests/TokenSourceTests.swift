import Foundation
import Testing

@testable import Evertoken

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("A source of tokens")
struct TokenSourceTests {
    @Test("gets a token and calls the API with it")
    func callsTheAPI() async throws {
        let sandbox = try Sandbox()
        let source = try sandbox.source()
        let request = URLRequest(url: try source.url("/api/apps/v2"))
        let (_, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
        #expect((response as? HTTPURLResponse)?.statusCode == 200)
        let calls = try await sandbox.log("kind=api")
        #expect(calls.first?.header("authorization") == source.cachedHeaders?["Authorization"])
        #expect(calls.first?.header("accept") == "application/vnd.api+json")
        #expect(try await sandbox.tokenRequests() == 1)
    }

    @Test("fetches one token for all who ask, by name, alone and as an answer of a broker")
    func sharesOneToken() async throws {
        let gate = Gate()
        let requests = Kept<String>()
        let source = try TokenSource.tested(
            .fake(),
            transport: FunctionTransport { request in
                await requests.keep(request.method)
                await gate.pass()
                return .granting()
            }
        )
        #expect(source.cachedHeaders == nil)
        async let headers = source.headers()
        async let token = source.token()
        async let response = source.tokenResponse()
        try await until { try source.explain().waiting == 3 }
        await gate.open()
        #expect(try await headers == ["Authorization": "Bearer test-token-1"])
        #expect(try await token == "test-token-1")
        let told = try await response
        #expect(told.accessToken == "test-token-1")
        #expect(told.tokenType == "Bearer")
        #expect((3_590...3_600).contains(told.expiresIn))
        let json = String(decoding: try JSONEncoder().encode(told), as: UTF8.self)
        #expect(json.contains(#""access_token":"test-token-1""#))
        #expect(source.cachedHeaders == ["Authorization": "Bearer test-token-1"])
        #expect(await requests.values == ["POST"])
    }

    @Test("serves the others when the first caller is cancelled, who is told so at once")
    func cancellationHarmsNobodyElse() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#)
        let source = try sandbox.source()
        let first = Task { try await source.headers() }
        try await sandbox.idle(received: 1)
        let second = Task { try await source.headers() }
        try await until { try source.explain().waiting == 2 }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        try await sandbox.release()
        #expect(try await second.value["Authorization"] != nil)
        #expect(try await sandbox.tokenRequests() == 1)
    }

    @Test("serves its token at once while another one is on its way, and never when it is over")
    func servesInTheWindow() async throws {
        let gate = Gate()
        let sent = Kept<Void>()
        let clock = ManualClock()
        let transport = FunctionTransport { _ in
            await sent.keep(())
            let number = await sent.values.count
            if number > 1 {
                await gate.pass()
            }
            return .granting("test-token-\(number)")
        }
        let source = try TokenSource.tested(.fake(), transport: transport, options: .init(clock: clock))
        let first = try await source.headers()
        clock.advance(by: 2_000_000)
        #expect(source.cachedHeaders == first)
        #expect(try source.explain().requests == 1)
        clock.advance(by: 1_000_000)
        #expect(source.cachedHeaders == first)
        #expect(try await source.headers() == first)
        #expect(try source.explain().requests == 2)
        await gate.arrivals(1)
        clock.advance(by: 600_000)
        #expect(source.cachedHeaders == nil)
        await gate.open()
        #expect(try await source.token() != "test-token-1")
    }

    @Test("serves no token that is over, though nobody has looked at the clock since")
    func servesNothingThatIsOver() async throws {
        let clock = ManualClock()
        let transport = FunctionTransport { _ in .granting() }
        let source = try TokenSource.tested(.fake(), transport: transport, options: .init(clock: clock))
        _ = try await source.headers()
        clock.advance(by: 3_600_000)
        #expect(source.cachedHeaders == nil)
        #expect(try source.explain().requests == 1)
    }

    @Test("asks for nothing for a caller that is cancelled before it asks")
    func cancelledBefore() async throws {
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport { _ in .granting() })
        let gate = Gate()
        let caller = Task {
            await gate.pass()
            return try await source.headers()
        }
        await gate.arrivals(1)
        caller.cancel()
        await gate.open()
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(try source.explain().requests == 0)
    }

    @Test("lets a caller wait no longer than its patience")
    func patienceEnds() async throws {
        let gate = Gate()
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport.granting(behind: gate))
        #expect(try await code { try await source.headers(patience: 0.05) } == .deadline)
        #expect(try await code { try await source.headers(patience: 0) } == .deadline)
        async let patient = source.token()
        try await until { try source.explain().waiting >= 1 }
        await gate.open()
        #expect(try await patient == "test-token-1")
        #expect(try source.explain().requests == 1)
    }

    @Test("tells everybody who waits that it was closed, and whoever comes later")
    func closes() async throws {
        let gate = Gate()
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport.granting(behind: gate))
        let caller = Task { try await source.headers() }
        await gate.arrivals(1)
        try await until { try source.explain().waiting == 1 }
        source.close()
        source.close()
        #expect(try await code { try await caller.value } == .closed)
        #expect(try await code { try await source.headers() } == .closed)
        await gate.open()
    }

    @Test("tells who waits at a logout that it was cancelled, and serves whoever comes later")
    func logsOutWaiting() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#, times: 1)
        let source = try sandbox.source()
        let caller = Task { try await source.headers() }
        try await sandbox.idle(received: 1)
        try await until { try source.explain().waiting == 1 }
        source.logout()
        #expect(try await code { try await caller.value } == .cancelled)
        #expect(try await source.headers()["Authorization"] != nil)
        try await until { try await sandbox.log("kind=token").first?.state == "aborted" }
    }

    @Test("drops its token at a logout or when it is told to, and fetches another one for the next caller")
    func dropsItsToken() async throws {
        let tokens = Kept<Int>()
        let source = try TokenSource.tested(
            .fake(),
            transport: FunctionTransport { _ in
                await tokens.keep(0)
                return .granting("test-token-\(await tokens.values.count)")
            }
        )
        #expect(try await source.token() == "test-token-1")
        source.logout()
        #expect(source.cachedHeaders == nil)
        #expect(try await source.token() == "test-token-2")
        source.invalidate()
        #expect(try await source.token() == "test-token-3")
    }

    @Test("ends its token request when nobody holds it any more")
    func endsWithItsLastHolder() async throws {
        let sandbox = try Sandbox()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#)
        var source: TokenSource? = try sandbox.source()
        weak var shell = source?.shell
        await #expect(throws: EvertokenError.self) { try await source?.headers(patience: 0.05) }
        try await sandbox.idle(received: 1)
        source = nil
        #expect(shell == nil)
        try await until { try await sandbox.log("kind=token").first?.state == "aborted" }
    }

    @Test("gets its token on a task that inherits nothing of a caller's")
    func inheritsNothing() async throws {
        let seen = Kept<String>()
        let source = try TokenSource.tested(
            .fake(),
            transport: FunctionTransport { _ in
                await seen.keep(Context.user)
                return .granting()
            }
        )
        _ = try await Context.$user.withValue("caller") { try await source.token() }
        #expect(await seen.values == ["nobody"])
    }

    @Test("refuses to be asked from within its own token request")
    func refusesReentrance() async throws {
        let holder = Kept<TokenSource>()
        let source = try TokenSource.tested(
            .fake(),
            transport: FunctionTransport { _ in
                _ = try await holder.values[0].headers()
                return .granting()
            }
        )
        await holder.keep(source)
        #expect(try await code { try await source.headers() } == .reentrant)
    }

    @Test("serves what a function of its own has left running")
    func servesWhatOutlivesARequest() async throws {
        let gate = Gate()
        let holder = Kept<TokenSource>()
        let left = Kept<Task<String, any Error>>()
        let provider = Provider.broker(
            url: URL(string: "https://acme.example/token")!,
            api: .piwikPro(account: "acme.piwik.pro"),
            headers: { _ in
                if await left.values.isEmpty {
                    await left.keep(
                        Task {
                            await gate.pass()
                            return try await holder.values[0].token()
                        }
                    )
                }
                return [:]
            }
        )
        let source = try TokenSource.tested(provider, transport: FunctionTransport { _ in .granting() })
        await holder.keep(source)
        _ = try await source.token()
        source.invalidate()
        await gate.open()
        #expect(try await left.values[0].value == "test-token-1")
    }

    @Test("tells what happened, in order, until it is closed")
    func tellsEvents() async throws {
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport { _ in .granting() })
        let events = source.events()
        _ = try await source.token()
        source.invalidate()
        source.close()
        var kinds: [TokenSource.Event.Kind] = []
        for await event in events {
            kinds.append(event.kind)
        }
        #expect(kinds == [.started, .granted, .invalidated, .reset])
        for await _ in source.events() {
            Issue.record("a closed source tells nothing")
        }
    }

    @Test("says what it holds and will do")
    func explains() async throws {
        let source = try TokenSource.tested(.fake(), transport: FunctionTransport { _ in .granting() })
        #expect(try source.explain().token == nil)
        _ = try await source.token()
        let explanation = try source.explain()
        #expect(explanation.token?.zone == "fresh")
        #expect(explanation.token?.lifetime == 3_600)
        #expect(explanation.flight == "idle")
        #expect(explanation.requests == 1)
        #expect(explanation.description.contains("token: number 1"))
    }

    @Test("fetches another token for other credentials, and keeps the old one until then")
    func changesCredentials() async throws {
        let sandbox = try Sandbox()
        let key = #"{"name":"Second","id":"test-second","secret":"sandbox-secret-second"}"#
        try await sandbox.control("POST", "/piwik_pro/keys", key)
        let source = try sandbox.source()
        let first = try await source.token()
        try await sandbox.fault("piwik_pro", "token", #"{"type":"hang"}"#, times: 1)
        try source.credentialsChanged(Credentials(id: "test-second", secret: "sandbox-secret-second"))
        try await sandbox.idle(received: 2)
        #expect(try await source.token() == first)
        try await sandbox.release()
        try await until { try await source.token() != first }
        let last = try await sandbox.log("kind=token").last
        #expect(last?.bodyText?.contains("test-second") == true)
    }
}

private enum Context {
    @TaskLocal static var user = "nobody"
}
