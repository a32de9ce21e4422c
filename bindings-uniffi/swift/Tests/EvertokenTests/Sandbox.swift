import Evertoken
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A sandbox of its own for a test; it ends with it.
final class Sandbox: Sendable {
    struct Start: Decodable {
        let control: URL
        let piwikPro: Server
        let didomi: Server
        let oro: Server
        let oauth2: Server
        let elsewhere: Server
        let keys: [String: Key]
    }

    struct Server: Decodable {
        let http: URL
    }

    struct Key: Decodable {
        let id: String
        let secret: String
    }

    /// A request that it has got.
    struct Entry: Decodable {
        let seq: Int
        let kind: String
        let method: String
        let target: String
        let headers: [[String]]
        let bodyText: String?
        let state: String
        let status: Int?

        func header(_ name: String) -> String? {
            headers.first { $0[0] == name }?[1]
        }
    }

    struct Idle: Decodable {
        let idle: Bool
        let received: Int
        let held: Int
        let aborted: Int
        let connections: Int
    }

    let start: Start
    private let input = Pipe()

    init() throws {
        guard let path = ProcessInfo.processInfo.environment["EVERTOKEN_SANDBOX"] else {
            throw Failure(text: "EVERTOKEN_SANDBOX does not name the sandbox")
        }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw Failure(text: "the sandbox did not start") }
            line += byte
        }
        start = try Self.decoded(line)
    }

    deinit {
        try? input.fileHandleForWriting.close()
    }

    struct Failure: Error {
        let text: String
    }

    /// A provider of which everything works.
    func piwikPro() throws -> Provider {
        .piwikPro(account: start.piwikPro.http.absoluteString, credentials: try credentials("piwik_pro"))
    }

    /// A source of ``piwikPro()`` and its transport.
    func source(
        _ provider: Provider? = nil,
        transport: any TokenTransport = URLSessionTransport.shared,
        options: TokenSource.Options = .init()
    ) throws -> TokenSource {
        try TokenSource.tested(provider ?? piwikPro(), transport: transport, options: options)
    }

    func credentials(_ key: String) throws -> Credentials {
        guard let key = start.keys[key] else { throw Failure(text: "no key \(key)") }
        return Credentials(id: key.id, secret: key.secret)
    }

    /// Asks the control API, with a body of JSON.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> Data {
        var request = URLRequest(url: URL(string: start.control.absoluteString + path) ?? start.control)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
            throw Failure(text: "\(method) \(path): \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }

    /// Adds a fault: its JSON, and the requests that it hits.
    func fault(_ vendor: String, _ kind: String, _ fault: String, times: Int? = nil) async throws {
        let times = times.map { ",\"times\":\($0)" } ?? ""
        try await control("POST", "/\(vendor)/faults", "{\"kind\":\"\(kind)\",\"fault\":\(fault)\(times)}")
    }

    func log(_ query: String = "") async throws -> [Entry] {
        try Self.decoded(await control("GET", "/log?\(query)"))
    }

    func tokenRequests(_ vendor: String = "piwik_pro") async throws -> Int {
        try await log("vendor=\(vendor)&kind=token").count
    }

    /// Waits until so many requests have come and all are over or held.
    @discardableResult
    func idle(received: Int) async throws -> Idle {
        let idle: Idle = try Self.decoded(await control("GET", "/idle?received=\(received)&wait_ms=10000"))
        guard idle.idle && idle.received >= received else { throw Failure(text: "\(idle)") }
        return idle
    }

    private static func decoded<Value: Decodable>(_ json: Data) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: json)
    }

    func release(_ vendor: String = "piwik_pro") async throws {
        try await control("POST", "/\(vendor)/release")
    }
}
