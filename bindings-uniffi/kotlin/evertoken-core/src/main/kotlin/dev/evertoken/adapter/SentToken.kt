package dev.evertoken.adapter

import dev.evertoken.internal.HeldSnapshot

/** Is a token as one request carries it. */
public class SentToken internal constructor(internal val snapshot: HeldSnapshot) {
    /** The name of the header. */
    public val headerName: String get() = snapshot.held.headerName

    /** The value of the header, which is secret. */
    public val headerValue: String get() = snapshot.held.headerValue

    /** Shows no token. */
    override fun toString(): String = "SentToken($headerName, redacted)"
}
