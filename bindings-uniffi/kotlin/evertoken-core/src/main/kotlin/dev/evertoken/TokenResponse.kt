package dev.evertoken

/**
 * Is a held token as a token endpoint answers (RFC 6749 section 5.1), for a broker that hands out tokens.
 *
 * Answer with [toJson], the content type `application/json` and `Cache-Control: no-store`.
 */
public class TokenResponse internal constructor(
    /** The token. */
    public val accessToken: String,
    /** The scheme of the header, such as `Bearer`. */
    public val tokenType: String,
    /** What is left of the token's life, in whole seconds. */
    public val expiresInSeconds: Long,
) {
    /** Returns the body of the answer. */
    public fun toJson(): String =
        """{"access_token":${quoted(accessToken)},"token_type":${quoted(tokenType)},"expires_in":$expiresInSeconds}"""

    /** Shows no token. */
    override fun toString(): String = "TokenResponse($tokenType, $expiresInSeconds s, redacted)"

    private fun quoted(text: String): String = buildString {
        append('"')
        for (char in text) {
            when {
                char == '"' || char == '\\' -> append('\\').append(char)
                char < ' ' -> append("\\u").append(char.code.toString(16).padStart(4, '0'))
                else -> append(char)
            }
        }
        append('"')
    }
}
