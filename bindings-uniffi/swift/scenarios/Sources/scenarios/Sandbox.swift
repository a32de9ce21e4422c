import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The sandbox as a process, and its control API.
final class Sandbox {
    /// Whether anything is going on at the sandbox.
    struct Idle: Decodable {
        let idle: Bool
        let received: Int
        let delayed: Int
        let held: Int
        let nextDueMs: Int?
    }

    struct Entry: Decodable {
        let method: String
        let target: String
        let headers: [[String]]
        let bodyText: String?
        let status: Int?
    }

    struct Counts: Decodable {
        let token: Int
        let api: Int
    }

    private struct Token: Decodable {
        let serial: Int
        let token: String
    }

    private struct Clock: Decodable {
        let nowMs: Int
    }

    /// What it said of itself when it started.
    let about: Json
    private let control: String
    private let process = Process()
    private let input = Pipe()
    private let session = URLSession(configuration: .ephemeral)

    /// Starts it; it ends with this process, which closes its standard input. Its authority is written into a file.
    init(_ program: String, certificate: URL) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        // libcurl sends a request once more by itself where a connection that served another has died.
        process.arguments = ["--no-keep-alive", "--ca-file", certificate.path]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw Failure(.stuck, "the sandbox ended before it was ready") }
            line.append(byte)
        }
        about = try Json(line)
        control = about["control"]?.text ?? ""
    }

    func end() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Replaces what stands for its addresses in a text, such as `${oro.https}`.
    func filledIn(_ text: String) -> String {
        text.replacing(/\$\{(\w+)\.(https?)\}/) { match in
            about[String(match.1)]?[String(match.2)]?.text ?? String(match.0)
        }
    }

    /// Sends one request to the control API and waits for its answer; one that is not 2xx is malformed.
    @discardableResult
    func ask(_ method: String, _ path: String, _ body: Json? = nil) throws -> Data {
        guard let url = URL(string: control + path) else { throw Failure(.malformed, "\(path) is no path") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = try body?.data()
        let answer = Answer()
        session.dataTask(with: request) { answer.came($0, $1, $2) }.resume()
        let (status, data) = try answer.wait()
        guard 200..<300 ~= status else {
            let text = String(decoding: data, as: UTF8.self)
            throw Failure(.malformed, "\(method) \(path): the sandbox answers \(status): \(text)")
        }
        return data
    }

    private func asked<Value: Decodable>(_ path: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: try ask("GET", path))
    }

    /// Begins anew, with a clock that stands at this time.
    func reset(atMs: UInt64) throws {
        try ask("POST", "/reset")
        try ask("POST", "/clock", .object(["frozen": .flag(true), "set_ms": .integer(Int(atMs))]))
    }

    /// Waits until so many requests have arrived and none is being worked on, for a while.
    func idle(received: Int) throws -> Idle {
        try asked("/idle?received=\(received)&wait_ms=200")
    }

    /// How long it is to the next answer that waits for the clock.
    func nextAnswerMs() throws -> Int? {
        guard let due = try idle(received: 0).nextDueMs else { return nil }
        let clock: Clock = try asked("/clock")
        return max(due - clock.nowMs, 0)
    }

    func advance(ms: Int) throws {
        try ask("POST", "/clock", .object(["advance_ms": .integer(ms)]))
    }

    func counts() throws -> [String: Counts] {
        try asked("/counts")
    }

    func log(_ vendor: String, _ kind: String) throws -> [Entry] {
        try asked("/log?vendor=\(vendor)&kind=\(kind)")
    }

    /// The tokens that vendors have issued, by their names such as `<oro#1>`.
    func tokens(of vendors: [String]) throws -> [String: String] {
        var tokens: [String: String] = [:]
        for vendor in vendors {
            let issued: [Token] = try asked("/\(vendor)/tokens")
            for token in issued {
                tokens["<\(vendor)#\(token.serial)>"] = token.token
            }
        }
        return tokens
    }

    /// An answer that a thread waits for.
    private final class Answer: @unchecked Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        private var answer: Result<(Int, Data), any Error> = .failure(URLError(.unknown))

        func came(_ data: Data?, _ response: URLResponse?, _ error: (any Error)?) {
            if let response = response as? HTTPURLResponse {
                answer = .success((response.statusCode, data ?? Data()))
            } else {
                answer = .failure(error ?? URLError(.badServerResponse))
            }
            semaphore.signal()
        }

        func wait() throws -> (Int, Data) {
            semaphore.wait()
            return try answer.get()
        }
    }
}
