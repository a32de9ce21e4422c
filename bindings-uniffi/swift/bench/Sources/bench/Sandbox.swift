import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The sandbox as a process, and its OAuth 2 server.
final class Sandbox: @unchecked Sendable {
    private struct Start: Decodable {
        struct Vendor: Decodable {
            let http: String
        }

        struct Key: Decodable {
            let id: String
            let secret: String
        }

        let control: String
        let oauth2: Vendor
        let keys: [String: Key]
    }

    struct Failure: Error {
        let text: String
    }

    private let start: Start
    private let process = Process()
    private let input = Pipe()

    init() throws {
        guard let program = ProcessInfo.processInfo.environment["EVERTOKEN_SANDBOX"] else {
            throw Failure(text: "EVERTOKEN_SANDBOX has to name the sandbox's program")
        }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw Failure(text: "the sandbox ended before it was ready") }
            line.append(byte)
        }
        start = try JSONDecoder().decode(Start.self, from: line)
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Where tokens come from and go to.
    func server() throws -> Server {
        guard let key = start.keys["oauth2"], let token = URL(string: "\(start.oauth2.http)/oauth2/token"),
            let api = URL(string: "\(start.oauth2.http)/api")
        else { throw Failure(text: "no server") }
        return Server(token: token, api: api, id: key.id, secret: key.secret)
    }

    var items: URL {
        get throws { try server().api.appendingPathComponent("items") }
    }

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Data {
        guard let url = URL(string: start.control + path) else { throw Failure(text: path) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
            throw Failure(text: "\(method) \(path): \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }

    func settings(_ settings: String) async throws {
        try await ask("PATCH", "/oauth2/settings", settings)
    }

    /// A fault of the token endpoint.
    func fault(_ fault: String) async throws {
        try await ask("POST", "/oauth2/faults", #"{"kind":"token","fault":\#(fault)}"#)
    }

    /// How many token requests there were.
    func requests() async throws -> Int {
        struct Counts: Decodable { let token: Int }
        let counts = try JSONDecoder().decode([String: Counts].self, from: try await ask("GET", "/counts"))
        return counts["oauth2"]?.token ?? 0
    }
}
