package dev.evertoken

import dev.evertoken.internal.exception
import dev.evertoken.internal.ffi.Event as CoreEvent

/**
 * Is something that happened to a source's tokens; nothing secret.
 *
 * Which facts there are depends on the [type]: [EventTypes] says which. New types may come with new versions.
 */
public class Event internal constructor(event: CoreEvent) {
    /** What happened, as [EventTypes] lists it. */
    public val type: String = event.name

    /** Which token, counted from 1; 0 for one without a life of its own. */
    public val generation: Long? = event.generation?.toLong()

    /** Which token request, counted from 1. */
    public val attempt: Long? = event.attempt?.toLong()

    /** The token's lifetime in milliseconds. */
    public val lifetimeMillis: Long? = event.lifetimeMs?.toLong()

    /** Says whether a token came after its request's deadline. */
    public val late: Boolean? = event.late

    /**
     * Why a token is asked for: `absent`, `credentials_changed`, `min_valid`, `rejected`, `retry`, `wall_step` or
     * `window`.
     */
    public val reason: String? = event.reason

    /** What failed. */
    public val error: EvertokenException? = event.failure?.let { exception(it) }

    /** Says whether a valid token is held all the same. */
    public val served: Boolean? = event.served

    /** The end of a pause, in Unix milliseconds. */
    public val untilMillis: Long? = event.untilMs?.toLong()

    /** How far the wall clock was set, in milliseconds. */
    public val wallMillis: Long? = event.wallMs

    /** How far the monotonic clock went back, in milliseconds. */
    public val monoBackMillis: Long? = event.monoBackMs?.toLong()

    /** `logout` or `close`. */
    public val reset: String? = event.reset

    override fun toString(): String {
        val facts = listOf(
            "generation" to generation,
            "attempt" to attempt,
            "lifetimeMillis" to lifetimeMillis,
            "late" to late,
            "reason" to reason,
            "error" to error?.message,
            "served" to served,
            "untilMillis" to untilMillis,
            "wallMillis" to wallMillis,
            "monoBackMillis" to monoBackMillis,
            "reset" to reset,
        )
        return facts.filter { (_, fact) -> fact != null }
            .joinToString(", ", "$type(", ")") { (name, fact) -> "$name=$fact" }
    }
}
