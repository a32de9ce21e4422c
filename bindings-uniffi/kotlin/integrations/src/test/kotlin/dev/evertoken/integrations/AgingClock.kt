package dev.evertoken.integrations

import dev.evertoken.Clock
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong
import kotlin.random.Random

/** The real time, and what is added to it: a token that has just come is rejected for other reasons than one of some age. */
class AgingClock : Clock {
    private val added = AtomicLong()

    fun age(millis: Long) {
        added.addAndGet(millis)
    }

    override fun monoMillis(): Long = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - origin) + added.get()

    override fun wallMillis(): Long = System.currentTimeMillis() + added.get()

    override fun entropy(): Long = Random.nextLong()

    override fun schedule(afterMillis: Long, background: Boolean, action: Runnable): Clock.Timer {
        val timer = timers.schedule(action, afterMillis, TimeUnit.MILLISECONDS)
        return Clock.Timer { timer.cancel(false) }
    }

    private companion object {
        val origin = System.nanoTime()
        val timers = Executors.newScheduledThreadPool(1) { task -> Thread(task).apply { isDaemon = true } }
    }
}
