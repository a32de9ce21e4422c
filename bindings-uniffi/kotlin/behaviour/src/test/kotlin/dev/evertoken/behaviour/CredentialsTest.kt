package dev.evertoken.behaviour

import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.Credentials
import dev.evertoken.CredentialsException
import dev.evertoken.EvertokenException
import dev.evertoken.broker
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

class CredentialsTest : AgainstTheSandbox() {
    private val right get() = ClientCredentials(server.id, server.secret)

    @Test
    fun `a function is asked at each token request`() {
        val asked = AtomicInteger()
        val source = source(provider(Credentials.supplied { right.also { asked.incrementAndGet() } }))
        source.headersBlocking()
        source.headersBlocking()
        source.logout()
        source.headersBlocking()
        assertEquals(2, asked.get())
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `a function's next answer replaces a secret that was refused`() {
        val answers = ConcurrentLinkedQueue(listOf(ClientCredentials(server.id, "mistyped"), right))
        val source = source(provider(Credentials.supplied { answers.remove() }))
        val error = assertThrows(CredentialsException::class.java) { source.headersBlocking() }
        assertEquals("credentials_rejected", error.code)
        assertTrue(error.fix.isNotEmpty())
        clock.advance(10_000)
        source.headersBlocking()
    }

    @Test
    fun `a function that throws is the cause of the error that all get, and is asked again`() {
        val thrown = IllegalStateException("the vault is sealed")
        val calls = AtomicInteger()
        val credentials = Credentials.supplied { if (calls.incrementAndGet() == 1) throw thrown else right }
        val source = source(provider(credentials)) { policy.fetchAttempts = 1 }
        val error = runCatching { source.headersBlocking() }.exceptionOrNull() as EvertokenException
        assertTrue(generateSequence<Throwable>(error) { it.cause }.any { it === thrown })
        clock.advance(20_000)
        source.headersBlocking()
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a function that never returns is given up, and new credentials serve who comes then`() {
        clock.goOn()
        val source = source(provider(Credentials.supplied { awaitCancellation() }))
        val error = runCatching { source.headersBlocking(patienceMillis = 20) }.exceptionOrNull() as EvertokenException
        assertEquals("deadline", error.code)
        source.credentialsChanged(right)
        source.headersBlocking()
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `a function that blocks its thread for ever is given up, too`() {
        val block = CountDownLatch(1)
        val source = source(provider(Credentials.supplied { right.also { block.await() } }))
        val waiting = source.headersFuture(patienceMillis = 60_000)
        untilWaiting(source, 1)
        source.credentialsChanged(right)
        waiting.get()
        block.countDown()
    }

    @Test
    fun `new credentials are used while the old token serves`() {
        val source = source()
        val old = source.headersBlocking()
        server.hold()
        source.credentialsChanged(right)
        untilHeld()
        assertEquals(old, source.headersBlocking())
        answer()
        eventually("the new token") { source.cachedHeaders() != old }
        assertEquals(2, server.tokenRequests)
    }

    @Test
    fun `new credentials that drop the token are waited for`() {
        val source = source()
        val old = source.headersBlocking()
        source.credentialsChanged(right, dropToken = true)
        assertNotEquals(old, source.headersBlocking())
    }

    @Test
    fun `a key that is deleted is an error that says what to do, until there are new credentials`() {
        val source = source()
        server.deleteKey()
        assertThrows(CredentialsException::class.java) { source.headersBlocking() }
        val again = assertThrows(CredentialsException::class.java) { source.headersBlocking() }
        assertTrue(again.retryAtMillis != null)
        assertEquals(1, server.tokenRequests)
        sandbox.ask("POST", "/oauth2/keys", """{"name":"New","id":"new-id","secret":"sandbox-secret-new"}""")
        source.credentialsChanged(ClientCredentials("new-id", "sandbox-secret-new"))
        source.headersBlocking()
    }

    @Test
    fun `a broker's headers are asked for at each request and told why it is made`() {
        server.settings("""{"broker_header":"x-csrf"}""")
        val reasons = ConcurrentLinkedQueue<String>()
        val provider = broker("${server.http}/broker/token", Api.url("${server.http}/api")) { reason ->
            reasons += reason
            mapOf("x-csrf" to "number ${reasons.size}")
        }
        val source = source(provider)
        val caller = Library.OKHTTP.caller(source)
        runBlocking {
            assertEquals(200, caller.get(items))
            clock.advance(60_000)
            server.revoke()
            assertEquals(200, caller.get(items))
        }
        assertEquals(2, reasons.size)
        assertEquals("rejected", reasons.last())
        val sent = server.log("token").map { entry ->
            val headers = entry.getValue("headers").jsonArray.map { it.jsonArray }
            headers.single { it.first().jsonPrimitive.content == "x-csrf" }.last().jsonPrimitive.content
        }
        assertEquals(listOf("number 1", "number 2"), sent)
    }
}
