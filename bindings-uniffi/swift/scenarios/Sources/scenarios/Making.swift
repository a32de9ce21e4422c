import Evertoken
import Foundation

extension ClientSpec {
    /// A provider of the package, made of what a file says as a user makes it.
    func made() throws -> Provider {
        switch provider {
        case "piwik_pro":
            .piwikPro(account: url ?? "", credentials: .of(credentials))
        case "didomi":
            .didomi(
                credentials: .key(credentials["key"] ?? "", secret: credentials["secret"] ?? ""),
                endpoint: try url.map(address)
            )
        case "oro_commerce":
            .oroCommerce(
                app: try address(url),
                surface: try named(surface),
                credentials: .of(credentials),
                backendPrefix: backendPrefix
            )
        case "oro_platform":
            .oroPlatform(app: try address(url), credentials: .of(credentials))
        case "oauth2":
            .oauth2(
                tokenEndpoint: try address(endpoint),
                api: try madeAPI(),
                credentials: .of(credentials),
                scopes: scopes,
                audience: audience,
                clientAuth: try clientAuth.map(named),
                body: try body.map(named)
            )
        case "broker":
            .broker(url: try address(endpoint), api: try madeAPI())
        case "fixed":
            .fixed(token: credentials["token"] ?? "", api: try madeAPI())
        default:
            .custom(
                descriptor: String(decoding: try (descriptor ?? .null).data(), as: UTF8.self),
                variables: variables,
                surface: surface,
                api: try api.map { try $0.made() },
                credentials: .of(credentials)
            )
        }
    }

    private func madeAPI() throws -> API {
        guard let api else { throw Failure(.malformed, "\(provider) needs an api") }
        return try api.made()
    }

    /// The numbers that differ from the default.
    func madePolicy() throws -> TokenSource.Policy {
        var made = TokenSource.Policy()
        for (name, number) in policy {
            guard let member = Self.policyMembers[name] else {
                throw Failure(.malformed, "policy: give the runner the member for \(name)")
            }
            made[keyPath: member] = UInt64(number)
        }
        return made
    }

    /// The members of the policy that files name.
    nonisolated(unsafe) private static let policyMembers: [String: WritableKeyPath<TokenSource.Policy, UInt64?>] = [
        "fetch_attempts": \.fetchAttempts,
        "window_max_ms": \.windowMaxMs,
    ]
}

extension ApiSpec {
    fileprivate func made() throws -> API {
        switch self {
        case .url(let url):
            return .url(try address(url))
        case .half(let spec):
            switch spec.provider {
            case "piwik_pro": return .piwikPro(account: spec.url ?? "")
            case "didomi": return .didomi()
            case "oro_commerce": return .oroCommerce(app: try address(spec.url), surface: try named(spec.surface))
            case "oro_platform": return .oroPlatform(app: try address(spec.url))
            default: throw Failure(.malformed, "\(spec.provider) has no API of its own")
            }
        }
    }
}

extension Credentials {
    /// The usual ones as most users give them, all others by their names.
    static func of(_ credentials: [String: String]) -> Credentials {
        if credentials.count == 2, let id = credentials["client_id"], let secret = credentials["client_secret"] {
            return Credentials(id: id, secret: secret)
        }
        if credentials.count == 2, let key = credentials["key"], let secret = credentials["secret"] {
            return .key(key, secret: secret)
        }
        return .named(credentials)
    }
}

private func address(_ text: String?) throws -> URL {
    guard let url = URL(string: text ?? "") else { throw Failure(.malformed, "\(text ?? "nothing") is no URL") }
    return url
}

private func named<Name: RawRepresentable>(_ name: String?) throws -> Name where Name.RawValue == String {
    guard let named = name.flatMap(Name.init) else {
        throw Failure(.malformed, "\(name ?? "nothing") is none of \(Name.self)")
    }
    return named
}
