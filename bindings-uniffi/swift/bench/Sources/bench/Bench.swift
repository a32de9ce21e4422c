// The Swift rows of the benchmark: ours beside what people write by hand, in one run.
//
//     bench [--only hot,calls] [--write docs/swift-benchmark.md]
//
// Rows that are not run stay on the page as they are. EVERTOKEN_SANDBOX names the sandbox's binary.

import Foundation

@main
struct Bench {
    private struct Usage: Error {}

    nonisolated static func main() async {
        do {
            try await run()
        } catch {
            print(error)
            exit(1)
        }
    }

    nonisolated private static func run() async throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let only = option("--only", &arguments)?.split(separator: ",").map(String.init) ?? Page.order
        let page = Page(option("--write", &arguments))
        guard arguments.isEmpty, only.allSatisfy(Page.order.contains) else { throw Usage() }
        for name in only {
            let load = String(format: "%.1f", load())
            let when = Date().formatted(.iso8601.dateTimeSeparator(.space)).prefix(16)
            let text =
                switch name {
                case "hot": try await Hot().section()
                case "calls": try await Calls().section()
                default: try await Behaviour().section()
                }
            page.set(
                name,
                "`cargo xtask bench swift -- --only \(name)`, \(when) UTC, \(try commit()), load before it \(load).\n\n\(text)"
            )
        }
        try page.write()
    }

    private static func option(_ name: String, _ arguments: inout [String]) -> String? {
        guard let at = arguments.firstIndex(of: name), arguments.indices.contains(at + 1) else { return nil }
        defer { arguments.removeSubrange(at...(at + 1)) }
        return arguments[at + 1]
    }

    private static func load() -> Double {
        var loads = [0.0]
        return getloadavg(&loads, 1) == 1 ? loads[0] : .nan
    }

    private static func commit() throws -> String {
        let (git, output) = (Process(), Pipe())
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "rev-parse", "--short", "HEAD"]
        git.standardOutput = output
        try git.run()
        let told = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: told, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
