import Foundation
import Testing

@testable import Evertoken

@Suite("What holds a secret")
struct RedactionTests {
    private static let secret = "canary-secret-0d9f"
    private static let token = "canary-token-51be"

    @Test("shows none, whichever way it is printed")
    func showsNoSecret() async throws {
        let requests = Kept<TokenRequest>()
        let transport = FunctionTransport { request in
            await requests.keep(request)
            return .granting(Self.token)
        }
        let credentials = Credentials(id: "test-id", secret: Self.secret)
        let provider = Provider.fake(credentials: credentials)
        let source = try TokenSource.tested(provider, transport: transport)
        let adapter = Adapter(source)
        let sent = try await adapter.token()
        let request = try #require(await requests.values.first)
        #expect(String(decoding: request.body ?? Data(), as: UTF8.self).contains(Self.secret))
        #expect(sent.headerValue == "Bearer \(Self.token)")
        let holders: [Any] = [
            credentials, provider, source, source.shell, adapter, sent, sent.held, request,
            TokenAnswer.granting(Self.token), try await source.tokenResponse(), try source.explain(),
            Credentials.key("test-key", secret: Self.secret), Credentials.supplied { credentials },
            TokenSource.Options(), URLSessionTransport(), transport, source.events(),
        ]
        for holder in holders {
            var dumped = ""
            dump(holder, to: &dumped)
            for text in [String(describing: holder), String(reflecting: holder), "\(holder)", dumped] {
                #expect(!text.contains(Self.secret), "\(type(of: holder))")
                #expect(!text.contains(Self.token), "\(type(of: holder))")
            }
        }
    }

    @Test("is not shown by an error whose cause holds it")
    func errorsHideTheirCause() async throws {
        struct Telling: Error {
            let secret: String
        }
        let transport = FunctionTransport { _ in throw Telling(secret: Self.secret) }
        let source = try TokenSource.tested(.fake(), transport: transport, options: .once)
        do {
            _ = try await source.headers()
            Issue.record("it failed")
        } catch let error as EvertokenError {
            #expect(error.underlying is Telling)
            var dumped = ""
            dump(error, to: &dumped)
            let texts = [error.localizedDescription, "\(error)", String(reflecting: error)]
            #expect(texts.allSatisfy { $0.hasPrefix("transport_failed") })
            #expect((texts + [dumped, "\(error as NSError)"]).allSatisfy { !$0.contains(Self.secret) })
        }
    }
}
