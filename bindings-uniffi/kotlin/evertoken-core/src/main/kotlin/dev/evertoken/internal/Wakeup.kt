package dev.evertoken.internal

import dev.evertoken.Clock
import kotlinx.coroutines.CompletableDeferred
import java.util.concurrent.atomic.AtomicReference

/** Ends one wait of one caller: with news or with its timer, whichever comes first. */
internal class Wakeup {
    private val woken = CompletableDeferred<Unit>()
    private val timer = Alarm()

    /** Ends the wait. The timer goes first, so that nobody who is woken looks like one who waits. */
    fun wake() {
        timer.cancel()
        woken.complete(Unit)
    }

    /** Waits for [wake], at most so many milliseconds. */
    suspend fun await(clock: Clock, millis: Long) {
        timer.set(clock, millis, background = false, ::wake)
        try {
            woken.await()
        } finally {
            timer.cancel()
        }
    }
}

/** A timer that may be cancelled before it is set. */
internal class Alarm {
    private val timer = AtomicReference<Clock.Timer?>(null)

    fun set(clock: Clock, millis: Long, background: Boolean, action: Runnable) {
        if (timer.get() != null) return
        val set = clock.schedule(millis, background, action)
        if (!timer.compareAndSet(null, set)) set.cancel()
    }

    fun cancel() {
        timer.getAndSet(CANCELLED)?.cancel()
    }

    private companion object {
        val CANCELLED = Clock.Timer {}
    }
}
