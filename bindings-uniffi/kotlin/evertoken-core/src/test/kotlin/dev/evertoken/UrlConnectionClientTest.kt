package dev.evertoken

import dev.evertoken.sandbox.Sandbox
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test

class UrlConnectionClientTest {
    private val sandbox = Sandbox.shared
    private val vendor = sandbox.vendor("oauth2")
    private val elsewhere = sandbox.vendor("elsewhere", "oauth2")

    @BeforeEach
    fun reset() = sandbox.reset()

    private val source by lazy {
        val credentials = ClientCredentials(vendor.id, vendor.secret)
        TokenSource(oauth2("${vendor.http}/oauth2/token", Api.url(vendor.http), credentials))
    }
    private val client by lazy { UrlConnectionClient(source) }

    private fun JsonObject.header(name: String): String? =
        (getValue("headers") as JsonArray).map { it.jsonArray.map { part -> part.jsonPrimitive.content } }
            .firstOrNull { it.first() == name }?.last()

    @Test
    fun `a call carries a token, and keeps the headers that it was given`(): Unit = runBlocking {
        val answer = client.send("GET", "/api/things?page=2", mapOf("Accept" to "text/csv"))
        assertEquals(200, answer.status)
        val call = vendor.log("api").single()
        assertEquals("/api/things?page=2", call.getValue("target").jsonPrimitive.content)
        assertEquals("text/csv", call.header("accept"))
        assertEquals(source.headers()["Authorization"], call.header("authorization"))
        assertEquals(200, client.sendBlocking("POST", "/api/things", body = "{}".toByteArray()).status)
        assertEquals("{}", vendor.log("api").last().getValue("body_text").jsonPrimitive.content)
    }

    @Test
    fun `a rejected token is replaced, and the call sent once more`(): Unit = runBlocking {
        val clock = TestClock()
        TokenSource(source.provider) { this.clock = clock }.use { source ->
            val before = source.headers()
            // A younger token is tried once more before it is replaced.
            clock.advance(20_000)
            vendor.revoke()
            assertEquals(200, UrlConnectionClient(source).send("POST", "/api/things", body = "{}".toByteArray()).status)
            assertEquals(listOf("{}", "{}"), vendor.log("api").map { it.getValue("body_text").jsonPrimitive.content })
            assertNotEquals(before, source.headers())
        }
    }

    @Test
    fun `a body that streams is not sent again, and the next call has another token`(): Unit = runBlocking {
        val clock = TestClock()
        TokenSource(source.provider) { this.clock = clock }.use { source ->
            val client = UrlConnectionClient(source)
            val before = source.headers()
            clock.advance(20_000)
            vendor.revoke()
            assertEquals(401, client.send("POST", "/api/things", body = "{}".byteInputStream()).status)
            assertEquals(1, vendor.apiCalls)
            assertEquals(200, client.send("POST", "/api/things", body = "{}".byteInputStream()).status)
            assertNotEquals(before, source.headers())
        }
    }

    @Test
    fun `a redirect takes the token along only where it may go`(): Unit = runBlocking {
        vendor.fault("api", """{"type":"redirect","status":307,"location":"/api/there"}""", times = 1)
        assertEquals(200, client.send("GET", "/api/here").status)
        assertEquals(source.headers()["Authorization"], vendor.log("api").last().header("authorization"))
        for (status in listOf(301, 302, 303, 307, 308)) {
            val away = """{"type":"redirect","status":$status,"location":"${elsewhere.http}/there"}"""
            vendor.fault("api", away, times = 1)
            val body = "{}".toByteArray()
            assertEquals(200, client.send("POST", "/api/here", mapOf("Cookie" to "a=b", "X-Mine" to "1"), body).status)
            val strayed = elsewhere.log("api").last()
            assertNull(strayed.header("authorization"))
            assertNull(strayed.header("cookie"))
            assertEquals("1", strayed.header("x-mine"))
            assertEquals(if (status < 307) "GET" else "POST", strayed.getValue("method").jsonPrimitive.content)
        }
    }

    @Test
    fun `what another server says of a request without our token rejects nothing`(): Unit = runBlocking {
        val before = source.headers()
        vendor.fault("api", """{"type":"redirect","status":307,"location":"${elsewhere.http}/there"}""", times = 1)
        elsewhere.fault("api", """{"type":"answer","status":401}""", times = 1)
        assertEquals(401, client.send("GET", "/api/here").status)
        assertEquals(before, source.headers())
        assertEquals(1, vendor.apiCalls)
    }

    @Test
    fun `a method that the platform would change for its body is refused`(): Unit = runBlocking {
        for (method in listOf("GET", "HEAD")) {
            val refused = failure { client.send(method, "/api/things", body = "{}".toByteArray()) }
            assertEquals(ErrorCodes.INVALID_OPTION, refused.code)
            assertTrue(refused.description.orEmpty().startsWith("body: "), refused.message)
            assertEquals(refused.code, failure { client.send(method, "/api", body = "{}".byteInputStream()) }.code)
        }
        assertEquals(0, vendor.apiCalls)
    }

    @Test
    fun `redirects in a circle end`(): Unit = runBlocking {
        vendor.fault("api", """{"type":"redirect","status":302,"location":"/api/here"}""")
        assertEquals("too many redirects", runCatching { client.send("GET", "/api/here") }.exceptionOrNull()?.message)
    }

    @Test
    fun `a call of another server is refused, and one with a token of its own left alone`(): Unit = runBlocking {
        assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, failure { client.send("GET", "${elsewhere.http}/api") }.code)
        assertEquals(401, client.send("GET", "/api/things", mapOf("authorization" to "Bearer mine")).status)
        assertEquals(0, vendor.tokenRequests)
    }
}
