package dev.evertoken

/** Lists every [EvertokenException.code]. */
public object ErrorCodes {
    /** Class `account`. Ask the provider about the account: its licence or its access is off. */
    public const val ACCOUNT_REFUSED: String = "account_refused"

    /** Class `protocol`. Check that the token endpoint is right: its answer is larger than any token. */
    public const val ANSWER_TOO_LARGE: String = "answer_too_large"

    /** Class `deadline`. Check the network path to the token endpoint: it does not answer in time. */
    public const val ATTEMPT_DEADLINE: String = "attempt_deadline"

    /** Class `cancelled`. Nothing to fix: the call was cancelled. */
    public const val CANCELLED: String = "cancelled"

    /** Class `configuration`. Make a new source: this one was closed. */
    public const val CLOSED: String = "closed"

    /** Class `credentials`. Check the credentials; if they were deleted or replaced, create new ones. */
    public const val CREDENTIALS_REJECTED: String = "credentials_rejected"

    /** Class `deadline`. Try again, or give the call more patience. */
    public const val DEADLINE: String = "deadline"

    /** Class `configuration`. Give the account as its host name, such as acme.piwik.pro. */
    public const val INVALID_ACCOUNT: String = "invalid_account"

    /** Class `configuration`. Correct the named field of the provider descriptor. */
    public const val INVALID_DESCRIPTOR: String = "invalid_descriptor"

    /** Class `configuration`. Give an absolute https URL without user info, query and fragment. */
    public const val INVALID_ENDPOINT: String = "invalid_endpoint"

    /** Class `protocol`. Report it to the provider: the lifetime in its answer is not usable. */
    public const val INVALID_LIFETIME: String = "invalid_lifetime"

    /** Class `configuration`. Correct the named option. */
    public const val INVALID_OPTION: String = "invalid_option"

    /** Class `protocol`. Report it to the provider: the token in its answer is not usable. */
    public const val INVALID_TOKEN: String = "invalid_token"

    /** Class `protocol`. Check that the token endpoint is right: it answers with something else. */
    public const val MALFORMED_ANSWER: String = "malformed_answer"

    /** Class `configuration`. Give the named credential. */
    public const val MISSING_CREDENTIALS: String = "missing_credentials"

    /** Class `protocol`. Check that the token endpoint is right: its answer carries no token. */
    public const val MISSING_TOKEN: String = "missing_token"

    /** Class `configuration`. Report it: the host program broke the contract of the token machine. */
    public const val MISUSE: String = "misuse"

    /** Class `transport`. Check the network; in a browser also that the endpoint allows this page's origin (CORS). */
    public const val NETWORK_OR_CORS: String = "network_or_cors"

    /** Class `configuration`. Call a URL of the provider's API, or configure the API that you call. */
    public const val ORIGIN_NOT_ALLOWED: String = "origin_not_allowed"

    /** Class `configuration`. Configure the token endpoint's final URL. */
    public const val REDIRECT_REFUSED: String = "redirect_refused"

    /** Class `configuration`. Give the token request a transport of its own, without this source. */
    public const val REENTRANT: String = "reentrant"

    /**
     * Class `configuration`. Check the endpoint, the grant's options and the descriptor: the server refuses the
     * request's form.
     */
    public const val REQUEST_REFUSED: String = "request_refused"

    /** Class `transient`. Nothing to fix here: the token endpoint fails and is asked again. */
    public const val SERVER_ERROR: String = "server_error"

    /** Class `throttled`. Wait until the given time; share one source so that fewer tokens are asked for. */
    public const val THROTTLED: String = "throttled"

    /** Class `transient`. Check the clocks of this machine and of the server. */
    public const val TOKEN_DEAD_ON_ARRIVAL: String = "token_dead_on_arrival"

    /**
     * Class `transient`. Check that the credentials may use this API: its server hands out a token that the API
     * rejects.
     */
    public const val TOKEN_REJECTED_AGAIN: String = "token_rejected_again"

    /** Class `transport`. Check the network, the endpoint's name and its certificate. */
    public const val TRANSPORT_FAILED: String = "transport_failed"
}
