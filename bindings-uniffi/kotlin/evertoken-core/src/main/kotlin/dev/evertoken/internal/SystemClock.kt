package dev.evertoken.internal

import dev.evertoken.Clock
import java.util.concurrent.ScheduledThreadPoolExecutor
import java.util.concurrent.TimeUnit
import kotlin.random.Random

/** The clocks of the system, and one thread for all timers, which ends when there are none. */
internal object SystemClock : Clock {
    private val origin = System.nanoTime()
    private val timers = ScheduledThreadPoolExecutor(1) { task ->
        Thread(task, "evertoken-timers").apply { isDaemon = true }
    }.apply {
        removeOnCancelPolicy = true
        setKeepAliveTime(IDLE_S, TimeUnit.SECONDS)
        allowCoreThreadTimeOut(true)
    }

    override fun monoMillis(): Long = (System.nanoTime() - origin) / NANOS

    override fun wallMillis(): Long = System.currentTimeMillis()

    override fun entropy(): Long = Random.nextLong()

    override fun schedule(afterMillis: Long, background: Boolean, action: Runnable): Clock.Timer {
        val timer = timers.schedule(action, afterMillis, TimeUnit.MILLISECONDS)
        return Clock.Timer { timer.cancel(false) }
    }

    private const val NANOS = 1_000_000
    private const val IDLE_S = 10L
}
