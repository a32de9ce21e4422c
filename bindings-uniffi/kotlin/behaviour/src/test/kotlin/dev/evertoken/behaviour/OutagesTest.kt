package dev.evertoken.behaviour

import dev.evertoken.EvertokenException
import dev.evertoken.TransientException
import dev.evertoken.TransportException
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import org.junit.jupiter.params.provider.ValueSource
import java.io.IOException

class OutagesTest : AgainstTheSandbox() {
    @ParameterizedTest
    @EnumSource
    fun `every call with a good token is served while the token endpoint fails for an hour`(library: Library) {
        val source = source(transport = library.transport())
        val caller = library.caller(source)
        source.headersBlocking()
        server.fault("token", """{"type":"throttle","status":503}""")
        repeat(29) {
            clock.advance(2 * 60_000)
            val statuses = runBlocking { List(3) { async(Dispatchers.Default) { caller.get(items) } }.awaitAll() }
            assertEquals(listOf(200, 200, 200), statuses)
            eventually("the end of a refresh") { source.explain().flight != "in_flight" }
        }
        assertTrue(server.tokenRequests > 2, "the refresh is tried again and again")
        server.mend()
        clock.advance(60 * 60_000)
        assertEquals(200, runBlocking { caller.get(items) })
    }

    @ParameterizedTest
    @ValueSource(strings = ["""{"type":"throttle","status":503}""", """{"type":"hang"}""", """{"type":"drop"}"""])
    fun `in the window everybody is served at once whatever has become of the token endpoint`(fault: String) {
        val source = source(transport = Library.OKHTTP.transport())
        val old = source.headersBlocking()
        server.fault("token", fault)
        clock.enterWindow()
        runBlocking { repeat(50) { assertEquals(old, source.headers()) } }
        eventually("the refresh") { server.tokenRequests == 2 }
        runBlocking { repeat(50) { assertEquals(old, source.headers()) } }
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `in the window the old token is served while the new one is on its way, and then the new one`() {
        val source = source()
        val old = source.headersBlocking()
        server.hold()
        clock.enterWindow()
        assertEquals(old, source.headersBlocking())
        untilHeld()
        assertEquals(old, source.cachedHeaders())
        answer()
        eventually("the new token") { source.cachedHeaders() != old }
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `after an outage without a token the next call is served`() {
        val source = source { policy.fetchAttempts = 1 }
        server.fault("token", """{"type":"throttle","status":503}""")
        val error = assertThrows(TransientException::class.java) { source.headersBlocking() }
        assertEquals("server_error", error.code)
        assertEquals(503, error.status)
        assertTrue(error.retryable)
        assertNotNull(error.retryAtMillis)
        server.mend()
        clock.advance(20_000)
        source.headersBlocking()
        assertEquals(2, server.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a connection that ends without an answer is a TransportException with its cause`(library: Library) {
        server.fault("token", """{"type":"drop"}""")
        val source = source(transport = library.transport()) { policy.fetchAttempts = 1 }
        val error = assertThrows(TransportException::class.java) { source.headersBlocking() }
        assertEquals("transport_failed", error.code)
        assertNotNull(error.cause, "the cause of $error")
        // Over plain http, which reaches this machine only, the JDK does so by itself.
        assertEquals(if (library == Library.HTTP_URL_CONNECTION) 2 else 1, server.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `an answer that is cut off is an error that can be tried again`(library: Library) {
        server.fault("token", """{"type":"truncate","after_bytes":10}""")
        val source = source(transport = library.transport()) { policy.fetchAttempts = 1 }
        val error = assertThrows(EvertokenException::class.java) { source.headersBlocking() }
        assertTrue(error.errorClass in setOf("transport", "protocol"), error.errorClass)
        assertTrue(error.retryable)
    }

    @Test
    fun `an expired token is never served`() {
        val source = source { policy.fetchAttempts = 1 }
        val old = source.headersBlocking()
        server.fault("token", """{"type":"throttle","status":503}""")
        clock.advance(LIFETIME)
        assertThrows(IOException::class.java) { source.headersBlocking() }
        assertEquals(null, source.cachedHeaders())
        server.mend()
        clock.advance(20_000)
        assertNotEquals(old, source.headersBlocking())
    }

    private companion object {
        const val LIFETIME = 3_600_000L
    }
}
