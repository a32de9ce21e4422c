internal import EvertokenGlue
import Foundation

/// Who hands out tokens, for which API, and for which credentials.
///
/// Nothing is checked before a ``TokenSource`` is made of it.
public struct Provider: Sendable {
    /// The provider's name, such as `piwik_pro`.
    public let name: String

    let options: GrantOptions
    let api: API?
    let credentials: Credentials
    let headers: BrokerHeaders
    /// It needs a secret, which a shipped app cannot keep.
    let isSecret: Bool

    /// Returns headers for a token request of a broker, such as a session's; `reason` says why it is made.
    public typealias BrokerHeaders = @Sendable (_ reason: String) async throws -> [String: String]

    private init(
        _ name: String,
        _ options: GrantOptions,
        api: API? = nil,
        credentials: Credentials = .environment,
        headers: @escaping BrokerHeaders = { _ in [:] },
        isSecret: Bool
    ) {
        self.name = name
        self.options = options
        self.api = api
        self.credentials = credentials
        self.headers = headers
        self.isSecret = isSecret
    }

    /// A server of your own that keeps the secret and hands out tokens to the users that it knows: the one for apps.
    ///
    /// It is asked by POST and answers as RFC 6749 section 5.1 says. `headers` are asked for before each request.
    public static func broker(
        url: URL,
        api: API,
        headers: @escaping BrokerHeaders = { _ in [:] }
    ) -> Provider {
        let options = GrantOptions(provider: "broker", endpoint: url.absoluteString)
        return Provider("broker", options, api: api, headers: headers, isSecret: false)
    }

    /// Piwik PRO, by an account such as `acme.piwik.pro`; `endpoint` replaces its address.
    public static func piwikPro(
        account: String,
        credentials: Credentials = .environment,
        endpoint: URL? = nil
    ) -> Provider {
        let options = GrantOptions.piwikPro(account: account, endpoint: endpoint)
        return Provider("piwik_pro", options, credentials: credentials, isSecret: true)
    }

    /// Didomi; `endpoint` replaces its address.
    public static func didomi(credentials: Credentials = .environment, endpoint: URL? = nil) -> Provider {
        Provider("didomi", .didomi(endpoint: endpoint), credentials: credentials, isSecret: true)
    }

    /// One API of an OroCommerce application; `backendPrefix` is the application's own one, without it `/admin`.
    public static func oroCommerce(
        app: URL,
        surface: OroSurface,
        credentials: Credentials = .environment,
        backendPrefix: String? = nil
    ) -> Provider {
        let options = GrantOptions.oroCommerce(app: app, surface: surface, backendPrefix: backendPrefix)
        return Provider("oro_commerce", options, credentials: credentials, isSecret: true)
    }

    /// An OroPlatform application.
    public static func oroPlatform(app: URL, credentials: Credentials = .environment) -> Provider {
        Provider("oro_platform", .oroPlatform(app: app), credentials: credentials, isSecret: true)
    }

    /// Any endpoint of OAuth 2.0's client credentials grant (RFC 6749 section 4.4).
    public static func oauth2(
        tokenEndpoint: URL,
        api: API,
        credentials: Credentials = .environment,
        scopes: [String] = [],
        audience: String? = nil,
        resource: String? = nil,
        clientAuth: ClientAuth? = nil,
        body: BodyEncoding? = nil,
        parameters: [String: String] = [:]
    ) -> Provider {
        let options = GrantOptions(
            provider: "oauth2",
            endpoint: tokenEndpoint.absoluteString,
            scopes: scopes,
            audience: audience,
            resource: resource,
            parameters: .sorted(parameters),
            clientAuth: clientAuth?.rawValue,
            body: body?.rawValue
        )
        return Provider("oauth2", options, api: api, credentials: credentials, isSecret: true)
    }

    /// A provider of a JSON descriptor of your own; `variables` are those that the descriptor names.
    public static func custom(
        descriptor: String,
        variables: [String: String] = [:],
        surface: String? = nil,
        api: API? = nil,
        credentials: Credentials = .environment,
        clientID: String? = nil,
        scopes: [String] = [],
        audience: String? = nil,
        resource: String? = nil,
        endpoint: URL? = nil
    ) -> Provider {
        let options = GrantOptions(
            descriptor: descriptor,
            variables: .sorted(variables),
            endpoint: endpoint?.absoluteString,
            clientId: clientID,
            scopes: scopes,
            audience: audience,
            resource: resource,
            surface: surface
        )
        return Provider("custom", options, api: api, credentials: credentials, isSecret: credentials.isGiven)
    }

    /// A token that is never refreshed: a double for tests.
    public static func fixed(token: String, api: API) -> Provider {
        let options = GrantOptions(provider: "fixed")
        return Provider("fixed", options, api: api, credentials: .named(["token": token]), isSecret: false)
    }

    /// Makes a grant; credentials may name the client, which is part of what a token is for.
    func grant(for credentials: Credentials) throws -> Grant {
        try guarded {
            var options = options
            let api = try api?.resolve(into: &options)
            return try Grant(options: options, known: .sorted(credentials.known), api: api)
        }
    }
}

/// How a client proves who it is at a token endpoint of OAuth 2.0.
public enum ClientAuth: String, Sendable {
    /// By HTTP Basic, encoded as RFC 6749 section 2.3.1 says.
    case basic

    /// By HTTP Basic as it is.
    case basicRaw = "basic_raw"

    /// In the body.
    case body
}

/// How the body of a token request is written.
public enum BodyEncoding: String, Sendable {
    /// As a form.
    case form

    /// As JSON.
    case json
}

extension Provider: Redacted {
    /// The provider's name, and no secret.
    public var description: String { "Provider(\(name))" }
}
