import EvertokenGlue
import Foundation
import Testing

@testable import Evertoken

@Suite("A failure")
struct FailureTests {
    private struct Thrown: Error, Equatable {
        let number: Int
    }

    @Test("of a transport, whatever it throws, reaches who waits with its cause")
    func transportThrows() async throws {
        let transport = FunctionTransport { _ in throw Thrown(number: 7) }
        let source = try TokenSource.tested(.fake(), transport: transport, options: .once)
        let error = try await failure { try await source.headers() }
        #expect(error.code == .transportFailed)
        #expect(error.errorClass == .transport)
        #expect(error.retryable)
        #expect(error.underlying as? Thrown == Thrown(number: 7))
        #expect(error.retryAt != nil)
    }

    @Test("of a function for credentials names the function, and its cause")
    func credentialsThrow() async throws {
        let provider = Provider.fake(credentials: .supplied { throw Thrown(number: 1) })
        let source = try TokenSource.tested(provider, transport: FunctionTransport { _ in .granting() }, options: .once)
        let error = try await failure { try await source.headers() }
        #expect(error.code == .transportFailed)
        #expect(error.detail?.contains("function for credentials") == true)
        #expect(error.underlying as? Thrown == Thrown(number: 1))
    }

    @Test("of a broker's headers is one of the token request")
    func headersThrow() async throws {
        let provider = Provider.broker(
            url: URL(string: "https://acme.example/token")!,
            api: .piwikPro(account: "acme.piwik.pro"),
            headers: { reason in throw Thrown(number: reason.count) }
        )
        let source = try TokenSource.tested(provider, transport: FunctionTransport { _ in .granting() }, options: .once)
        let error = try await failure { try await source.headers() }
        #expect(error.underlying as? Thrown == Thrown(number: "absent".count))
    }

    @Test("to end of a function for credentials hangs nobody, and its attempt is given up")
    func credentialsNeverEnd() async throws {
        let gate = Gate()
        let isFirst = Kept<Bool>()
        let provider = Provider.fake(
            credentials: .supplied {
                await isFirst.keep(true)
                if await isFirst.values.count == 1 {
                    await gate.pass()
                }
                return Credentials(id: "test-id", secret: "test-secret")
            }
        )
        let clock = ManualClock()
        let transport = FunctionTransport { _ in .granting() }
        let source = try TokenSource.tested(
            provider, transport: transport, options: .init(patience: 3_600, clock: clock))
        async let token = source.token()
        await gate.arrivals(1)
        try await until {
            clock.advance(by: 500)
            return try source.explain().tokens == 1
        }
        #expect(try await token == "test-token-1")
        try await until { clock.timers <= 1 }
        await gate.open()
    }

    @Test("of the core is told to everybody who waits and to whoever comes later")
    func coreBreaksOff() async throws {
        let machine = try BrittleMachine(policy: [:])
        let gate = Gate()
        let transport = FunctionTransport.granting(behind: gate)
        let source = TokenSource(try Shell(.fake(), transport, .init(clock: ManualClock()), machine: machine))
        let waiting = Task { try await source.headers() }
        await gate.arrivals(1)
        try await until { try source.explain().waiting == 1 }
        machine.breaks()
        await gate.open()
        let error = try await failure { try await waiting.value }
        #expect(error.code == .misuse)
        #expect(error.detail == "the token machine broke off")
        #expect(error.underlying is BrittleMachine.Broken)
        #expect(try await code { try await source.headers() } == .misuse)
        #expect(source.cachedHeaders == nil)
        #expect(throws: EvertokenError.self) { try source.explain() }
        source.close()
    }

    @Test("has words for users: what happened, why, and what to do")
    func hasWords() async throws {
        let sandbox = try Sandbox()
        let provider = Provider.piwikPro(
            account: sandbox.start.piwikPro.http.absoluteString,
            credentials: Credentials(id: "nobody", secret: "sandbox-secret-none")
        )
        let error = try await failure { try await sandbox.source(provider).headers() }
        #expect(error.code == .credentialsRejected)
        #expect(error.errorClass == .credentials)
        #expect(error.status == 401)
        #expect(error.providerCode == "invalid_client")
        #expect(error.localizedDescription.hasPrefix("credentials_rejected"))
        #expect(error.recoverySuggestion == error.fix)
        #expect(error == EvertokenError(error.told, underlying: Thrown(number: 1)))
        #expect(error != EvertokenError(.deadline))
    }

    private func failure(_ call: () async throws -> some Any) async throws -> EvertokenError {
        do {
            _ = try await call()
        } catch let error as EvertokenError {
            return error
        }
        throw Sandbox.Failure(text: "it did not fail")
    }
}

extension TokenSource.Options {
    /// One attempt, whose failure is the caller's.
    static var once: TokenSource.Options {
        var options = TokenSource.Options()
        options.policy.fetchAttempts = 1
        return options
    }
}

extension EvertokenError {
    fileprivate var told: Failure {
        Failure(
            code: code.rawValue,
            class: errorClass.rawValue,
            retryable: retryable,
            retryAtMs: retryAt.map { UInt64(($0.timeIntervalSince1970 * 1_000).rounded()) },
            status: status.map { UInt16($0) },
            providerCode: providerCode,
            description: detail,
            fix: fix,
            text: description
        )
    }
}

/// A machine that can break off as a panic of the core makes it do.
private final class BrittleMachine: Machine, @unchecked Sendable {
    struct Broken: Error {}

    private let isBroken = Locked(false)

    func breaks() {
        isBroken.withLock { $0 = true }
    }

    override func finished(now: Now, attempt: UInt64, exchange: Exchange?) throws -> Step {
        if isBroken.withLock({ $0 }) {
            throw Broken()
        }
        return try super.finished(now: now, attempt: attempt, exchange: exchange)
    }
}
