package dev.evertoken.behaviour

import dev.evertoken.okhttp.authenticatedWith
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import okhttp3.Request
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.util.concurrent.atomic.AtomicInteger

class RejectionsTest : AgainstTheSandbox() {
    @ParameterizedTest
    @EnumSource
    fun `200 calls whose token was revoked recover with one token request`(library: Library) {
        val source = source(transport = library.transport())
        val caller = library.caller(source)
        val statuses = runBlocking {
            source.headers()
            clock.advance(MINUTE)
            server.revoke()
            List(200) { async(Dispatchers.Default) { caller.get(items) } }.awaitAll()
        }
        assertEquals(setOf(200), statuses.toSet())
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `200 rejections that come one after another cost one token request`() {
        val source = source()
        source.headersBlocking()
        clock.advance(MINUTE)
        server.revoke()
        server.hold("api", times = 200)
        val client = OkHttpClient.Builder().authenticatedWith(source).build()
        val served = AtomicInteger()
        val call = { _: Int ->
            val answer = client.newCall(Request.Builder().url(items).build()).execute()
            answer.use { it.code }.also { served.incrementAndGet() }
        }
        val statuses = Crowd(200, call).use { crowd ->
            untilHeld(200)
            for (open in 20..200 step 20) {
                server.release("api", count = 20)
                eventually("$open answers") { served.get() == open }
                clock.advance(5_000)
            }
            crowd.results()
        }
        assertEquals(setOf(200), statuses.toSet())
        assertEquals(2, server.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `rejected callers whose refresh fails get the API's own answer and send nothing twice`(library: Library) {
        val source = source(transport = library.transport())
        val caller = library.caller(source)
        val statuses = runBlocking {
            source.headers()
            clock.advance(MINUTE)
            server.revoke()
            server.fault("token", """{"type":"throttle","status":503}""")
            List(20) { async(Dispatchers.Default) { caller.get(items) } }.awaitAll()
        }
        assertEquals(setOf(401), statuses.toSet())
        assertEquals(20, server.apiCalls)
        assertEquals(2, server.tokenRequests)
    }

    private companion object {
        /** Old enough that a rejection is believed. */
        const val MINUTE = 60_000L
    }
}
