package dev.evertoken

/** Lists every [Event.type]. */
public object EventTypes {
    /** A token request was given up: [Event.attempt]. */
    public const val ABANDONED: String = "abandoned"

    /** A token of another process was taken over: [Event.generation]. */
    public const val ADOPTED: String = "adopted"

    /** A clock was set: [Event.wallMillis], [Event.monoBackMillis]. */
    public const val CLOCK_STEPPED: String = "clock_stepped"

    /** The credentials are other ones. */
    public const val CREDENTIALS_CHANGED: String = "credentials_changed"

    /** The token is over: [Event.generation]. */
    public const val EXPIRED: String = "expired"

    /** A token request failed: [Event.attempt], [Event.error], [Event.served]. */
    public const val FAILED: String = "failed"

    /** A token came: [Event.generation], [Event.lifetimeMillis], [Event.late]. */
    public const val GRANTED: String = "granted"

    /** The program dropped the token: [Event.generation]. */
    public const val INVALIDATED: String = "invalidated"

    /** No request is sent for a while: [Event.untilMillis]. */
    public const val PAUSED: String = "paused"

    /** The API rejected the token: [Event.generation]. */
    public const val REJECTED: String = "rejected"

    /** The source starts over, or was closed: [Event.reset]. */
    public const val RESET: String = "reset"

    /** The server granted the token that is held: [Event.generation]. */
    public const val SAME_TOKEN: String = "same_token"

    /** A token request is sent: [Event.attempt], [Event.reason]. */
    public const val STARTED: String = "started"
}
