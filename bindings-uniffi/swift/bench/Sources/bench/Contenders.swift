import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A server that grants tokens, and its API.
struct Server: Sendable {
    let token: URL
    let api: URL
    let id: String
    let secret: String
}

/// What gives an authenticated call its header.
protocol Contender: Sendable {
    /// `early` is how many seconds before its end a cache by hand renews a token.
    init(_ server: Server, early: TimeInterval) throws

    /// The value of the header.
    func header() async throws -> String

    /// Calls the API, once more if it rejects the token; returns the status.
    func call(_ url: URL) async throws -> Int

    func close()
}

extension TokenSource: Contender {
    convenience init(_ server: Server, early: TimeInterval) throws {
        let credentials = Credentials(id: server.id, secret: server.secret)
        try self.init(.oauth2(tokenEndpoint: server.token, api: .url(server.api), credentials: credentials))
    }

    func header() async throws -> String {
        try await headers()["Authorization"] ?? ""
    }

    func call(_ url: URL) async throws -> Int {
        try await status(URLSession.shared.data(for: URLRequest(url: url), authenticatedBy: self))
    }
}

/// A variable behind a lock, renewed early; whoever finds it too old asks for another one.
final class ByHand: Contender, @unchecked Sendable {
    private let lock = NSLock()
    private let server: Server
    private let early: TimeInterval
    private var token = ""
    private var until = Date.distantPast
    private var rejected = ""

    init(_ server: Server, early: TimeInterval) {
        self.server = server
        self.early = early
    }

    func header() async throws -> String {
        if let held = lock.withLock({ Date() < until - early && token != rejected ? token : nil }) {
            return "Bearer \(held)"
        }
        let granted = try await Granted(server)
        lock.withLock {
            token = granted.token
            until = Date() + granted.seconds
        }
        return "Bearer \(granted.token)"
    }

    func call(_ url: URL) async throws -> Int {
        let sent = try await header()
        let first = try await send(url, sent)
        guard first == 401 else { return first }
        lock.withLock { rejected = String(sent.dropFirst("Bearer ".count)) }
        return try await send(url, header())
    }

    func close() {}
}

/// The same as an actor with one task for all who wait.
actor SharedTask: Contender {
    private let server: Server
    private let early: TimeInterval
    private var token = ""
    private var until = Date.distantPast
    private var flight: Task<Granted, any Error>?

    init(_ server: Server, early: TimeInterval) {
        self.server = server
        self.early = early
    }

    func header() async throws -> String {
        if Date() < until - early {
            return "Bearer \(token)"
        }
        if let flight {
            return "Bearer \(try await flight.value.token)"
        }
        let flight = Task { [server] in try await Granted(server) }
        self.flight = flight
        defer { self.flight = nil }
        let granted = try await flight.value
        token = granted.token
        until = Date() + granted.seconds
        return "Bearer \(token)"
    }

    nonisolated func call(_ url: URL) async throws -> Int {
        let sent = try await header()
        let first = try await send(url, sent)
        guard first == 401 else { return first }
        await drop(sent)
        return try await send(url, header())
    }

    private func drop(_ rejected: String) {
        if rejected == "Bearer \(token)" {
            until = .distantPast
        }
    }

    nonisolated func close() {}
}

/// An answer of the token endpoint.
private struct Granted: Sendable {
    let token: String
    let seconds: TimeInterval

    private struct Answer: Decodable {
        let accessToken: String
        let expiresIn: Double
    }

    init(_ server: Server) async throws {
        var request = URLRequest(url: server.token)
        request.httpMethod = "POST"
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        let body = "grant_type=client_credentials&client_id=\(server.id)&client_secret=\(server.secret)"
        request.httpBody = Data(body.utf8)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let answer = try decoder.decode(Answer.self, from: await URLSession.shared.data(for: request).0)
        (token, seconds) = (answer.accessToken, answer.expiresIn)
    }
}

/// Calls an API with a header that is there already.
func send(_ url: URL, _ header: String) async throws -> Int {
    var request = URLRequest(url: url)
    request.setValue(header, forHTTPHeaderField: "Authorization")
    return try await status(URLSession.shared.data(for: request))
}

private func status(_ answer: (Data, URLResponse)) -> Int {
    (answer.1 as? HTTPURLResponse)?.statusCode ?? 0
}
