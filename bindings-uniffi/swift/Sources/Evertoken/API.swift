internal import EvertokenGlue
import Foundation

/// The API that a token is for: where the token may go, and which answers reject it.
public struct API: Sendable {
    private enum Kind: Sendable {
        case url(String)
        case half(GrantOptions)
    }

    private let kind: Kind

    /// Names one origin and path prefix, of which only a 401 rejects a token.
    public static func url(_ url: URL) -> API {
        API(kind: .url(url.absoluteString))
    }

    /// The API of a Piwik PRO account, such as `acme.piwik.pro`.
    public static func piwikPro(account: String, endpoint: URL? = nil) -> API {
        API(kind: .half(.piwikPro(account: account, endpoint: endpoint)))
    }

    /// Didomi's API.
    public static func didomi(endpoint: URL? = nil) -> API {
        API(kind: .half(.didomi(endpoint: endpoint)))
    }

    /// One API of an OroCommerce application; `backendPrefix` is the application's own one, without it `/admin`.
    public static func oroCommerce(app: URL, surface: OroSurface, backendPrefix: String? = nil) -> API {
        API(kind: .half(.oroCommerce(app: app, surface: surface, backendPrefix: backendPrefix)))
    }

    /// The API of an OroPlatform application.
    public static func oroPlatform(app: URL) -> API {
        API(kind: .half(.oroPlatform(app: app)))
    }

    /// Writes it into a provider's options where it is a URL, and returns it where it is half of another provider.
    func resolve(into options: inout GrantOptions) throws -> Api? {
        switch kind {
        case .url(let url):
            options = options.with(apiURL: url)
            return nil
        case .half(let half):
            return try Grant(options: half).api()
        }
    }
}

/// The two APIs of an OroCommerce application, which do not take each other's tokens.
public enum OroSurface: String, Sendable {
    /// The API of the back office.
    case backOffice = "back_office"

    /// The API of the storefront.
    case storefront
}
