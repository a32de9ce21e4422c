package dev.evertoken

import dev.evertoken.adapter.Adapter
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.IOException
import java.io.PrintWriter
import java.io.StringWriter

class RedactionTest {
    @Test
    fun `nothing that is shown has a secret in it`(): Unit = runBlocking {
        val credentials = listOf(
            ClientCredentials("client", SECRET),
            ApiKey("key", SECRET),
            NamedCredentials(mapOf("client_secret" to SECRET)),
            Credentials.supplied { ClientCredentials("client", SECRET) },
        )
        var request: TokenRequest? = null
        val provider = oauth2("https://example.com/token", API, credentials.first())
        val source = TokenSource(provider, {
            request = it
            val body = """{"access_token":"$SECRET","expires_in":60}"""
            TokenAnswer(200, listOf(Header("X-Secret", SECRET)), body.toByteArray())
        })
        val shown = credentials + listOf(
            provider,
            source.headers(),
            source.tokenResponse(),
            Adapter(source).token(),
            source.explain(),
            source,
            request,
            request?.headers,
            TokenAnswer(200, listOf(Header("X-Secret", SECRET)), SECRET.toByteArray()),
        )
        shown.forEach { assertFalse("$it".contains(SECRET), it!!::class.java.name) }
        assertEquals("Bearer $SECRET", source.headers()["Authorization"])
    }

    @Test
    fun `what an HTTP library writes of the request is left out of the cause`(): Unit = runBlocking {
        val credentials = ClientCredentials("client", SECRET)
        for (message in listOf("https://example.com/token?client_secret=$SECRET", "sent: $SECRET")) {
            val provider = oauth2("https://example.com/token", API, credentials, clientAuth = ClientAuth.BODY)
            val transport = Transport { throw IOException("failed", IOException(message)) }
            val source = TokenSource(provider, transport) { policy.fetchAttempts = 1 }
            val failed = failure { source.headers() }
            assertEquals("IOException: its message repeats the request and is left out", failed.cause?.message)
            val printed = StringWriter().also { failed.printStackTrace(PrintWriter(it)) }.toString()
            assertFalse(printed.contains(SECRET), printed)
        }
    }

    @Test
    fun `a broker's header that no request may carry is not shown`(): Unit = runBlocking {
        val provider = broker("https://broker.example.com/token", API) { mapOf("X-Session" to "$SECRET\n") }
        val failed = failure { TokenSource(provider, Tokens()).headers() }
        assertEquals(ErrorCodes.INVALID_OPTION, failed.code)
        assertFalse(failed.stackTraceToString().contains(SECRET))
    }

    private companion object {
        const val SECRET = "not-a-secret-but-as-long"
    }
}
