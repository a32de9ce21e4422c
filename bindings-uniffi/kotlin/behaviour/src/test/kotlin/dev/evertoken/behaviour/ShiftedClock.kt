package dev.evertoken.behaviour

import dev.evertoken.Clock
import dev.evertoken.TokenSourceOptions

/** The system's clocks, moved ahead as a test wants; timers are real ones. */
class ShiftedClock private constructor(private val system: Clock) : Clock by system {
    constructor() : this(TokenSourceOptions().clock)

    @Volatile
    private var ahead = 0L

    override fun monoMillis(): Long = system.monoMillis() + ahead

    override fun wallMillis(): Long = system.wallMillis() + ahead

    fun advance(millis: Long) {
        ahead += millis
    }

    /** Goes from the first of an hour's token to where its refresh is due and it is good for ten minutes more. */
    fun enterWindow() {
        advance(49 * 60_000)
    }
}
