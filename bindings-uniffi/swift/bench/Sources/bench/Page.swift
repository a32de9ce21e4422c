import Foundation

/// The generated page: sections between marks, of which some may be older than others.
final class Page {
    static let order = ["hot", "calls", "behaviour"]

    private static let head = """
        # Swift beside what is written by hand

        Written by `cargo xtask bench swift -- --write docs/swift-benchmark.md`; do not edit. Counts are exact. Times are of one run on a shared machine: the
        ratios, each to a baseline of the same run, hold better than they do.

        Ours beside the two caches that people write (`bindings-uniffi/swift/bench/Sources/bench/Contenders.swift`): a variable behind a lock, without and
        with a task that all who wait share. The core is linked as the tests build it, not optimised: only token requests call it. Libraries to compare with come from git hosts, which SwiftPM does not reach where this was run.

        """

    private let file: String?
    private var sections: [String: String] = [:]

    init(_ file: String?) {
        self.file = file
        let text = file.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? ""
        for match in text.matches(of: /<!-- row (\w+) -->\n((?s).*?)\n\n<!-- end -->/) {
            sections[String(match.1)] = String(match.2)
        }
    }

    static func table(_ head: [String], _ rows: [[String]]) -> String {
        ([head, head.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }

    func set(_ name: String, _ text: String) {
        sections[name] = text
        print("\(text)\n")
    }

    func write() throws {
        guard let file else { return }
        let texts = Self.order.compactMap { name in
            sections[name].map { "<!-- row \(name) -->\n\($0)\n\n<!-- end -->\n" }
        }
        let system = "Swift 6 in release mode, \(Self.platform), \(ProcessInfo.processInfo.processorCount) cores.\n"
        let page = ([Self.head + "\n" + system] + texts).joined(separator: "\n")
        try page.write(toFile: file, atomically: true, encoding: .utf8)
    }

    private static var platform: String {
        #if canImport(Darwin)
            "macOS"
        #else
            "Linux"
        #endif
    }
}
