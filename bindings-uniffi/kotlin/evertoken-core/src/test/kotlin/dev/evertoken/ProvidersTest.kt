package dev.evertoken

import dev.evertoken.internal.Platform
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class ProvidersTest {
    private val tokens = Tokens()

    @Test
    fun `every provider gets a token with its own request`(): Unit = runBlocking {
        val client = ClientCredentials("client", "not-a-secret")
        val expected = mapOf(
            piwikPro("acme.piwik.pro", client) to "https://acme.piwik.pro/auth/token",
            didomi(ApiKey("key", "not-a-secret")) to "https://api.didomi.io/v1/sessions",
            oroCommerce("https://example.com", OroSurface.BACK_OFFICE, client) to "https://example.com/oauth2-token",
            oroPlatform("https://example.com", client) to "https://example.com/oauth2-token",
            oauth2("https://example.com/token", API, client) to "https://example.com/token",
            BROKER to "https://broker.example.com/token",
        )
        for ((provider, url) in expected) {
            var asked: String? = null
            TokenSource(provider, { asked = it.url; tokens.answer() }).use { source ->
                assertTrue(source.headers().getValue("Authorization").startsWith("Bearer token-"))
                assertEquals(url, asked)
            }
        }
    }

    @Test
    fun `a fixed token asks nobody`(): Unit = runBlocking {
        TokenSource(fixed("given", API), tokens).use { assertEquals("given", it.token()) }
        assertEquals(0, tokens.requests)
    }

    @Test
    fun `a descriptor's wrong field is named when the source is made, and not before`() {
        val provider = custom("""{"version": 1, "name": "mine"}""")
        val refused = failure { TokenSource(provider, tokens) }
        assertEquals(ErrorCodes.INVALID_DESCRIPTOR, refused.code)
    }

    @Test
    fun `what is not given is read from the environment at each request`(): Unit = runBlocking {
        var secret: String? = null
        val platform = Platform(isApp = false) { name ->
            mapOf("DIDOMI_API_KEY" to "key", "DIDOMI_API_SECRET" to secret)[name]
        }
        val bodies = ArrayList<String>()
        val transport = Transport { bodies += it.body!!.decodeToString(); tokens.answer() }
        TokenSource(didomi(), transport, TokenSourceOptions(), platform).use { source ->
            assertEquals(ErrorCodes.MISSING_CREDENTIALS, failure { source.headers() }.code)
            secret = "not-a-secret"
            source.credentialsChanged()
            source.headers()
            assertEquals(listOf("""{"type":"api-key","key":"key","secret":"not-a-secret"}"""), bodies)
        }
    }

    @Test
    fun `new credentials are those of the next request, and may name another client`(): Unit = runBlocking {
        val bodies = ArrayList<String>()
        val one = ClientCredentials("one", "not-a-secret")
        val provider = oauth2("https://example.com/token", API, one, clientAuth = ClientAuth.BODY)
        TokenSource(provider, { bodies += it.body!!.decodeToString(); tokens.answer() }).use { source ->
            source.headers()
            source.credentialsChanged(ClientCredentials("two", "not-a-secret"), dropToken = true)
            source.headers()
        }
        assertEquals(listOf("one", "two"), bodies.map { it.substringAfter("client_id=").substringBefore("&") })
    }

    @Test
    fun `the API half of a vendor keeps its media types`(): Unit = runBlocking {
        TokenSource(broker("https://broker.example.com/token", Api.piwikPro("acme.piwik.pro")), tokens).use { source ->
            assertEquals("https://acme.piwik.pro/api/apps/v2", source.url("/api/apps/v2"))
            assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, failure { source.url("https://other.example.com/api") }.code)
        }
    }

    @Test
    fun `JSON bodies are of the media type that the API wants`() {
        TokenSource(piwikPro("acme.piwik.pro", ClientCredentials("client", "not-a-secret")), tokens).use { source ->
            assertEquals("application/vnd.api+json", source.contentType("/api/apps/v2"))
            assertEquals("application/json", source.contentType("/api/analytics/v1/query"))
            assertEquals(ErrorCodes.ORIGIN_NOT_ALLOWED, failure { source.contentType("https://example.org/") }.code)
        }
        TokenSource(BROKER, tokens).use { assertEquals("application/json", it.contentType("/v1/things")) }
    }
}
