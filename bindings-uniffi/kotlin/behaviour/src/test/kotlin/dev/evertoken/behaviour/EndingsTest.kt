package dev.evertoken.behaviour

import dev.evertoken.CancelledException
import dev.evertoken.EvertokenException
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource

class EndingsTest : AgainstTheSandbox() {
    @Test
    fun `a logout ends all who wait, and a later call fetches anew`() {
        val source = source()
        server.hold()
        runBlocking(Dispatchers.Default) {
            val calls = List(50) { async { assertThrows<CancelledException> { source.headers() } } }
            untilWaiting(source, 50)
            untilHeld()
            source.logout()
            calls.awaitAll().forEach { assertEquals("cancelled", it.code) }
        }
        server.mend()
        source.headersBlocking()
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `a logout forgets the token at once`() {
        val source = source()
        val old = source.headersBlocking()
        source.logout()
        assertNull(source.cachedHeaders())
        assertNull(source.explain().token)
        assertNotEquals(old, source.headersBlocking())
    }

    @ParameterizedTest
    @EnumSource
    fun `close ends all who wait and the request on its way`(library: Library) {
        val source = source(transport = library.transport())
        server.hold()
        runBlocking(Dispatchers.Default) {
            val calls = List(50) { async { assertThrows<EvertokenException> { source.headers() } } }
            untilWaiting(source, 50)
            untilHeld()
            source.close()
            calls.awaitAll().forEach { assertEquals("closed", it.code) }
        }
        eventually("the end of the request") { sandbox.aborted == 1 }
    }

    @Test
    fun `a source that is closed, once or twice, fails every call with its own code`() {
        val source = source()
        source.headersBlocking()
        source.close()
        source.close()
        assertNull(source.cachedHeaders())
        val calls = listOf({ source.headersBlocking() }, { source.tokenBlocking() }, { source.tokenResponseBlocking() })
        calls.forEach { call -> assertEquals("closed", assertThrows<EvertokenException> { call() }.code) }
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `use closes the source`() {
        val source = source()
        source.use { it.headersBlocking() }
        assertEquals("closed", assertThrows<EvertokenException> { source.headersBlocking() }.code)
    }

    @Test
    fun `an invalidated token is replaced by one that the next caller waits for`() {
        val source = source()
        val old = source.headersBlocking()
        source.invalidate()
        assertNull(source.cachedHeaders())
        assertNotEquals(old, source.headersBlocking())
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `a late answer to a request before the logout is not taken`() {
        val source = source()
        server.hold(times = 1)
        val early = source.headersFuture()
        untilHeld()
        source.logout()
        val fresh = source.headersBlocking()
        server.release()
        assertInstanceOf(CancelledException::class.java, runCatching { early.get() }.exceptionOrNull()?.cause)
        assertEquals(fresh, source.headersBlocking())
        assertEquals(1L, source.explain().tokens)
    }
}
