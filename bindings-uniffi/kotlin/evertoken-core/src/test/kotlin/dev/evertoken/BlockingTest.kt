package dev.evertoken

import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

class BlockingTest {
    private val release = CompletableDeferred<Unit>()
    private val tokens = Tokens()
    private val source = TokenSource(BROKER, { release.await(); tokens.answer() })

    @Test
    fun `threads wait for one request`() {
        val got = List(50) { CompletableFuture<Map<String, String>>() }
        got.forEach { thread { it.complete(source.headersBlocking()) } }
        eventually("all wait") { source.explain().waiting == 50L }
        release.complete(Unit)
        got.forEach { assertSame(source.headersBlocking(), it.get()) }
        assertEquals(1, tokens.requests)
    }

    @Test
    fun `an interrupt ends the wait of its thread, and nobody else's`() {
        val thrown = CompletableFuture<Throwable?>()
        val interrupted = thread { thrown.complete(runCatching { source.headersBlocking() }.exceptionOrNull()) }
        val other = source.headersFuture()
        eventually("both wait") { source.explain().waiting == 2L }
        interrupted.interrupt()
        assertTrue(thrown.get() is InterruptedException)
        release.complete(Unit)
        assertEquals("Bearer token-1", other.get()["Authorization"])
    }

    @Test
    fun `a future that is cancelled ends its own wait`() {
        val cancelled = source.headersFuture()
        val other = source.headersFuture()
        cancelled.cancel(true)
        assertThrows(CancellationException::class.java) { cancelled.get() }
        assertFalse(other.isDone)
        release.complete(Unit)
        assertEquals("Bearer token-1", other.get()["Authorization"])
    }

    @Test
    fun `what follows a future may block, and keeps no token request from its thread`() {
        val done = CompletableFuture<Unit>()
        val source = TokenSource(BROKER, { release.await(); tokens.answer() }) {
            dispatcher = Dispatchers.IO.limitedParallelism(1)
        }
        val blocked = CompletableFuture<Unit>()
        source.headersFuture().thenRun {
            blocked.complete(Unit)
            done.join()
        }
        release.complete(Unit)
        try {
            blocked.get(30, TimeUnit.SECONDS)
            source.invalidate()
            assertEquals("Bearer token-2", source.headersFuture().get(30, TimeUnit.SECONDS)["Authorization"])
        } finally {
            done.complete(Unit)
        }
    }

    @Test
    fun `a future fails as a call does`() {
        source.close()
        val failed = assertThrows(ExecutionException::class.java) { source.headersFuture().get() }
        assertEquals(ErrorCodes.CLOSED, (failed.cause as EvertokenException).code)
    }

    @Test
    fun `a thousand coroutines that block one thread pile up no stack`(): Unit = runBlocking {
        launch(Dispatchers.Default) {
            eventually("the first waits") { source.explain().waiting == 1L }
            release.complete(Unit)
        }
        val jobs = List(1_000) { launch { source.headersBlocking() } }
        jobs.forEach { it.join() }
        assertEquals(1, tokens.requests)
    }

    @Test
    fun `a call is refused patience and validity that are none`(): Unit = runBlocking {
        assertEquals(ErrorCodes.INVALID_OPTION, failure { source.headers(minValidMillis = -1) }.code)
        assertEquals(ErrorCodes.INVALID_OPTION, failure { source.headers(patienceMillis = -1) }.code)
    }

    @Test
    fun `held headers are there at once or not at all`() {
        assertEquals(null, source.cachedHeaders())
        release.complete(Unit)
        assertSame(source.headersBlocking(), source.cachedHeaders())
        source.close()
        assertEquals(null, source.cachedHeaders())
    }
}
