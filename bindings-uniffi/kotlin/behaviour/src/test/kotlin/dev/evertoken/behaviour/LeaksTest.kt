package dev.evertoken.behaviour

import dev.evertoken.TokenSource
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class LeaksTest : AgainstTheSandbox() {
    @Test
    fun `1000 cancelled callers of a token request leave nothing behind while it is still on its way`() {
        val source = source()
        server.hold()
        val other = source.headersFuture()
        untilHeld()
        val cancelled = { times: Int ->
            val before = source.explain().waiting.toInt()
            runBlocking(Dispatchers.Default) {
                val callers = List(times) { launch { source.headers() } }
                untilWaiting(source, before + times)
                callers.forEach { it.cancel() }
                callers.joinAll()
            }
        }
        leavesNothing(warmUp = { cancelled(10) }) { cancelled(1_000) }
        answer()
        assertEquals(1, other.get().size)
        assertEquals(1, server.tokenRequests)
    }

    @Test
    fun `1000 callers that are each cancelled with a token request of their own leave nothing behind`() {
        val cancelled = { times: Int ->
            repeat(times) {
                val source = TokenSource(provider())
                runBlocking {
                    val caller = async(Dispatchers.Default) { source.headers() }
                    if (it % 2 == 0) untilWaiting(source, 1)
                    caller.cancel()
                }
                source.close()
            }
        }
        server.hold()
        leavesNothing(warmUp = { cancelled(10) }) { cancelled(1_000) }
    }

    @Test
    fun `sources that are forgotten are freed with their native halves`() {
        val forgotten = { times: Int -> repeat(times) { TokenSource(provider()).headersBlocking() } }
        leavesNothing(warmUp = { forgotten(3) }) { forgotten(100) }
    }

    @Test
    fun `a source that is forgotten while its token endpoint hangs is freed when that is given up`() {
        server.hold()
        val forgotten = { times: Int ->
            repeat(times) { runBlocking { runCatching { TokenSource(provider()).headers(patienceMillis = 1) } } }
            answer()
            server.hold()
        }
        leavesNothing(warmUp = { forgotten(2) }) { forgotten(50) }
    }

    /** Compares live objects of ours, native ones behind them, open files and threads. */
    private fun leavesNothing(warmUp: () -> Unit, act: () -> Unit) {
        warmUp()
        var before = Census.take()
        eventually("a calm beginning") { before == Census.take().also { before = it } }
        act()
        var left = emptyMap<String, Int>()
        runCatching { eventually("nothing is left") { Census.take().more(before).also { left = it }.isEmpty() } }
        assertEquals(emptyMap<String, Int>(), left)
    }
}
