package dev.evertoken.scenarios

import dev.evertoken.Clock

/** When every file begins: 2027-01-15 08:00:00 UTC, in Unix milliseconds. */
internal const val START_MILLIS = 1_800_000_000_000

/** Later than any file goes on. */
private const val FAR_MILLIS = 1_000_000_000_000

/** The entropy with which every draw takes its lowest value. */
private const val LOWEST = "61c8864680b583eb"

/**
 * Virtual time: both clocks, the timers and the random numbers of the clients, moved by the runner alone.
 *
 * Moving the clocks and firing the timers are two things, because what a server answers at an instant is handed over
 * before the timers of that instant fire.
 */
internal class VirtualClock(entropy: String?) : Clock {
    private val entropy = (entropy ?: LOWEST).toULong(16).toLong()
    private var mono = 5_000_000L // any number but the wall clock's
    private var wall = START_MILLIS
    private val timers = linkedSetOf<Timer>()

    /** How many timers have fired. */
    @Volatile
    var fired = 0
        private set

    // What a client asks.

    @Synchronized
    override fun monoMillis(): Long = mono

    @Synchronized
    override fun wallMillis(): Long = wall

    override fun entropy(): Long = entropy

    @Synchronized
    override fun schedule(afterMillis: Long, background: Boolean, action: Runnable): Clock.Timer {
        val timer = Timer(mono + afterMillis.coerceIn(0, FAR_MILLIS), afterMillis <= 0, background, action)
        timers += timer
        return Clock.Timer { drop(timer) }
    }

    // What the runner does.

    /** Moves both clocks; no timer fires. */
    @Synchronized
    fun advance(millis: Long) {
        mono += millis
        wall += millis
    }

    /** Moves the wall clock alone, as a sleep of the machine does and whoever sets it. */
    @Synchronized
    fun stepWall(millis: Long) {
        wall += millis
    }

    /** How many calls wait by the clock. */
    @Synchronized
    fun calls(): Int = timers.count { !it.background }

    /** How many token requests are under way: each has a timer for its deadline. */
    @Synchronized
    fun attempts(): Int = timers.count { it.background }

    /** How long it is to the next timer; null without one, 0 when one is due. */
    @Synchronized
    fun nextDueMillis(): Long? = timers.minOfOrNull { maxOf(it.dueMono - mono, 0) }

    /** Fires the timers that are due, the earliest first and of one instant the one that was set first. */
    fun fire(): Boolean = fire { it.dueMono <= mono }

    /** Fires those that were set for nothing: others have had their turn. */
    fun fireImmediate(): Boolean = fire { it.isImmediate }

    private fun fire(which: (Timer) -> Boolean): Boolean {
        val due = synchronized(this) { timers.filter(which).sortedBy { it.dueMono } }
        for (timer in due) {
            // The one before may have done away with it.
            if (drop(timer)) {
                fired += 1
                timer.action.run()
            }
        }
        return due.isNotEmpty()
    }

    @Synchronized
    private fun drop(timer: Timer): Boolean = timers.remove(timer)

    private class Timer(val dueMono: Long, val isImmediate: Boolean, val background: Boolean, val action: Runnable)
}
