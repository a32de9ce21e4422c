package dev.evertoken.internal

import dev.evertoken.Clock
import kotlinx.coroutines.Dispatchers
import java.util.concurrent.ScheduledThreadPoolExecutor
import java.util.concurrent.TimeUnit
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.random.Random

/** The clocks of the system, and one thread for all timers, which ends when there are none and runs no action. */
internal object SystemClock : Clock {
    private val origin = System.nanoTime()
    private val timers = ScheduledThreadPoolExecutor(1) { task ->
        Thread(task, "evertoken-timers").apply { isDaemon = true }
    }.apply {
        removeOnCancelPolicy = true
        setKeepAliveTime(IDLE_S, TimeUnit.SECONDS)
        allowCoreThreadTimeOut(true)
    }

    private val actions = Dispatchers.IO.limitedParallelism(ACTIONS, "evertoken-timers")

    override fun monoMillis(): Long = (System.nanoTime() - origin) / NANOS

    override fun wallMillis(): Long = System.currentTimeMillis()

    override fun entropy(): Long = Random.nextLong()

    override fun schedule(afterMillis: Long, background: Boolean, action: Runnable): Clock.Timer {
        val timer = timers.schedule({ run(action) }, afterMillis, TimeUnit.MILLISECONDS)
        return Clock.Timer { timer.cancel(false) }
    }

    /** An action may resume a caller right here, who may block; one that fails has nobody to hear of it. */
    private fun run(action: Runnable) {
        actions.dispatch(EmptyCoroutineContext) { runCatching(action::run) }
    }

    private const val ACTIONS = 64
    private const val NANOS = 1_000_000
    private const val IDLE_S = 10L
}
