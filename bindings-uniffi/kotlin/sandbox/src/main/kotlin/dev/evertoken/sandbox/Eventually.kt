package dev.evertoken.sandbox

private const val PAUSE_MILLIS = 3L

/** Waits until something holds: as long as that takes, and a failure takes so many seconds. */
fun eventually(what: String, patienceSeconds: Long = 30, holds: () -> Boolean) {
    val began = System.nanoTime()
    while (!holds()) {
        check(System.nanoTime() - began < patienceSeconds * 1_000_000_000) { "it never came to this: $what" }
        Thread.sleep(PAUSE_MILLIS)
    }
}
