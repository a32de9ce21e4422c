package dev.evertoken

/**
 * Sends token requests.
 *
 * It sends exactly what it is given, once: no cookies unless [TokenRequest.sameOriginCookies], no cache, no redirect
 * followed, nothing logged. Cancelling its coroutine ends the request.
 */
public fun interface Transport {
    /**
     * Sends one request and returns the answer of any status, a redirect included.
     *
     * Whatever it throws means that there was no answer; callers get it as the cause of a [TransportException].
     */
    public suspend fun send(request: TokenRequest): TokenAnswer
}

/** Is a token request, which carries the credentials: to be sent as it is and shown nowhere. */
public class TokenRequest internal constructor(
    /** The method, in upper case. */
    public val method: String,
    /** An absolute URL, whose query may carry a secret. */
    public val url: String,
    /** The headers in their order. */
    public val headers: List<Header>,
    /** The body; none sends none. */
    public val body: ByteArray?,
    /** Says whether cookies that the endpoint's own origin has set may go along. */
    public val sameOriginCookies: Boolean,
    /** How many bytes of the answer's body are read at most. */
    public val bodyLimitBytes: Long,
) {
    /** Shows no secret. */
    override fun toString(): String = "TokenRequest($method, redacted)"
}

/** Is what came back for a [TokenRequest]. */
public class TokenAnswer @JvmOverloads constructor(
    /** The status code. */
    public val status: Int,
    /** The headers in their order. */
    public val headers: List<Header> = emptyList(),
    /** At most [TokenRequest.bodyLimitBytes] bytes. */
    public val body: ByteArray = ByteArray(0),
    /** Says whether there was more than that. */
    public val truncated: Boolean = false,
) {
    /** Shows no secret. */
    override fun toString(): String = "TokenAnswer($status, ${body.size} bytes, redacted)"
}
