import Foundation
import Testing

@testable import Evertoken

/// The rows that every language runs; `core/vectors/README.md` says what they mean.
struct Vectors: Decodable {
    struct Grant: Decodable {
        let provider: String
        let variables: [String: String]?
        let surface: String?
        let endpoint: String?
        let api: Half?
    }

    enum Half: Decodable {
        case url(String)
        case grant(provider: String, variables: [String: String], surface: String?)

        private enum Keys: String, CodingKey {
            case provider, variables, surface
        }

        init(from decoder: any Decoder) throws {
            if let url = try? decoder.singleValueContainer().decode(String.self) {
                self = .url(url)
            } else {
                let members = try decoder.container(keyedBy: Keys.self)
                self = .grant(
                    provider: try members.decode(String.self, forKey: .provider),
                    variables: try members.decode([String: String].self, forKey: .variables),
                    surface: try members.decodeIfPresent(String.self, forKey: .surface)
                )
            }
        }
    }

    struct Request: Decodable, CustomTestStringConvertible {
        let grant: String
        let text: String
        let url: String?
        /// `nil` for none, and absent where it is not looked at.
        let accept: String??
        let refused: String?
        let fix: String?

        private enum Keys: String, CodingKey {
            case grant, text, url, accept, refused, fix
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Keys.self)
            grant = try members.decode(String.self, forKey: .grant)
            text = try members.decode(String.self, forKey: .text)
            url = try members.decodeIfPresent(String.self, forKey: .url)
            accept = members.contains(.accept) ? try members.decode(String?.self, forKey: .accept) : nil
            refused = try members.decodeIfPresent(String.self, forKey: .refused)
            fix = try members.decodeIfPresent(String.self, forKey: .fix)
        }

        var testDescription: String { "\(grant) \(String(reflecting: text))" }
    }

    struct Account: Decodable, CustomTestStringConvertible {
        let provider: String
        let variables: [String: String]
        let base: String?
        let refused: String?
        let fix: String?

        var testDescription: String { "\(provider) \(variables)" }
    }

    let version: Int
    let grants: [String: Grant]
    let requests: [Request]
    let accounts: [Account]

    static let data: Data = {
        let root = (0..<5).reduce(URL(fileURLWithPath: #filePath)) { file, _ in file.deletingLastPathComponent() }
        return (try? Data(contentsOf: root.appendingPathComponent("core/vectors/urls.json"))) ?? Data()
    }()

    static let all: Vectors? = try? JSONDecoder().decode(Vectors.self, from: data)
}

@Suite("The URLs of the vector file")
struct URLVectorTests {
    private static let requests = Vectors.all?.requests ?? []
    private static let accounts = Vectors.all?.accounts ?? []

    @Test("are of the known version, and have no field that is not looked at")
    func version() throws {
        #expect(try #require(Vectors.all).version == 1)
        #expect(Self.requests.count >= 149 && Self.accounts.count >= 38)
        let json = try #require(try JSONSerialization.jsonObject(with: Vectors.data) as? [String: Any])
        #expect(Set(json.keys) == ["version", "grants", "requests", "accounts"])
        let grants = try #require(json["grants"] as? [String: [String: Any]])
        for (rows, known) in [
            (Array(grants.values), ["provider", "variables", "surface", "endpoint", "api", "resolved"]),
            (json["requests"] as? [[String: Any]] ?? [], ["grant", "text", "url", "accept", "refused", "fix", "why"]),
            (json["accounts"] as? [[String: Any]] ?? [], ["provider", "variables", "base", "refused", "fix"]),
        ] {
            #expect(rows.allSatisfy { Set($0.keys).isSubset(of: known) })
        }
    }

    @Test("are made of a text, or refused", arguments: requests)
    func requests(row: Vectors.Request) async throws {
        let source = try source(row)
        if let url = row.url {
            let made = try source.url(row.text)
            // The platform's type writes some characters of a query in another way.
            #expect(made == URL(string: url))
            #expect(try source.url(made.absoluteString) == made)
        } else {
            let failed = await thrown { try source.url(row.text) }
            #expect(failed?.code.rawValue == row.refused)
            #expect(row.fix.map { failed?.fix.contains($0) == true } ?? true)
        }
    }

    @Test("may get the token exactly where they are the API's, with its media type", arguments: requests)
    func adapters(row: Vectors.Request) throws {
        let adapter = Adapter(try source(row))
        if let url = row.url {
            let url = try #require(URL(string: url))
            #expect(adapter.admits(url))
            if let accept = row.accept {
                #expect(adapter.accept(url) == accept)
            }
        }
        // What is no path, as far as the platform's type for URLs holds it.
        if row.text.contains("://"), let url = URL(string: row.text), url.scheme != nil {
            #expect(adapter.admits(url) == (row.url != nil))
        }
    }

    @Test("begin with that of an account, however it is written", arguments: accounts)
    func accounts(row: Vectors.Account) async throws {
        let prefix = row.variables["backend_prefix"] ?? "admin"
        let grant = Vectors.Grant(
            provider: row.provider,
            variables: row.variables,
            surface: "back_office",
            endpoint: nil,
            api: nil
        )
        if let base = row.base {
            let path = ["oro_commerce": "/\(prefix)/api/x", "oro_platform": "/api/x"][row.provider] ?? "/x"
            #expect(try TokenSource.tested(try provider(grant)).url(path).absoluteString == base + path)
        } else {
            let failed = await thrown { try TokenSource.tested(try provider(grant)) }
            #expect(failed?.code.rawValue == row.refused)
            #expect(row.fix.map { failed?.fix.contains($0) == true } ?? true)
        }
    }

    private func source(_ row: Vectors.Request) throws -> TokenSource {
        try TokenSource.tested(try provider(try #require(Vectors.all?.grants[row.grant])))
    }

    private func provider(_ grant: Vectors.Grant) throws -> Provider {
        let credentials = Credentials(id: "vector-client", secret: "vector-secret-5a1f")
        let variables = grant.variables ?? [:]
        let endpoint = try grant.endpoint.map { try #require(URL(string: $0)) }
        switch grant.provider {
        case "piwik_pro":
            return .piwikPro(account: variables["account"] ?? "", credentials: credentials, endpoint: endpoint)
        case "didomi":
            return .didomi(credentials: .key("vector-key", secret: "vector-secret-5a1f"), endpoint: endpoint)
        case "oro_commerce":
            return .oroCommerce(
                app: try #require(URL(string: variables["url"] ?? "")),
                surface: try #require(OroSurface(rawValue: grant.surface ?? "")),
                credentials: credentials,
                backendPrefix: variables["backend_prefix"]
            )
        case "oro_platform":
            return .oroPlatform(app: try #require(URL(string: variables["url"] ?? "")), credentials: credentials)
        case "oauth2":
            return .oauth2(tokenEndpoint: try #require(endpoint), api: try api(grant), credentials: credentials)
        case "broker":
            return .broker(url: try #require(endpoint), api: try api(grant))
        case "fixed":
            return .fixed(token: "vector-token-77c1", api: try api(grant))
        default:
            throw Sandbox.Failure(text: "no provider is named \(grant.provider)")
        }
    }

    private func api(_ grant: Vectors.Grant) throws -> API {
        switch try #require(grant.api) {
        case .url(let url):
            return .url(try #require(URL(string: url)))
        case .grant("oro_commerce", let variables, let surface):
            let app = try #require(URL(string: variables["url"] ?? ""))
            return .oroCommerce(app: app, surface: try #require(OroSurface(rawValue: surface ?? "")))
        case .grant(let provider, _, _):
            throw Sandbox.Failure(text: "no API half of \(provider) is in the rows")
        }
    }
}
