import Foundation

@testable import Evertoken

/// A transport that is a function.
struct FunctionTransport: TokenTransport {
    let answer: @Sendable (TokenRequest) async throws -> TokenAnswer

    init(_ answer: @escaping @Sendable (TokenRequest) async throws -> TokenAnswer) {
        self.answer = answer
    }

    func send(_ request: TokenRequest) async throws -> TokenAnswer {
        try await answer(request)
    }

    /// Grants a token once a gate is open.
    static func granting(behind gate: Gate) -> FunctionTransport {
        FunctionTransport { _ in
            await gate.pass()
            return .granting()
        }
    }
}

extension TokenAnswer {
    /// Grants a token that lives an hour.
    static func granting(_ token: String = "test-token-1") -> TokenAnswer {
        let json = #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":3600}"#
        return TokenAnswer(status: 200, headers: [("content-type", "application/json")], body: Data(json.utf8))
    }
}

extension Provider {
    /// One that is asked through a double of a transport.
    static func fake(credentials: Credentials = Credentials(id: "test-id", secret: "test-secret")) -> Provider {
        .piwikPro(account: "acme.piwik.pro", credentials: credentials)
    }
}

extension TokenSource {
    /// Makes a source as on a server, also where apps run.
    static func tested(
        _ provider: Provider,
        transport: any TokenTransport = URLSessionTransport.shared,
        options: Options = .init()
    ) throws -> TokenSource {
        try TokenSource(provider, transport: transport, options: options, isApp: false)
    }
}

/// Closes until somebody opens it; who has gone through may tell so.
actor Gate {
    private var isOpen = false
    private var arrived = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watching: [(count: Int, CheckedContinuation<Void, Never>)] = []

    /// Waits until it is open, heedless of cancellation.
    func pass() async {
        arrived += 1
        let here = arrived
        for (count, watcher) in watching where count <= here {
            watcher.resume()
        }
        watching.removeAll { $0.count <= here }
        if !isOpen {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// Waits until so many have come.
    func arrivals(_ count: Int) async {
        if arrived < count {
            await withCheckedContinuation { watching.append((count, $0)) }
        }
    }

    func open() {
        isOpen = true
        for waiter in waiting {
            waiter.resume()
        }
        waiting = []
    }
}

/// Keeps what concurrent code leaves.
actor Kept<Value: Sendable> {
    private(set) var values: [Value] = []

    func keep(_ value: Value) {
        values.append(value)
    }
}

/// Waits until something holds.
func until(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<10_000 {
        if try await condition() {
            return
        }
        try await Task.sleep(nanoseconds: 1_000_000)
    }
    throw Sandbox.Failure(text: "it never came to hold")
}

/// Returns the code of the error that a function throws.
func code(_ call: () async throws -> some Any) async throws -> EvertokenError.Code? {
    do {
        _ = try await call()
        return nil
    } catch let error as EvertokenError {
        return error.code
    }
}
