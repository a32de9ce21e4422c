import Foundation

/// What a provider is shown to get a token.
public struct Credentials: Sendable {
    enum Kind: Sendable {
        case named([String: String])
        case supplied(@Sendable () async throws -> Credentials)
    }

    let kind: Kind

    /// Names a client and its secret.
    public init(id: String, secret: String) {
        self = .named(["client_id": id, "client_secret": secret])
    }

    private init(_ kind: Kind) {
        self.kind = kind
    }

    /// Names Didomi's API key and its secret.
    public static func key(_ key: String, secret: String) -> Credentials {
        .named(["key": key, "secret": secret])
    }

    /// Gives credentials by the names of the provider's descriptor; those left out are read from its environment
    /// variables.
    public static func named(_ credentials: [String: String]) -> Credentials {
        Credentials(.named(credentials))
    }

    /// Asks a function at each attempt, on a task of its own; it must not ask the source for a token.
    public static func supplied(_ supply: @escaping @Sendable () async throws -> Credentials) -> Credentials {
        Credentials(.supplied(supply))
    }

    /// Reads the environment variables of the provider, such as `PIWIK_PRO_CLIENT_ID` and `PIWIK_PRO_CLIENT_SECRET`.
    public static let environment = Credentials.named([:])

    /// What is known without asking anybody.
    var known: [String: String] {
        if case .named(let credentials) = kind { credentials } else { [:] }
    }

    var isGiven: Bool {
        if case .named(let credentials) = kind { !credentials.isEmpty } else { true }
    }

    /// Returns the credentials of now, completed from environment variables by the credentials' names.
    func obtain(variables: [String: String]) async throws -> [String: String] {
        switch kind {
        case .supplied(let supply):
            return try await supply().obtain(variables: variables)
        case .named(let credentials):
            let environment = ProcessInfo.processInfo.environment
            return credentials.merging(variables.compactMapValues { environment[$0] }) { given, _ in given }
        }
    }
}

extension Credentials: Redacted {
    /// Shows no credential.
    public var description: String { "Credentials(redacted)" }
}
