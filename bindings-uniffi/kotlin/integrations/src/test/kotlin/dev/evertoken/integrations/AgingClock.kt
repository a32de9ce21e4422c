package dev.evertoken.integrations

import dev.evertoken.Clock
import dev.evertoken.TokenSourceOptions
import java.util.concurrent.atomic.AtomicLong

private val real = TokenSourceOptions().clock

/**
 * The real time, and what is added to it: a token that has just come is rejected for other reasons than one of some
 * age.
 */
class AgingClock : Clock by real {
    private val added = AtomicLong()

    fun age(millis: Long) {
        added.addAndGet(millis)
    }

    override fun monoMillis(): Long = real.monoMillis() + added.get()

    override fun wallMillis(): Long = real.wallMillis() + added.get()
}
