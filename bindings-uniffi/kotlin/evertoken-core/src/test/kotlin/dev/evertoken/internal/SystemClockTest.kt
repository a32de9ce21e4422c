package dev.evertoken.internal

import org.junit.jupiter.api.Test
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

class SystemClockTest {
    @Test
    fun `an action that blocks keeps no other timer from coming`() {
        val begun = CompletableFuture<Unit>()
        val release = CompletableFuture<Unit>()
        val other = CompletableFuture<Unit>()
        SystemClock.schedule(0, background = false) {
            begun.complete(Unit)
            release.join()
        }
        try {
            begun.get(30, TimeUnit.SECONDS)
            SystemClock.schedule(0, background = false) { other.complete(Unit) }
            other.get(30, TimeUnit.SECONDS)
        } finally {
            release.complete(Unit)
        }
    }
}
