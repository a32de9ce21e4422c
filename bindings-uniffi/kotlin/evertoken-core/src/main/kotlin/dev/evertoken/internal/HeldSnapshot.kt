package dev.evertoken.internal

import dev.evertoken.TokenResponse
import dev.evertoken.adapter.SentToken
import dev.evertoken.internal.ffi.Instant
import dev.evertoken.internal.ffi.Snapshot

/** A token as callers see it; all who ask get the same objects. */
internal class HeldSnapshot(val held: Snapshot) {
    val headers: Map<String, String> = TokenHeaders(mapOf(held.headerName to held.headerValue))
    val sent: SentToken = SentToken(this)
    private val askMono = held.askAt.mono.asLong()
    private val askWall = held.askAt.wall.asLong()
    private val useMono = held.useUntil.mono.asLong()
    private val useWall = held.useUntil.wall.asLong()

    /** Says whether it serves without asking the machine. */
    fun isFresh(mono: Long, wall: Long): Boolean = mono < askMono && wall < askWall

    /** Says whether it serves; when it is fresh no more, the machine wants to be asked as well. */
    fun isUsable(mono: Long, wall: Long): Boolean = mono < useMono && wall < useWall

    /** Says whether it is what the machine means. */
    fun isOf(other: Snapshot): Boolean = held.generation == other.generation && held.revision == other.revision

    /** Returns it as a token endpoint answers. */
    fun response(now: Instant): TokenResponse {
        val age = maxOf(since(held.issuedAt.mono, now.mono), since(held.issuedAt.wall, now.wall))
        return TokenResponse(
            accessToken = held.token,
            tokenType = held.headerValue.removeSuffix(held.token).trim().ifEmpty { "Bearer" },
            expiresInSeconds = maxOf(0, held.lifetimeMs.asLong() - age) / MILLIS,
        )
    }

    private fun since(then: ULong, now: ULong): Long = if (now > then) (now - then).asLong() else 0

    private companion object {
        const val MILLIS = 1_000
    }
}

/** Shows no token where a map would. */
private class TokenHeaders(private val map: Map<String, String>) : Map<String, String> by map {
    override fun equals(other: Any?): Boolean = map == other

    override fun hashCode(): Int = map.hashCode()

    override fun toString(): String = keys.joinToString(", ", "{", "}") { "$it: (redacted)" }
}

/** A time without end is far beyond what a signed number holds. */
internal fun ULong.asLong(): Long = if (this > Long.MAX_VALUE.toULong()) Long.MAX_VALUE else toLong()
