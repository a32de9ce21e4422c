import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A sandbox, and programs that run against it.
final class Stage: Sendable {
    struct Run: Sendable {
        let status: Int32
        let out: String
        let err: String
    }

    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    private struct Key: Decodable {
        let id: String
        let secret: String
    }

    private struct Vendor: Decodable {
        let http: String
    }

    private let sandbox: Process
    private let input: Pipe
    private let line: Data

    /// Starts a sandbox; it ends with this object, which closes its standard input.
    init() throws {
        guard let program = ProcessInfo.processInfo.environment["EVERTOKEN_SANDBOX"] else {
            throw Broken(description: "EVERTOKEN_SANDBOX has to name the sandbox's program")
        }
        let (sandbox, input, output) = (Process(), Pipe(), Pipe())
        sandbox.executableURL = URL(fileURLWithPath: program)
        (sandbox.standardInput, sandbox.standardOutput) = (input, output)
        try sandbox.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw Broken(description: "the sandbox ended before it was ready") }
            line.append(byte)
        }
        (self.sandbox, self.input, self.line) = (sandbox, input, line)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        sandbox.waitUntilExit()
    }

    /// A vendor's address.
    func url(_ vendor: String) throws -> String {
        try part(Vendor.self, vendor).http
    }

    /// A token of Piwik PRO's that nobody else has.
    func token() async throws -> String {
        let key = try keys("piwik_pro")
        let body = #"{"grant_type":"client_credentials","client_id":"\#(key.id)","client_secret":"\#(key.secret)"}"#
        let answer = try await send("POST", url("piwik_pro") + "/auth/token", body)
        let token = (try JSONSerialization.jsonObject(with: answer) as? [String: Any])?["access_token"] as? String
        guard let token else { throw Broken(description: "no token") }
        return token
    }

    /// Asks the sandbox's control API.
    @discardableResult
    func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> Data {
        struct Start: Decodable { let control: String }
        return try await send(method, try JSONDecoder().decode(Start.self, from: line).control + path, body)
    }

    /// How many token requests and calls of its API a vendor got.
    func counts(_ vendor: String) async throws -> [Int] {
        struct Counts: Decodable { let token: Int, api: Int }
        let counts = try JSONDecoder().decode([String: Counts].self, from: try await control("GET", "/counts"))
        return counts[vendor].map { [$0.token, $0.api] } ?? []
    }

    /// What the calls of the vendors' APIs were answered with.
    func statuses() async throws -> [Int] {
        struct Entry: Decodable { let status: Int? }
        let entries = try JSONDecoder().decode([Entry].self, from: try await control("GET", "/log?kind=api"))
        return entries.map { $0.status ?? 0 }
    }

    /// Runs a program that was built beside the tests, with the credentials in its environment.
    func run(_ name: String, _ arguments: [String], _ environment: [String: String] = [:]) async throws -> Run {
        let (program, out, err) = (Process(), Pipe(), Pipe())
        program.executableURL = Self.products.appendingPathComponent(name)
        program.arguments = arguments
        program.environment = try credentials().merging(environment) { $1 }
        (program.standardOutput, program.standardError) = (out, err)
        try program.run()
        async let said = Self.text(out)
        async let complained = Self.text(err)
        let texts = await (said, complained)
        program.waitUntilExit()
        return Run(status: program.terminationStatus, out: texts.0, err: texts.1)
    }

    private func credentials() throws -> [String: String] {
        let (piwikPro, didomi) = (try keys("piwik_pro"), try keys("didomi"))
        let (oro, oauth2) = (try keys("oro_back_office"), try keys("oauth2"))
        return [
            "PIWIK_PRO_CLIENT_ID": piwikPro.id, "PIWIK_PRO_CLIENT_SECRET": piwikPro.secret,
            "DIDOMI_API_KEY": didomi.id, "DIDOMI_API_SECRET": didomi.secret, "DIDOMI_ENDPOINT": try url("didomi"),
            "ORO_CLIENT_ID": oro.id, "ORO_CLIENT_SECRET": oro.secret,
            "CLIENT_ID": oauth2.id, "CLIENT_SECRET": oauth2.secret,
        ]
    }

    private func keys(_ vendor: String) throws -> Key {
        let key = try part([String: Key].self, "keys")[vendor]
        guard let key else { throw Broken(description: "no key of \(vendor)") }
        return key
    }

    private func part<Part: Decodable>(_ type: Part.Type, _ name: String) throws -> Part {
        let parts = try JSONSerialization.jsonObject(with: line) as? [String: Any]
        guard let part = parts?[name] else {
            throw Broken(description: "the sandbox's first line has no \(name)")
        }
        return try JSONDecoder().decode(type, from: try JSONSerialization.data(withJSONObject: part))
    }

    private func send(_ method: String, _ url: String, _ body: String?) async throws -> Data {
        guard let url = URL(string: url) else { throw Broken(description: "no URL: \(url)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else {
            throw Broken(description: "\(method) \(url): \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }

    private static var products: URL {
        #if os(macOS)
            let tests = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
            return (tests ?? .main).bundleURL.deletingLastPathComponent()
        #else
            return Bundle.main.bundleURL
        #endif
    }

    /// Read off the pool of the tasks, as it blocks.
    private static func text(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let text = pipe.fileHandleForReading.readDataToEndOfFile()
                continuation.resume(returning: String(decoding: text, as: UTF8.self))
            }
        }
    }
}
