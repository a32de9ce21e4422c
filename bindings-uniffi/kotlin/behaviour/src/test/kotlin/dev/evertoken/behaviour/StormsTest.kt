package dev.evertoken.behaviour

import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.util.concurrent.TimeUnit

class StormsTest : AgainstTheSandbox() {
    @Test
    fun `1000 coroutines without a token make one token request`() {
        val source = source()
        server.hold()
        val headers = runBlocking {
            val calls = List(1_000) { async(Dispatchers.Default) { source.headers() } }
            untilWaiting(source, 1_000)
            answer()
            calls.awaitAll()
        }
        assertEquals(1, headers.toSet().size)
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `200 threads without a token make one token request`() {
        val source = source()
        server.hold()
        val headers = Crowd(200) { source.headersBlocking() }.use { crowd ->
            untilWaiting(source, 200)
            answer()
            crowd.results()
        }
        assertEquals(1, headers.toSet().size)
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `coroutines, threads and futures wait for the same token request`() {
        val source = source()
        server.hold()
        val futures = List(20) { source.headersFuture() }
        val headers = Crowd(20) { source.headersBlocking() }.use { crowd ->
            runBlocking {
                val calls = List(20) { async(Dispatchers.Default) { source.headers() } }
                untilWaiting(source, 60)
                answer()
                calls.awaitAll() + crowd.results() + futures.map { it.get(60, TimeUnit.SECONDS) }
            }
        }
        assertEquals(1, headers.toSet().size)
        assertEquals(1, server.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `1000 calls of an API make one token request and are all served`(library: Library) {
        val source = source(transport = library.transport())
        val caller = library.caller(source)
        val statuses = runBlocking { List(1_000) { async(Dispatchers.Default) { caller.get(items) } }.awaitAll() }
        assertEquals(setOf(200), statuses.toSet())
        assertEquals(1, server.tokenRequests)
        assertEquals(1_000, server.apiCalls)
    }

    @Test
    fun `callers that block every thread for I-O starve no token request`() {
        val source = source()
        server.hold()
        runBlocking {
            val calls = List(200) { async(Dispatchers.IO) { source.headersBlocking() } }
            untilHeld()
            eventually("all threads block") { source.explain().waiting >= IO_THREADS }
            answer()
            calls.awaitAll()
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `callers that block every thread of the default dispatcher starve no token request`() {
        val source = source()
        runBlocking { List(200) { async(Dispatchers.Default) { source.headersBlocking() } }.awaitAll() }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a rollover under load is one token request and nobody waits for it`() {
        val source = source()
        val caller = Library.OKHTTP.caller(source)
        val statuses = { runBlocking { List(20) { async { caller.get(items) } }.awaitAll() }.toSet() }
        assertEquals(setOf(200), statuses())
        for (rollover in 1..3) {
            server.hold()
            clock.enterWindow()
            assertEquals(setOf(200), statuses())
            untilHeld()
            assertEquals(setOf(200), statuses())
            assertEquals(rollover + 1, server.tokenRequests)
            answer()
            eventually("the new token") { source.explain().token?.generation == rollover + 1L }
        }
        assertEquals(setOf(200), statuses())
        assertEquals(4, server.tokenRequests)
    }

    private companion object {
        /** What `Dispatchers.IO` has where there are fewer processors. */
        const val IO_THREADS = 64L
    }
}
