/// A token as a token endpoint answers (RFC 6749 section 5.1): what a broker of your own sends as JSON.
public struct TokenResponse: Sendable, Hashable, Codable {
    /// The token.
    public let accessToken: String

    /// The scheme, such as `Bearer`.
    public let tokenType: String

    /// How many whole seconds it still lives.
    public let expiresIn: Int

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case tokenType = "token_type"
        case expiresIn = "expires_in"
    }
}

extension TokenResponse: Redacted {
    /// The remaining life alone.
    public var description: String { "TokenResponse(expires in \(expiresIn) s, redacted)" }
}
