import EvertokenGlue
import Foundation
import Testing

@testable import Evertoken

@Suite("The names of the core")
struct NamesTests {
    private struct Listed: Decodable {
        let code: String
        let `class`: String
        let fix: String
    }

    @Test("of failures are all here, and no others")
    func codes() throws {
        let listed = try JSONDecoder().decode([Listed].self, from: Data(try errorCatalogue().utf8))
        let written = try constants("ErrorCode.swift", of: "Code")
        #expect(written == Dictionary(uniqueKeysWithValues: listed.map { ($0.code, camel($0.code)) }))
        #expect(Set(listed.map(\.class)) == Set(EvertokenError.ErrorClass.allCases.map(\.rawValue)))
        for entry in listed {
            let error = EvertokenError(EvertokenError.Code(rawValue: entry.code))
            #expect(error.errorClass.rawValue == entry.class)
            #expect(error.fix == entry.fix)
        }
    }

    @Test("of events are all here, and no others")
    func events() throws {
        let listed = try JSONDecoder().decode([String].self, from: Data(try text("core/events.json").utf8))
        let written = try constants("Event.swift", of: "Kind")
        #expect(written == Dictionary(uniqueKeysWithValues: listed.map { ($0, camel($0)) }))
    }

    @Test("of a policy's numbers are all here, and no others")
    func policy() throws {
        let listed = try matches(#"\n    ([a-z_]+): u(?:32|64) = "#, text("core/src/policy.rs")).map { $0[0] }
        let written = try matches(
            #"var (\w+): UInt64\? \{\s+get \{ numbers\["(\w+)"\] \}\s+set \{ numbers\["(\w+)"\] = newValue \}"#,
            text("bindings-uniffi/swift/Sources/Evertoken/Policy.swift")
        )
        #expect(listed.count > 40)
        #expect(written.map { $0[1] }.sorted() == listed.sorted())
        #expect(written.allSatisfy { $0[0] == camel($0[1]) && $0[1] == $0[2] })
    }

    @Test("of a policy's numbers reach the core")
    func policyReaches() throws {
        var policy = TokenSource.Policy()
        policy.patienceMs = 4_000
        #expect(try Machine(policy: policy.numbers).patienceMs() == 4_000)
        #expect(policy.patienceMs == 4_000)
        policy.patienceMs = nil
        #expect(try Machine(policy: policy.numbers).patienceMs() == 15_000)
    }

    /// Returns the constants of a type by the names that they stand for.
    private func constants(_ file: String, of type: String) throws -> [String: String] {
        let found = try matches(
            #"static let (\w+) = \#(type)\(rawValue: "(\w+)"\)"#,
            text("bindings-uniffi/swift/Sources/Evertoken/\(file)")
        )
        return Dictionary(uniqueKeysWithValues: found.map { ($0[1], $0[0]) })
    }

    private func text(_ path: String) throws -> String {
        let root = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    private func matches(_ pattern: String, _ text: String) throws -> [[String]] {
        let expression = try NSRegularExpression(pattern: pattern)
        let found = expression.matches(in: text, range: NSRange(text.startIndex..., in: text))
        return found.map { match in
            (1..<match.numberOfRanges).compactMap { Range(match.range(at: $0), in: text).map { String(text[$0]) } }
        }
    }

    private func camel(_ name: String) -> String {
        TokenSource.Policy.renamed(name)
    }
}
