package dev.evertoken.sandbox

private const val PATIENCE_NANOS = 30_000_000_000
private const val PAUSE_MILLIS = 3L

/** Waits until something holds: as long as that takes, and a failure takes half a minute. */
fun eventually(what: String, holds: () -> Boolean) {
    val began = System.nanoTime()
    while (!holds()) {
        check(System.nanoTime() - began < PATIENCE_NANOS) { "it never came to this: $what" }
        Thread.sleep(PAUSE_MILLIS)
    }
}
