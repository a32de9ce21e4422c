package dev.evertoken.behaviour

import dev.evertoken.Event
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue

class EventsTest : AgainstTheSandbox() {
    private val thrown = ConcurrentLinkedQueue<Throwable>()
    private val keeping = CoroutineExceptionHandler { _, error -> thrown += error }
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default + keeping)

    @AfterEach
    fun nobodyListens() {
        scope.cancel()
    }

    @Test
    fun `events are told in their order and once`() {
        val source = source()
        val heard = ConcurrentLinkedQueue<Event>()
        listen { source.events.collect { heard += it } }
        source.headersBlocking()
        source.invalidate()
        source.headersBlocking()
        source.close()
        eventually("the last event") { heard.lastOrNull()?.type == "reset" }
        assertEquals(listOf("started", "granted", "invalidated", "started", "granted", "reset"), heard.map { it.type })
        assertEquals(listOf(1L, 2L), heard.filter { it.type == "granted" }.map { it.generation })
        assertEquals(3_600_000, heard.first { it.type == "granted" }.lifetimeMillis)
        assertEquals("close", heard.last().reset)
    }

    @Test
    fun `who does not listen fast enough loses the oldest events and delays nobody`() {
        val source = source()
        val heard = ConcurrentLinkedQueue<Event>()
        val goOn = CompletableDeferred<Unit>()
        listen {
            source.events.collect {
                heard += it
                goOn.await()
            }
        }
        source.headersBlocking()
        eventually("the first event") { heard.isNotEmpty() }
        repeat(ROUNDS) {
            source.logout()
            source.headersBlocking()
        }
        goOn.complete(Unit)
        eventually("the newest event") { heard.last().generation == ROUNDS + 1L }
        assertEquals("started", heard.first().type)
        assertTrue(heard.size < 3 * ROUNDS, "${heard.size} events are kept")
        val generations = heard.mapNotNull { it.generation }
        assertEquals(generations.sorted(), generations)
    }

    @Test
    fun `a listener that fails harms nobody`() {
        val source = source()
        val heard = ConcurrentLinkedQueue<Event>()
        listen { source.events.collect { error("a listener's own failure") } }
        listen { source.events.collect { heard += it } }
        source.headersBlocking()
        eventually("what the other hears") { heard.any { it.type == "granted" } }
        assertEquals(listOf("a listener's own failure"), thrown.map { it.message })
    }

    @Test
    fun `a listener may use the source, and close it`() {
        val source = source()
        val heard = ConcurrentLinkedQueue<String>()
        listen {
            source.events.collect {
                heard += it.type
                if (it.type == "granted") {
                    assertEquals(source.headers(), source.headersBlocking())
                    source.close()
                }
            }
        }
        source.headersBlocking()
        eventually("the end") { "reset" in heard }
        assertEquals(emptyList<Throwable>(), thrown.toList())
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `an event of a failure carries the error that callers get`() {
        val source = source { policy.fetchAttempts = 1 }
        val heard = ConcurrentLinkedQueue<Event>()
        listen { source.events.collect { heard += it } }
        server.deleteKey()
        runBlocking { runCatching { source.headers() } }
        eventually("the failure") { heard.any { it.type == "failed" } }
        val failed = heard.first { it.type == "failed" }
        assertEquals("credentials_rejected", failed.error?.code)
        assertEquals(false, failed.served)
        eventually("the pause") { heard.any { it.type == "paused" && it.untilMillis != null } }
    }

    /** Listens from now on: what happens in the next line is heard. */
    private fun listen(collect: suspend () -> Unit) {
        scope.launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) { collect() }
    }

    private companion object {
        const val ROUNDS = 400
    }
}
