import Evertoken
import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite("A source of tokens")
struct TokenSourceTests {
    @Test("gets a token and calls the API with it")
    func callsTheAPI() async throws {
        let sandbox = try Sandbox()
        let source = try sandbox.source()
        let request = URLRequest(url: try source.url("/api/apps/v2"))
        let (_, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
        #expect((response as? HTTPURLResponse)?.statusCode == 200)
        let calls = try await sandbox.log("kind=api")
        #expect(calls.first?.header("authorization") == source.cachedHeaders?["Authorization"])
        #expect(calls.first?.header("accept") == "application/vnd.api+json")
        #expect(try await sandbox.tokenRequests() == 1)
    }
}
