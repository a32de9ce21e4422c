package dev.evertoken.behaviour

import dev.evertoken.EvertokenException
import dev.evertoken.TokenAnswer
import dev.evertoken.Transport
import dev.evertoken.UrlConnectionTransport
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.io.IOException
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

class TransportsTest : AgainstTheSandbox() {
    @ParameterizedTest
    @MethodSource("throwables")
    fun `whatever a transport throws, all who wait are told and the next call is served`(thrown: Throwable) {
        val isBroken = AtomicBoolean(true)
        val enough = CountDownLatch(1)
        val usual = UrlConnectionTransport()
        val source = source(
            transport = { request ->
                enough.await()
                if (isBroken.get()) throw thrown else usual.send(request)
            },
        ) { policy.fetchAttempts = 1 }
        runBlocking(Dispatchers.Default) {
            val calls = List(20) { async { runCatching { source.headers() } } }
            untilWaiting(source, 20)
            enough.countDown()
            for (error in calls.awaitAll().map { it.exceptionOrNull() as EvertokenException }) {
                assertEquals("transport_failed", error.code)
                assertTrue(generateSequence<Throwable>(error) { it.cause }.any { it === thrown }, "the cause of $error")
            }
        }
        isBroken.set(false)
        clock.advance(20_000)
        assertEquals(1, source.headersBlocking().size)
        assertEquals(1, server.tokenRequests)
    }

    @ParameterizedTest
    @MethodSource("throwables")
    fun `whatever a transport throws in the window, callers get the old token`(thrown: Throwable) {
        val calls = AtomicInteger()
        val usual = UrlConnectionTransport()
        val source = source(transport = { if (calls.incrementAndGet() == 1) usual.send(it) else throw thrown })
        val old = source.headersBlocking()
        clock.enterWindow()
        assertEquals(old, source.headersBlocking())
        eventually("the end of the refresh") { source.explain().flight == "paused" }
        assertEquals(old, source.headersBlocking())
        assertEquals(2, calls.get())
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    fun `whatever a transport answers is a token or an error with a code`(answer: TokenAnswer) {
        val source = source(transport = { answer }) { policy.fetchAttempts = 1 }
        val error = runCatching { source.headersBlocking() }.exceptionOrNull() as EvertokenException
        assertEquals("protocol", error.errorClass, error.code)
    }

    @Test
    fun `a transport that never answers is left at its deadline and another attempt serves all who wait`() {
        val calls = AtomicInteger()
        val usual = UrlConnectionTransport()
        val source = source(transport = { if (calls.incrementAndGet() == 1) awaitCancellation() else usual.send(it) })
        runBlocking(Dispatchers.Default) {
            val waiting = List(20) { async { source.headers(patienceMillis = 60_000) } }
            untilWaiting(source, 20)
            eventually("the first attempt") { calls.get() == 1 }
            clock.advance(11_000)
            val late = async { source.headers(patienceMillis = 60_000) }
            assertEquals(setOf(late.await()), waiting.awaitAll().toSet())
        }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a transport that blocks its thread for ever ends its callers' patience and no more`() {
        clock.goOn()
        val block = CountDownLatch(1)
        val source = source(transport = {
            block.await()
            error("it was let go")
        })
        val error = runCatching { source.headersBlocking(patienceMillis = 20) }.exceptionOrNull() as EvertokenException
        assertEquals("deadline", error.code)
        source.close()
        assertEquals("closed", (runCatching { source.headersBlocking() }.exceptionOrNull() as EvertokenException).code)
        block.countDown()
    }

    @Test
    fun `close ends the transport's coroutine`() {
        val begun = CountDownLatch(1)
        val ended = CountDownLatch(1)
        val source = source(transport = {
            begun.countDown()
            try {
                awaitCancellation()
            } finally {
                ended.countDown()
            }
        })
        val call = source.headersFuture()
        // One that is closed before that never gets to its transport.
        begun.await()
        source.close()
        ended.await()
        assertNotNull(runCatching { call.get() }.exceptionOrNull())
    }

    private companion object {
        @JvmStatic
        fun throwables(): List<Throwable> = listOf(
            IOException("no route"),
            IllegalStateException("a mistake"),
            CancellationException("of its own"),
            InterruptedException("of its own"),
            OutOfMemoryError("said so"),
            StackOverflowError(),
            NoClassDefFoundError("dev/example/Gone"),
            AssertionError("not so"),
            object : Throwable("neither exception nor error") {},
        )

        @JvmStatic
        fun nonsense(): List<TokenAnswer> = listOf(
            TokenAnswer(200, emptyList(), ByteArray(0), false),
            TokenAnswer(200, emptyList(), "<html>".toByteArray(), true),
            TokenAnswer(0, emptyList(), ByteArray(0), false),
            TokenAnswer(-1, emptyList(), ByteArray(0), false),
            TokenAnswer(1_000_000, emptyList(), ByteArray(0), false),
            TokenAnswer(200, emptyList(), byteArrayOf(-1, -2, 0), false),
            TokenAnswer(600, emptyList(), "{}".toByteArray(), false),
        )
    }
}
