package dev.evertoken

import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

/** Whatever a token request meets, it ends, and everybody who waits hears of it. */
class FlightTest {
    private val hasty: TokenSourceOptions.() -> Unit = { policy.fetchAttempts = 1 }

    @Test
    fun `anything that a transport throws is the cause of a transport's failure`(): Unit = runBlocking {
        val all = listOf(IllegalStateException("mine"), StackOverflowError(), NoClassDefFoundError("x"), Throwable())
        for (thrown in all) {
            TokenSource(BROKER, { throw thrown }, configure = hasty).use { source ->
                val failed = failure { source.headers() }
                assertEquals(ErrorCodes.TRANSPORT_FAILED, failed.code)
                assertSame(thrown, failed.cause)
            }
        }
    }

    @Test
    fun `a transport that runs into a time-out of its own has failed`(): Unit = runBlocking {
        TokenSource(BROKER, { withTimeout(1) { awaitCancellation() } }, configure = hasty).use { source ->
            assertEquals(ErrorCodes.TRANSPORT_FAILED, failure { source.headers() }.code)
        }
    }

    @Test
    fun `a transport that cancels its own coroutine has failed`(): Unit = runBlocking {
        val transport = Transport {
            currentCoroutineContext().cancel()
            awaitCancellation()
        }
        TokenSource(BROKER, transport, hasty).use { source ->
            assertEquals(ErrorCodes.TRANSPORT_FAILED, failure { source.headers() }.code)
        }
    }

    @Test
    fun `a dispatcher that is gone lets nobody wait`(): Unit = runBlocking {
        val executor = Executors.newSingleThreadExecutor()
        val gone = executor.asCoroutineDispatcher()
        executor.shutdown()
        TokenSource(BROKER, Tokens()) { hasty(); dispatcher = gone }.use { source ->
            assertEquals(ErrorCodes.TRANSPORT_FAILED, failure { source.headers() }.code)
        }
    }

    @Test
    fun `a function that fails is the cause, and one of our failures stays what it is`(): Unit = runBlocking {
        val thrown = IllegalStateException("mine")
        val credentials = Credentials.supplied { throw thrown }
        val source = TokenSource(oauth2("https://example.com/token", API, credentials), Tokens(), hasty)
        source.use {
            val failed = failure { it.headers() }
            assertEquals(ErrorCodes.TRANSPORT_FAILED, failed.code)
            assertSame(thrown, failed.cause)
        }
        val account = broker("https://example.com/token", API) {
            throw EvertokenException.of(ErrorCodes.ACCOUNT_REFUSED, "off")
        }
        TokenSource(account, Tokens(), hasty).use {
            val failed = failure { it.headers() }
            assertTrue(failed is AccountException)
            assertEquals("off", failed.description)
        }
    }

    @Test
    fun `a function that never ends is given up`(): Unit = runBlocking {
        val clock = TestClock()
        val calls = AtomicInteger()
        val end = CountDownLatch(1)
        val credentials = Credentials.supplied {
            if (calls.incrementAndGet() == 1) end.await()
            ClientCredentials("client", "not-a-secret")
        }
        val options = TokenSourceOptions().apply { this.clock = clock }
        TokenSource(oauth2("https://example.com/token", API, credentials), Tokens(), options).use { source ->
            val headers = async(Dispatchers.Default) { source.headers(patienceMillis = 60_000) }
            eventually("the function is asked") { calls.get() == 1 }
            eventually("a token comes all the same") {
                clock.advance(500)
                headers.isCompleted
            }
            assertEquals("Bearer token-1", headers.await().getValue("Authorization"))
        }
        end.countDown()
    }

    @Test
    fun `a request that is given up is cancelled, and its end is nobody's`(): Unit = runBlocking {
        val sent = CompletableDeferred<Unit>()
        val cancelled = CompletableDeferred<Unit>()
        val tokens = Tokens()
        val transport = Transport {
            if (sent.complete(Unit)) {
                try {
                    awaitCancellation()
                } finally {
                    cancelled.complete(Unit)
                }
            }
            tokens.answer()
        }
        TokenSource(BROKER, transport).use { source ->
            val first = async { failure { source.headers() } }
            sent.await()
            source.logout()
            cancelled.await()
            assertEquals(ErrorCodes.CANCELLED, first.await().code)
            assertEquals("token-1", source.token())
        }
    }

    @Test
    fun `a request inherits nothing of its caller, and outlives it`(): Unit = runBlocking {
        val sent = CompletableDeferred<CoroutineName?>()
        val release = CompletableDeferred<Unit>()
        val tokens = Tokens()
        val transport = Transport {
            sent.complete(currentCoroutineContext()[CoroutineName])
            release.await()
            tokens.answer()
        }
        TokenSource(BROKER, transport).use { source ->
            val caller = launch(CoroutineName("caller")) { source.headers() }
            assertNull(sent.await())
            caller.cancelAndJoin()
            release.complete(Unit)
            assertEquals("token-1", source.token())
            assertEquals(1, tokens.requests)
        }
    }
}
