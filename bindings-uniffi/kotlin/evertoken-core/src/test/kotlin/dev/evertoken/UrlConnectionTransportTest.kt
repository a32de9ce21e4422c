package dev.evertoken

import dev.evertoken.sandbox.Sandbox
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import java.net.Authenticator
import java.net.HttpURLConnection
import java.net.PasswordAuthentication
import java.net.URL

class UrlConnectionTransportTest {
    private val sandbox = Sandbox.shared
    private val vendor = sandbox.vendor("oauth2")
    private val granted = """{"access_token":"token-1","token_type":"Bearer","expires_in":3600}"""

    @BeforeEach
    fun reset() = sandbox.reset()

    private fun source(
        origin: String,
        transport: Transport = UrlConnectionTransport(),
        endpoint: String = "$origin/oauth2/token",
    ) = TokenSource(
        oauth2(endpoint, Api.url("$origin/api"), ClientCredentials(vendor.id, vendor.secret)),
        transport,
    ) { policy.fetchAttempts = 1 }

    @Test
    fun `a token request goes over a connection that has served nobody`(): Unit = runBlocking {
        PlainServer { answerOf("200 OK", granted) }.use { server ->
            // It stays open, and the platform would take it.
            (URL("${server.url}/api").openConnection() as HttpURLConnection).inputStream.use { it.readAllBytes() }
            source(server.url).use { assertEquals("token-1", it.token()) }
            assertEquals(listOf(1, 2), server.requests.map { it.connection })
            assertEquals("close", server.requests.last().header("Connection"))
        }
    }

    @Test
    fun `over https a request is sent once, also when its connection breaks`(): Unit = runBlocking {
        vendor.fault("token", """{"type":"drop"}""")
        val transport = UrlConnectionTransport(Trusting(sandbox)::open)
        source(vendor.https, transport).use { source ->
            assertEquals(ErrorCodes.TRANSPORT_FAILED, failure { source.headers() }.code)
            assertEquals(1, vendor.tokenRequests)
            vendor.mend()
            source.retry()
        }
        source(vendor.https, transport).use { assertTrue(it.headers().isNotEmpty()) }
        assertEquals(2, vendor.tokenRequests)
    }

    @Test
    fun `nobody is asked for a password on behalf of the token endpoint`(): Unit = runBlocking {
        var asked = 0
        Authenticator.setDefault(object : Authenticator() {
            override fun getPasswordAuthentication(): PasswordAuthentication {
                asked += 1
                return PasswordAuthentication("user", "not-a-secret".toCharArray())
            }
        })
        try {
            val challenge = "WWW-Authenticate: Basic realm=\"x\""
            val refusal = answerOf("401 Unauthorized", """{"error":"invalid_client"}""", challenge)
            PlainServer { refusal }.use { server ->
                val failed = failure { source(server.url).headers() }
                assertEquals(ErrorCodes.CREDENTIALS_REJECTED, failed.code)
                assertEquals("invalid_client", failed.providerCode)
                assertEquals(1, server.requests.size)
            }
        } finally {
            Authenticator.setDefault(null)
        }
        assertEquals(0, asked)
    }

    @Test
    fun `a request without a body says so`(): Unit = runBlocking {
        PlainServer { answerOf("200 OK", granted) }.use { server ->
            val source = TokenSource(broker("${server.url}/token", API) { mapOf("X-Session" to "one") })
            source.use { assertEquals("token-1", it.token()) }
            val request = server.requests.single()
            assertTrue(request.head.startsWith("POST /token "), request.head)
            assertEquals("0", request.header("Content-Length"))
            assertEquals("one", request.header("X-Session"))
            assertNull(request.header("Cookie"))
        }
    }

    @Test
    fun `a redirect is not followed`(): Unit = runBlocking {
        val elsewhere = sandbox.vendor("elsewhere", "oauth2")
        vendor.fault("token", """{"type":"redirect","status":307,"location":"${elsewhere.http}/token"}""")
        source(vendor.http).use { assertEquals(ErrorCodes.REDIRECT_REFUSED, failure { it.headers() }.code) }
        assertEquals(0, elsewhere.tokenRequests)
    }

    @Test
    fun `no more of an answer is read than any token needs`(): Unit = runBlocking {
        vendor.fault("token", """{"type":"answer","status":200,"body":{"huge":{"bytes":11000000,"chunked":true}}}""")
        source(vendor.http).use { assertEquals(ErrorCodes.ANSWER_TOO_LARGE, failure { it.headers() }.code) }
    }

    @Test
    fun `an answer that is not HTTP, and one that breaks off, are none`(): Unit = runBlocking {
        for (answer in listOf("nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{")) {
            PlainServer { request -> answer.takeIf { request.connection < 9 } }.use { server ->
                val slow = UrlConnectionTransport { url ->
                    (url.openConnection() as HttpURLConnection).apply { readTimeout = 100 }
                }
                val failed = source(server.url, slow).use { failure { it.headers() } }
                assertEquals(ErrorCodes.TRANSPORT_FAILED, failed.code)
            }
        }
    }

    @Test
    fun `a request that is given up ends its connection`(): Unit = runBlocking {
        vendor.hold()
        source(vendor.http).use { source ->
            val caller = async(Dispatchers.Default) { failure { source.headers() } }
            eventually("the request is there") { sandbox.held == 1 }
            source.logout()
            assertEquals(ErrorCodes.CANCELLED, caller.await().code)
            eventually("the connection is closed") { sandbox.aborted == 1 }
        }
    }
}
