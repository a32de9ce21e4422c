internal import EvertokenGlue
import Foundation

/// One attempt to get a token: everything that it needs, and nothing that keeps its source alive.
struct Flight: Sendable {
    let start: Start
    let grant: Grant
    let provider: Provider
    let credentials: Credentials
    /// By the names of the credentials that they may hold.
    let variables: [String: String]
    let transport: any TokenTransport
    let clock: any TokenClock
    let policy: [String: UInt64]
    let bodyLimit: Int

    /// How an attempt has ended; the exchange holds the outcome, and what was thrown stays with us.
    enum End: Sendable {
        case exchange(Exchange, code: String?, cause: (any Error)?)
        case brokenOff(EvertokenError)
    }

    /// Runs it to its end.
    func fly() async -> End {
        do {
            let (exchange, cause) = try await exchanged()
            return .exchange(exchange, code: try exchange.failure()?.code, cause: cause)
        } catch {
            return .brokenOff(EvertokenError(brokenOff: error))
        }
    }

    /// Throws only what the core breaks off with.
    private func exchanged() async throws -> (Exchange, (any Error)?) {
        let secrets: [Pair]
        let headers: [Pair]
        do {
            secrets = .sorted(try await credentials.obtain(variables: variables))
            headers = .sorted(try await provider.headers(start.reason))
        } catch {
            return (try refused(error), error)
        }
        let exchange: Exchange
        do {
            exchange = try Exchange(grant: grant, secrets: secrets, sentAt: start.sentAt, policy: policy)
        } catch Refusal.Failed(let failure) {
            let refused = try Exchange.failed(code: failure.code, description: failure.description, fix: failure.fix)
            return (refused, nil)
        }
        return (exchange, try await run(exchange, headers))
    }

    /// Sends one request after another; returns what the transport threw.
    private func run(_ exchange: Exchange, _ headers: [Pair]) async throws -> (any Error)? {
        var cause: (any Error)?
        while let request = try exchange.next(headers: headers) {
            let answer: TokenAnswer
            do {
                answer = try await transport.send(TokenRequest(request, bodyLimit: bodyLimit))
            } catch {
                cause = error
                let known = error as? EvertokenError
                let code = known?.code ?? .transportFailed
                let detail = known == nil ? "no answer: \(described(error))" : known?.detail
                try exchange.fail(now: Instant(clock.now()), code: code.rawValue, description: detail)
                continue
            }
            try exchange.answer(
                now: Instant(clock.now()),
                status: UInt16(clamping: answer.status),
                headers: answer.headers.map { Pair(name: $0.name, value: $0.value) },
                body: answer.body.prefix(bodyLimit),
                truncated: answer.isTruncated || answer.body.count > bodyLimit
            )
        }
        return cause
    }

    private func refused(_ error: any Error) throws -> Exchange {
        if let known = error as? EvertokenError {
            return try Exchange.failed(code: known.code.rawValue, description: known.detail, fix: known.fix)
        }
        return try Exchange.failed(
            code: EvertokenError.Code.transportFailed.rawValue,
            description: "the function for credentials or headers failed",
            fix: "Mend the function; what it threw is the underlying error of this one."
        )
    }

    /// A domain and a number: texts of libraries may repeat what was sent.
    private func described(_ error: any Error) -> String {
        let error = error as NSError
        return "\(error.domain) \(error.code)"
    }
}

extension Instant {
    init(_ instant: TokenInstant) {
        self.init(mono: instant.mono, wall: instant.wall)
    }
}
