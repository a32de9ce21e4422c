package dev.evertoken

import java.util.concurrent.atomic.AtomicLong

/** A clock that a test moves; due actions run in order, in the test's own thread. */
class TestClock : Clock {
    private class Due(val at: Long, val action: Runnable)

    private val passed = AtomicLong()
    private val timers = mutableSetOf<Due>()

    /** How many timers are set. */
    val waiting: Int get() = synchronized(timers) { timers.size }

    override fun monoMillis(): Long = passed.get()

    override fun wallMillis(): Long = BEGINNING + passed.get()

    override fun entropy(): Long = 0

    override fun schedule(afterMillis: Long, background: Boolean, action: Runnable): Clock.Timer {
        val due = Due(passed.get() + afterMillis, action)
        synchronized(timers) { timers += due }
        return Clock.Timer { synchronized(timers) { timers -= due } }
    }

    fun advance(millis: Long) {
        passed.addAndGet(millis)
        while (true) {
            val due = synchronized(timers) {
                timers.filter { it.at <= passed.get() }.minByOrNull { it.at }?.also { timers -= it }
            } ?: return
            due.action.run()
        }
    }

    private companion object {
        const val BEGINNING = 1_800_000_000_000
    }
}
