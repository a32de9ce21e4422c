package dev.evertoken.behaviour

import dev.evertoken.DeadlineException
import dev.evertoken.okhttp.authenticatedWith
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import okhttp3.OkHttpClient
import okhttp3.Request
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.IOException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicReference

class CancellationTest : AgainstTheSandbox() {
    @Test
    fun `the first caller is cancelled and the others are served by its token request`() {
        val source = source()
        server.hold()
        runBlocking(Dispatchers.Default) {
            val first = async { source.headers() }
            untilHeld()
            val others = List(50) { async { source.headers() } }
            untilWaiting(source, 51)
            first.cancelAndJoin()
            answer()
            assertEquals(1, others.awaitAll().toSet().size)
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a token request outlives the scope of all its callers and serves the next one`() {
        val source = source()
        server.hold()
        val scope = CoroutineScope(Dispatchers.Default)
        repeat(20) { scope.launch { source.headers() } }
        untilWaiting(source, 20)
        untilHeld()
        scope.cancel()
        answer()
        eventually("the token") { source.cachedHeaders() != null }
        assertEquals(source.cachedHeaders(), source.headersBlocking())
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a cancelled caller throws its own cancellation and nothing else`() {
        val source = source()
        server.hold()
        val caught = CompletableDeferred<Throwable>()
        runBlocking(Dispatchers.Default) {
            val job = launch {
                try {
                    source.headers()
                } catch (thrown: Throwable) {
                    caught.complete(thrown)
                    throw thrown
                }
            }
            untilHeld()
            job.cancel(CancellationException("the user has left"))
            val thrown = assertInstanceOf(CancellationException::class.java, caught.await())
            assertEquals("the user has left", thrown.message)
        }
    }

    @Test
    fun `withTimeout ends its caller and not the token request`() {
        val source = source()
        server.hold()
        runBlocking(Dispatchers.Default) {
            val hasty = async { runCatching { withTimeout(20) { source.headers() } }.exceptionOrNull() }
            assertInstanceOf(TimeoutCancellationException::class.java, hasty.await())
            untilHeld()
            val other = async { source.headers() }
            untilWaiting(source, 2)
            answer()
            other.await()
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `patience that ends is a DeadlineException and the token request goes on for the others`() {
        clock.goOn()
        val source = source()
        server.hold()
        runBlocking(Dispatchers.Default) {
            val other = async { source.headers() }
            untilHeld()
            val error = assertThrows(DeadlineException::class.java) { source.headersBlocking(patienceMillis = 20) }
            assertEquals("deadline", error.code)
            answer()
            other.await()
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a caller that is cancelled before it asks sends nothing`() {
        val source = source()
        runBlocking {
            val job = launch {
                cancel()
                source.headers()
            }
            job.join()
            assertTrue(job.isCancelled)
        }
        assertEquals(0, server.tokenRequests)
    }

    @Test
    fun `one that fails beside its siblings ends them and not the token request`() {
        val source = source()
        server.hold()
        runBlocking(Dispatchers.Default) {
            val group = async {
                runCatching {
                    coroutineScope {
                        repeat(10) { launch { source.headers() } }
                        untilWaiting(source, 10)
                        error("a sibling's own failure")
                    }
                }
            }
            assertEquals("a sibling's own failure", group.await().exceptionOrNull()?.message)
            untilHeld()
            val other = async { source.headers() }
            untilWaiting(source, 11)
            answer()
            other.await()
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a future that is cancelled gives up its place and the others are served`() {
        val source = source()
        server.hold()
        val first = source.headersFuture()
        val second = source.headersFuture()
        untilWaiting(source, 2)
        untilHeld()
        assertTrue(first.cancel(true))
        answer()
        assertEquals(second.get(30, TimeUnit.SECONDS), source.cachedHeaders())
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a thread that is interrupted gives up its place and the others are served`() {
        val source = source()
        server.hold()
        val thrown = AtomicReference<Throwable>()
        val thread = Thread { thrown.set(runCatching { source.headersBlocking() }.exceptionOrNull()) }
        thread.start()
        untilHeld()
        runBlocking(Dispatchers.Default) {
            val other = async { source.headers() }
            untilWaiting(source, 2)
            thread.interrupt()
            thread.join()
            assertInstanceOf(InterruptedException::class.java, thrown.get())
            answer()
            other.await()
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a call of OkHttp that is cancelled while it waits for a token fails as OkHttp's own do`() {
        val source = source()
        server.hold()
        val client = OkHttpClient.Builder().authenticatedWith(source).build()
        val call = client.newCall(Request.Builder().url(items).build())
        Crowd(1) { runCatching { call.execute().close() }.exceptionOrNull() }.use { crowd ->
            untilHeld()
            call.cancel()
            assertInstanceOf(IOException::class.java, crowd.results().single())
        }
        answer()
        eventually("the token") { source.cachedHeaders() != null }
        assertEquals(0, server.apiCalls)
    }

    @Test
    fun `a rejected call that is cancelled while it waits harms no other`() {
        val source = source()
        source.headersBlocking()
        clock.advance(60_000)
        server.revoke()
        server.hold()
        val caller = Library.KTOR.caller(source)
        runBlocking(Dispatchers.Default) {
            val first = async { caller.get(items) }
            untilHeld()
            val other = async { caller.get(items) }
            untilWaiting(source, 2)
            first.cancelAndJoin()
            answer()
            assertEquals(200, other.await())
        }
        assertEquals(2, server.tokenRequests)
    }
}
