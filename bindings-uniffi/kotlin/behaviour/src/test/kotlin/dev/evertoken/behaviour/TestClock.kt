package dev.evertoken.behaviour

import dev.evertoken.Clock
import dev.evertoken.TokenSourceOptions

/** Clocks that stand still until a test moves them, or lets them go on; timers are real ones. */
class TestClock private constructor(private val system: Clock) : Clock by system {
    private val mono = system.monoMillis()
    private val wall = system.wallMillis()

    @Volatile
    private var ahead = 0L

    @Volatile
    private var goesOn = false

    constructor() : this(TokenSourceOptions().clock)

    override fun monoMillis(): Long = ahead + if (goesOn) system.monoMillis() else mono

    override fun wallMillis(): Long = ahead + if (goesOn) system.wallMillis() else wall

    fun advance(millis: Long) {
        ahead += millis
    }

    /** From here on they go as the system's do, which ends a caller's patience. */
    fun goOn() {
        goesOn = true
    }

    /** Goes from the first of an hour's token to where its refresh is due and it is good for ten minutes more. */
    fun enterWindow() {
        advance(49 * 60_000)
    }
}
