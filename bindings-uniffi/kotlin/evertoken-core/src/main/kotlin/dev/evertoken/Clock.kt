package dev.evertoken

import dev.evertoken.internal.SystemClock

/**
 * Tells a source the time, draws its random numbers and wakes it; the system's unless a test gives its own.
 *
 * Whatever a source compares and waits with goes through it, so a test decides when a token gets old. The time is read
 * while the source holds its lock: these functions neither block nor call the source.
 */
public interface Clock {
    /** Returns milliseconds of a clock that never runs backwards. */
    public fun monoMillis(): Long

    /** Returns milliseconds since the Unix epoch. */
    public fun wallMillis(): Long

    /** Returns 64 random bits, which spread refreshes and pauses. */
    public fun entropy(): Long = SystemClock.entropy()

    /**
     * Runs an action once so many milliseconds are over, on any thread, and returns what prevents that.
     *
     * @param background the timer is that of a token request; else somebody waits.
     */
    public fun schedule(afterMillis: Long, background: Boolean, action: Runnable): Timer =
        SystemClock.schedule(afterMillis, background, action)

    /** An action that is yet to come. */
    public fun interface Timer {
        /** Prevents the action if it has not begun; does not wait for it. */
        public fun cancel()
    }
}
