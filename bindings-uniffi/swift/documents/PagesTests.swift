import Foundation
import Testing

/// A page of the documents, as a program.
struct Page: CustomTestStringConvertible, Sendable {
    let name: String
    /// What the page says that it prints.
    let said: String

    var testDescription: String { name }

    static func all() throws -> [Page] {
        let folder = Bundle.module.bundleURL.appendingPathComponent("said")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.sorted { $0.path < $1.path }.map {
            Page(name: $0.deletingPathExtension().lastPathComponent, said: try String(contentsOf: $0, encoding: .utf8))
        }
    }

    /// Whether a text is the one that the page shows, where `..` stands for whatever is not the same each time.
    func says(_ text: String) -> Bool {
        let (said, text) = (lines(said), lines(text))
        return said.count == text.count && zip(said, text).allSatisfy(matches)
    }

    private func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    private func matches(_ said: Substring, _ line: Substring) -> Bool {
        var pieces = said.components(separatedBy: "..")
        guard pieces.count > 1 else { return said == line }
        let (first, last) = (pieces.removeFirst(), pieces.removeLast())
        guard line.count >= first.count + last.count, line.hasPrefix(first), line.hasSuffix(last) else { return false }
        var rest = line.dropFirst(first.count).dropLast(last.count)
        for piece in pieces {
            guard let found = rest.range(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}

@Suite struct PagesTests {
    @Test("the program of a page prints what the page says", arguments: try Page.all())
    func prints(page: Page) async throws {
        let stage = try Stage()
        let oauth2 = try stage.url("oauth2")
        let token = #"{"access_token":"\#(try await stage.token())","token_type":"Bearer","expires_in":1800}"#
        let headers = #"[["content-type","application/json"]]"#
        let given = #"{"type":"answer","status":200,"headers":\#(headers),"body":{"json":\#(token)}}"#
        for fault in [
            #"{"kind":"token","path":"/broker/token","fault":\#(given)}"#,
            #"{"kind":"api","path":"/nothing-here","fault":{"type":"answer","status":404}}"#,
        ] {
            try await stage.control("POST", "/oauth2/faults", fault)
        }
        let hosts = [
            "acme.piwik.pro": try stage.url("piwik_pro"),
            "shop.example.com": try stage.url("oro"),
            "login.example.com": oauth2,
            "api.example.com": oauth2,
            "app.example.com": oauth2,
            "app.example.com/token": oauth2 + "/broker/token",
        ]
        let environment = ["EVERTOKEN_HOSTS": String(decoding: try JSONEncoder().encode(hosts), as: UTF8.self)]
        let run = try await stage.run("page-\(page.name)", [], environment)
        #expect(run.err == "")
        #expect(run.status == 0)
        #expect(page.says(run.out), "\(run.out)")
        #expect(try await !stage.statuses().contains(401))
    }
}
