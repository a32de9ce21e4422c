// Runs the scenario files on the package and writes the results.
//
//     scenarios FOLDER [--json FILE] [--only PART] [--give-up SECONDS]
//
// FOLDER is core/scenarios; EVERTOKEN_SANDBOX names the sandbox's binary.

import Evertoken
import Foundation

@main
struct Scenarios {
    private struct Results: Encodable {
        let binding = "swift"
        let version: String
        let results: [File.Record]
        let mustFail: [File.Record]
    }

    private struct Usage: Error, CustomStringConvertible {
        let description: String
    }

    nonisolated static func main() {
        do {
            try run()
        } catch {
            say("\(error)")
            exit(2)
        }
    }

    private static func run() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let json = option("--json", &arguments)
        let only = option("--only", &arguments)
        let giveUp = option("--give-up", &arguments).flatMap(TimeInterval.init) ?? 30
        guard let folder = arguments.first, arguments.count == 1 else {
            throw Usage(description: "scenarios FOLDER [--json FILE] [--only PART] [--give-up SECONDS]")
        }
        guard let program = ProcessInfo.processInfo.environment["EVERTOKEN_SANDBOX"] else {
            throw Usage(description: "EVERTOKEN_SANDBOX has to name the sandbox's program")
        }
        Loop.shared.install()
        let trust = try Trust()
        defer { trust.end() }
        let sandbox = try Sandbox(program, certificate: trust.file)
        let began = Date()
        let runner = Runner(sandbox: sandbox, giveUp: giveUp)
        let files = try ["client", "must-fail/client"].flatMap { try found($0, in: folder) }
        let records = files.filter { file in only.map { "\(file.path) \(file.title)".contains($0) } ?? true }.map {
            file in
            let record = runner.record(file)
            if let kind = record.outcome.kind {
                let place = record.outcome.step.map { "step \($0): " } ?? ""
                say("FAILED \(record.name) (\(record.file)): \(place)\(kind): \(record.outcome.detail ?? "")")
            }
            return record
        }
        let (right, wrong) = (records.filter(\.isScenario), records.filter { !$0.isScenario })
        if let json {
            try write(Results(version: try version(folder), results: right, mustFail: wrong), to: json)
        }
        let failed = records.filter { $0.outcome.kind != nil }.count
        let comparisons = right.map(\.assertions).reduce(0, +)
        let seconds = String(format: "%.1f", -began.timeIntervalSinceNow)
        say("swift: \(right.count) scenarios and \(wrong.count) wrong files, \(comparisons) comparisons, \(seconds) s")
        say("\(records.count - failed) passed, \(failed) failed")
        sandbox.end()
        if failed > 0 || records.isEmpty {
            trust.end()
            exit(1)
        }
    }

    /// Prints a line that nobody has to wait for.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }

    private static func option(_ name: String, _ arguments: inout [String]) -> String? {
        guard let at = arguments.firstIndex(of: name), arguments.indices.contains(at + 1) else { return nil }
        defer { arguments.removeSubrange(at...(at + 1)) }
        return arguments[at + 1]
    }

    private static func found(_ part: String, in folder: String) throws -> [File] {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")
        return try names.filter { $0.hasSuffix(".json") }.sorted().map { name in
            File(
                path: "\(part)/\(name)", text: try String(contentsOfFile: "\(folder)/\(part)/\(name)", encoding: .utf8))
        }
    }

    /// The version of the workspace, which is that of every package.
    private static func version(_ folder: String) throws -> String {
        let manifest = try String(contentsOfFile: "\(folder)/../../Cargo.toml", encoding: .utf8)
        return manifest.firstMatch(of: /\nversion = "(.+?)"/).map { String($0.1) } ?? ""
    }

    private static func write(_ results: Results, to file: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let url = URL(fileURLWithPath: file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try encoder.encode(results).write(to: url)
    }
}
