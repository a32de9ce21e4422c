import Foundation
import Testing

@testable import Evertoken

@Suite("An option")
struct OptionTests {
    @Test("of the policy that makes no sense is refused by the name that it has here")
    func refusesPolicies() throws {
        var options = TokenSource.Options()
        options.policy.windowDivisor = 1
        let error = try #require(refusal { try TokenSource(.fake(), options: options) })
        #expect(error.code == .invalidOption)
        #expect(error.description.contains("windowDivisor"))
        options.policy.windowDivisor = nil
        options.policy.attemptDeadlineMs = 40_000
        #expect(refusal { try TokenSource(.fake(), options: options) }?.description.contains("attemptAbortMs") == true)
    }

    @Test("that is a time is a number")
    func refusesNoNumbers() async throws {
        #expect(refusal { try TokenSource(.fake(), options: .init(patience: .nan)) }?.code == .invalidOption)
        let source = try TokenSource(.fake(), transport: FunctionTransport { _ in .granting() })
        #expect(try await code { try await source.headers(minValid: .nan) } == .invalidOption)
        #expect(try await code { try await source.headers(minValid: -1, patience: .infinity) } == nil)
        source.invalidate()
        #expect(try await code { try await source.headers(patience: .nan) } == .invalidOption)
    }

    @Test("of a provider that makes no sense is refused")
    func refusesProviders() throws {
        #expect(refusal { try TokenSource(.piwikPro(account: "acme")) }?.code == .invalidAccount)
        #expect(refusal { try TokenSource(.custom(descriptor: "{}")) }?.code == .invalidDescriptor)
        let http = try #require(URL(string: "http://acme.example/token"))
        let provider = Provider.oauth2(tokenEndpoint: http, api: .url(http))
        #expect(refusal { try TokenSource(provider) }?.code == .invalidEndpoint)
    }

    @Test("to hold a secret in an app has to be asked for by name")
    func refusesSecretsInApps() throws {
        let api = API.piwikPro(account: "acme.piwik.pro")
        let url = try #require(URL(string: "https://acme.example/"))
        let secret: [Provider] = [
            .fake(),
            .piwikPro(account: "acme.piwik.pro"),
            .didomi(credentials: .key("test-key", secret: "test-secret")),
            .oroCommerce(app: url, surface: .storefront, credentials: .supplied { .environment }),
            .oroPlatform(app: url),
            .oauth2(tokenEndpoint: url, api: api),
        ]
        let harmless: [Provider] = [.broker(url: url, api: api), .fixed(token: "test-token", api: api)]
        for provider in secret {
            #expect(refusal { try source(provider, isApp: true) }?.code == .invalidOption)
            #expect(refusal { try source(provider, isApp: false) } == nil)
            #expect(refusal { try source(provider, isApp: true, isAcknowledged: true) } == nil)
        }
        for provider in harmless {
            let source = try source(provider, isApp: true)
            let credentials = Credentials(id: "test-id", secret: "test-secret")
            #expect(refusal { try source.credentialsChanged(credentials) }?.code == .invalidOption)
            #expect(refusal { try source.credentialsChanged() } == nil)
        }
    }

    @Test("that names credentials is completed from the provider's environment variables")
    func readsTheEnvironment() async throws {
        setenv("ORO_CLIENT_ID", "test-from-environment", 1)
        setenv("ORO_CLIENT_SECRET", "test-secret-from-environment", 1)
        let url = try #require(URL(string: "https://acme.example/"))
        let bodies = Kept<String>()
        let transport = FunctionTransport { request in
            await bodies.keep(String(decoding: request.body ?? Data(), as: UTF8.self))
            return .granting()
        }
        let named = Credentials.named(["client_id": "test-given"])
        for credentials in [.environment, named, .supplied { named }] {
            _ = try await TokenSource(.oroPlatform(app: url, credentials: credentials), transport: transport).headers()
        }
        let sent = await bodies.values
        #expect(sent.map { $0.contains("test-from-environment") } == [true, false, false])
        #expect(sent.map { $0.contains("test-given") } == [false, true, true])
        #expect(sent.allSatisfy { $0.contains("test-secret-from-environment") })
    }

    private func source(_ provider: Provider, isApp: Bool, isAcknowledged: Bool = false) throws -> TokenSource {
        let options = TokenSource.Options(dangerouslyAllowSecretInApp: isAcknowledged)
        let transport = FunctionTransport { _ in .granting() }
        return try TokenSource(provider, transport: transport, options: options, isApp: isApp)
    }

    private func refusal(_ make: () throws -> some Any) -> EvertokenError? {
        do {
            _ = try make()
            return nil
        } catch {
            return error as? EvertokenError
        }
    }
}
