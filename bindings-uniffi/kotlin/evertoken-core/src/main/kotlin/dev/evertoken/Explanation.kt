package dev.evertoken

import dev.evertoken.internal.ffi.Explanation as CoreExplanation
import dev.evertoken.internal.ffi.HeldToken as CoreHeldToken

/** Says what a source does and will do next, at the time it was asked for; nothing secret. */
public class Explanation internal constructor(explanation: CoreExplanation) {
    /** What is held. */
    public val token: HeldToken? = explanation.token?.let(::HeldToken)

    /** `idle`, `in_flight` or `paused`. */
    public val flight: String = explanation.flight

    /** Why a token is being asked for, as [Event.reason]. */
    public val reason: String? = explanation.reason

    /** Why no request is sent: `abandoned`, `same_token`, `single_use`, `terminal` or `transient`. */
    public val why: String? = explanation.why

    /** When the request or the pause ends, in milliseconds from then on. */
    public val endsInMillis: Long? = explanation.endsInMs?.toLong()

    /** The code of the failure behind a pause. */
    public val error: String? = explanation.error

    /** How many callers wait; one that left is counted until its patience is over. */
    public val waiting: Long = explanation.waiting.toLong()

    /** How many token requests were made. */
    public val requests: Long = explanation.requests.toLong()

    /** How many tokens came. */
    public val tokens: Long = explanation.tokens.toLong()

    private val text = explanation.text

    /** Returns all of it in words. */
    override fun toString(): String = text
}

/** Is a held token without the token; times are milliseconds from when it was asked for. */
public class HeldToken internal constructor(token: CoreHeldToken) {
    /** Which token, counted from 1. */
    public val generation: Long = token.generation.toLong()

    /** `fresh`, `window`, `hard`, `withheld` or `rejected`. */
    public val zone: String = token.zone

    /** Its lifetime. */
    public val lifetimeMillis: Long = token.lifetimeMs.toLong()

    /** When its refresh begins. */
    public val refreshInMillis: Long = token.refreshInMs.toLong()

    /** When callers begin to wait a little for a refresh on its way. */
    public val hardInMillis: Long = token.hardInMs.toLong()

    /** When it is over. */
    public val expiresInMillis: Long = token.expiresInMs.toLong()

    override fun toString(): String = "HeldToken($generation, $zone, expires in $expiresInMillis ms)"
}
