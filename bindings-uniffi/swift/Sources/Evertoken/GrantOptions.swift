internal import EvertokenGlue
import Foundation

extension GrantOptions {
    static func piwikPro(account: String, endpoint: URL?) -> GrantOptions {
        GrantOptions(
            provider: "piwik_pro",
            variables: .sorted(["account": account]),
            endpoint: endpoint?.absoluteString
        )
    }

    static func didomi(endpoint: URL?) -> GrantOptions {
        GrantOptions(provider: "didomi", endpoint: endpoint?.absoluteString)
    }

    static func oroCommerce(app: URL, surface: OroSurface, backendPrefix: String?) -> GrantOptions {
        var variables = ["url": app.absoluteString]
        variables["backend_prefix"] = backendPrefix
        return GrantOptions(provider: "oro_commerce", variables: .sorted(variables), surface: surface.rawValue)
    }

    static func oroPlatform(app: URL) -> GrantOptions {
        GrantOptions(provider: "oro_platform", variables: .sorted(["url": app.absoluteString]))
    }

    func with(apiURL: String) -> GrantOptions {
        GrantOptions(
            provider: provider,
            descriptor: descriptor,
            variables: variables,
            endpoint: endpoint,
            clientId: clientId,
            scopes: scopes,
            audience: audience,
            resource: resource,
            parameters: parameters,
            surface: surface,
            clientAuth: clientAuth,
            body: body,
            apiUrl: apiURL
        )
    }
}

extension [Pair] {
    /// Pairs in one order, so that requests are the same byte for byte.
    static func sorted(_ named: [String: String]) -> [Pair] {
        named.sorted { $0.key < $1.key }.map { Pair(name: $0.key, value: $0.value) }
    }
}
