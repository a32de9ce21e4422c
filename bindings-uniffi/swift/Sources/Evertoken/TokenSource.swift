import Foundation

/// A valid access token, whenever it is asked for: fetched once for all callers, refreshed before it is over, replaced
/// when the API rejects it.
///
/// Share one source among everything that calls the same API for the same credentials. All of it may be called from any
/// task or thread. A source that nobody holds any more ends its token request.
///
/// ```swift
/// let source = try TokenSource(.broker(url: brokerURL, api: .piwikPro(account: "acme.piwik.pro")))
/// let request = URLRequest(url: try source.url("/api/apps/v2"))
/// let (data, response) = try await URLSession.shared.data(for: request, authenticatedBy: source)
/// ```
public final class TokenSource: Sendable {
    /// Who hands out the tokens.
    public let provider: Provider

    let shell: Shell
    let memory: Memory
    private let refusesSecrets: Bool

    /// Makes a source, which asks for no token before somebody wants one.
    ///
    /// Throws an ``EvertokenError`` of the class `configuration` for what cannot work; on Apple's platforms also for a
    /// provider that needs a secret, unless ``Options/dangerouslyAllowSecretInApp`` is set.
    public convenience init(
        _ provider: Provider,
        transport: any TokenTransport = URLSessionTransport.shared,
        options: Options = Options()
    ) throws {
        #if canImport(Darwin)
            let isApp = true
        #else
            let isApp = false
        #endif
        try self.init(provider, transport: transport, options: options, isApp: isApp)
    }

    init(_ provider: Provider, transport: any TokenTransport, options: Options, isApp: Bool) throws {
        refusesSecrets = isApp && !options.dangerouslyAllowSecretInApp
        try Self.check(refusesSecrets && provider.isSecret)
        self.provider = provider
        shell = try Shell(provider, transport, options)
        memory = Memory(shell.api)
    }

    init(_ shell: Shell) {
        refusesSecrets = false
        provider = shell.provider
        self.shell = shell
        memory = Memory(shell.api)
    }

    /// Returns the headers of an authenticated request: one, which carries the token.
    ///
    /// While a token serves they come at once, without waiting. Otherwise all callers wait for the same token request,
    /// each at most `patience` seconds (those of ``Options/patience`` if `nil`). `minValid` seconds the token shall
    /// still live, as far as tokens live that long: for uploads and streams. The `isolation` is the caller's own: a
    /// token that serves comes without a change of threads. Throws an ``EvertokenError``, or `CancellationError` if the
    /// task was cancelled, which harms no other caller.
    public func headers(
        minValid: TimeInterval = 0,
        patience: TimeInterval? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String: String] {
        if let held = try served(minValid) {
            return held.headers
        }
        return try await obtained(minValid, patience).headers
    }

    /// The same headers if they are at hand; a refresh that is due begins on the way.
    public var cachedHeaders: [String: String]? {
        (try? shell.held())?.headers
    }

    /// Returns the token alone; see ``headers(minValid:patience:isolation:)``.
    public func token(
        minValid: TimeInterval = 0,
        patience: TimeInterval? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        if let held = try served(minValid) {
            return held.snapshot.token
        }
        return try await obtained(minValid, patience).snapshot.token
    }

    /// Returns the token with its remaining life, for a broker's answer; see ``headers(minValid:patience:isolation:)``.
    public func tokenResponse(
        minValid: TimeInterval = 0,
        patience: TimeInterval? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> TokenResponse {
        if let held = try served(minValid) {
            return held.response(shell.clock.now())
        }
        return try await obtained(minValid, patience).response(shell.clock.now())
    }

    /// Makes the URL of a path, as the vendor's documentation prints it, or of a URL of the API.
    ///
    /// Throws an ``EvertokenError`` with the code `origin_not_allowed` for any other.
    public func url(_ pathOrURL: String) throws -> URL {
        let text = try guarded { try shell.api.resolve(pathOrUrl: pathOrURL) }
        guard let url = URL(string: text) else { throw EvertokenError(.originNotAllowed) }
        return url
    }

    /// Drops the held token: the next caller waits for another one.
    public func invalidate() {
        try? shell.invalidate()
    }

    /// Ends a pause after failures, as far as the server does not ask for it.
    public func retry() {
        try? shell.retry()
    }

    /// Says that the credentials are other ones: those given, or what their function or environment gives from now on.
    ///
    /// The held token stays until its successor has come, unless it is dropped. Throws as the initialiser does.
    public func credentialsChanged(_ credentials: Credentials? = nil, dropToken: Bool = false) throws {
        try Self.check(refusesSecrets && credentials != nil)
        try shell.credentialsChanged(credentials, dropToken: dropToken)
    }

    /// Drops the token and everything on its way; who waits gets an error with the code `cancelled`.
    public func logout() {
        try? shell.logout()
    }

    /// Ends the source for good, and all streams of its events; who waits gets an error with the code `closed`.
    ///
    /// It may be called twice.
    public func close() {
        try? shell.close()
    }

    /// Says what the source does and will do next.
    ///
    /// Throws an ``EvertokenError`` with the code `misuse` if its core broke off.
    public func explain() throws -> Explanation {
        try shell.explain()
    }

    /// Returns a stream of what happens from now on, until the source is closed.
    ///
    /// Who reads slowly misses the oldest events: the newest 64 are kept.
    public func events() -> AsyncStream<Event> {
        shell.events()
    }

    private func served(_ minValid: TimeInterval) throws -> Held? {
        minValid == 0 ? try shell.held() : nil
    }

    private func obtained(_ minValid: TimeInterval, _ patience: TimeInterval?) async throws -> Held {
        let patience = try patience?.millis(named: "patience") ?? shell.patience
        return try await shell.obtain(minValid: minValid.millis(named: "minValid"), patience: patience)
    }

    /// A secret in an app is everybody's; who wants that has to say so.
    private static func check(_ isRefused: Bool) throws {
        if isRefused {
            throw EvertokenError(
                .invalidOption,
                "provider: its secret would be open to everybody who has this app",
                fix: "Let a server of yours keep it and use .broker(url:api:), or set dangerouslyAllowSecretInApp."
            )
        }
    }
}

extension TokenSource: Redacted {
    /// The provider's name, and no secret.
    public var description: String { "TokenSource(\(provider.name))" }
}
