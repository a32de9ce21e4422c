package dev.evertoken.internal

import dev.evertoken.internal.ffi.Answer

/** Where a caller waits for the answer of a ticket. */
internal class Seat(val ticket: ULong) {
    /** Written under the shell's lock, before [wakeup] is looked at. */
    @Volatile
    var answer: Answer? = null

    /** Of the current wait; written before [answer] is looked at, so that no news is missed. */
    @Volatile
    var wakeup: Wakeup? = null

    /** Lets the caller look again. */
    fun wake() {
        wakeup?.wake()
    }
}
