package dev.evertoken

/** Makes the headers of a broker's token request, such as those of a session or against CSRF. */
public fun interface BrokerHeaders {
    /**
     * Returns the headers of now; it is asked before each token request, on the dispatcher of the token requests.
     *
     * Whatever it throws fails the attempt, and becomes the cause of the callers' [TransportException].
     *
     * @param reason why a token is asked for, such as `absent`, `window` or `rejected`.
     */
    public suspend fun headers(reason: String): Map<String, String>
}
