package dev.evertoken.behaviour

import dev.evertoken.UrlConnectionTransport
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.Job
import kotlinx.coroutines.ThreadContextElement
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import java.util.concurrent.atomic.AtomicReference
import kotlin.coroutines.CoroutineContext

class ContextTest : AgainstTheSandbox() {
    /** As loggers have it, for the request that is being served. */
    private class Served(val request: String) : ThreadContextElement<String?> {
        override val key: CoroutineContext.Key<Served> get() = Key

        override fun updateThreadContext(context: CoroutineContext): String? =
            current.get().also { current.set(request) }

        override fun restoreThreadContext(context: CoroutineContext, oldState: String?) = current.set(oldState)

        companion object Key : CoroutineContext.Key<Served> {
            val current = ThreadLocal<String?>()
        }
    }

    @Test
    fun `a token request knows nothing of the caller that began it`() {
        val seen = AtomicReference<CoroutineContext>()
        val local = AtomicReference("nothing yet")
        val usual = UrlConnectionTransport()
        val source = source(transport = {
            seen.set(currentCoroutineContext())
            local.set(Served.current.get())
            usual.send(it)
        })
        runBlocking {
            withContext(Served("of one user") + CoroutineName("caller")) {
                source.headers()
                assertEquals("of one user", Served.current.get())
                assertNull(seen.get()[Served])
                assertNull(local.get())
                assertNotEquals("caller", seen.get()[CoroutineName]?.name)
                assertEquals(emptyList<Job>(), currentCoroutineContext()[Job]!!.children.toList())
            }
        }
    }
}
