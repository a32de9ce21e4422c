package dev.evertoken

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.util.concurrent.ExecutionException

/** Who works for a token request and asks the same source would wait for itself. */
class ReentrancyTest {
    private lateinit var source: TokenSource
    private val waysToAsk: Map<String, suspend () -> Any?> = mapOf(
        "suspending" to { source.headers() },
        "blocking" to { source.headersBlocking() },
        "in another thread" to { withContext(Dispatchers.IO) { source.headers() } },
        "a future" to {
            try {
                source.headersFuture().get()
            } catch (failed: ExecutionException) {
                throw failed.cause!!
            }
        },
    )

    @Test
    fun `the transport of a source is refused its tokens`(): Unit = runBlocking {
        for ((way, ask) in waysToAsk) {
            source = TokenSource(BROKER, { ask(); Tokens().answer() })
            source.use { assertEquals(ErrorCodes.REENTRANT, failure { it.headers() }.code, way) }
        }
    }

    @Test
    fun `the functions for credentials and headers of a source are refused its tokens`(): Unit = runBlocking {
        for ((way, ask) in waysToAsk) {
            val credentials = Credentials.supplied { ask(); ClientCredentials("client", "not-a-secret") }
            source = TokenSource(oauth2("https://example.com/token", API, credentials), Tokens())
            source.use { assertEquals(ErrorCodes.REENTRANT, failure { it.headers() }.code, way) }
            source = TokenSource(broker("https://example.com/token", API) { ask(); emptyMap() }, Tokens())
            source.use { assertEquals(ErrorCodes.REENTRANT, failure { it.headers() }.code, way) }
        }
    }

    @Test
    fun `the transport of a refresh may use the token that is still good`(): Unit = runBlocking {
        val clock = TestClock()
        val tokens = Tokens()
        val seen = ArrayList<String>()
        source = TokenSource(BROKER, {
            if (tokens.requests > 0) seen += source.token()
            tokens.answer()
        }) { this.clock = clock }
        source.use {
            it.headers()
            clock.advance(3_000_000)
            it.headers()
            dev.evertoken.sandbox.eventually("a second token") { tokens.requests == 2 }
            assertEquals(listOf("token-1"), seen)
        }
    }

    @Test
    fun `another source is no self`(): Unit = runBlocking {
        source = TokenSource(BROKER, Tokens())
        val other = TokenSource(broker("https://example.com/token", API) { source.headers() }, Tokens())
        other.use { it.headers() }
        source.close()
    }

    @Test
    fun `who listens to the end of a request may ask`(): Unit = runBlocking {
        source = TokenSource(BROKER, Tokens())
        source.use {
            // Woken by the very thread that brings the answer.
            withContext(Dispatchers.Unconfined) {
                it.headers()
                it.invalidate()
                assertEquals("token-2", it.token())
            }
        }
    }
}
