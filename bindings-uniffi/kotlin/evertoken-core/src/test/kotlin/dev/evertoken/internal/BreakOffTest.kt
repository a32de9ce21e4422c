package dev.evertoken.internal

import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.TestClock
import dev.evertoken.Tokens
import dev.evertoken.Transport
import dev.evertoken.failure
import dev.evertoken.internal.ffi.InternalException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test

/** A machine that panics is not asked again, and leaves nobody waiting. */
class BreakOffTest {
    private val panic = InternalException("a panic")

    private fun soon(test: suspend CoroutineScope.() -> Unit) = runBlocking { withTimeout(FAILED_MILLIS, test) }

    private fun assertBroken(failed: EvertokenException) {
        assertEquals(ErrorCodes.MISUSE, failed.code)
        assertEquals("the token machine broke off", failed.description)
        assertSame(panic, failed.cause)
    }

    @Test
    fun `all who wait for a request hear that its end was lost`(): Unit = soon {
        val machine = Scripted().apply { onFinished = { throw panic } }
        // No timer helps them.
        val shell = shell(machine, Tokens(), TestClock())
        List(20) { async(Dispatchers.Default) { failure { shell.obtain(0, null) } } }.awaitAll().forEach(::assertBroken)
        assertEquals(0, shell.seated)
        assertEquals(0, shell.flying)
    }

    @Test
    fun `the call of one ends the wait of the others, and their request`(): Unit = soon {
        val sent = CompletableDeferred<Unit>()
        val ended = CompletableDeferred<Unit>()
        val transport = Transport {
            sent.complete(Unit)
            try {
                awaitCancellation()
            } finally {
                ended.complete(Unit)
            }
        }
        val machine = Scripted()
        val shell = shell(machine, transport, TestClock())
        val waiting = List(20) { async { failure { shell.obtain(0, null) } } }
        sent.await()
        machine.onWant = { throw panic }
        assertBroken(failure { shell.obtain(0, null) })
        waiting.awaitAll().forEach(::assertBroken)
        ended.await()
        assertEquals(0, shell.seated)
    }

    @Test
    fun `whoever comes later hears the same, and closing is quiet`(): Unit = runBlocking {
        val machine = Scripted()
        val shell = shell(machine, Tokens())
        val held = shell.obtain(0, null)
        machine.onWant = { throw panic }
        assertBroken(failure { shell.obtain(1, null) })
        machine.onWant = null
        assertNull(shell.fresh())
        assertBroken(failure { shell.obtain(0, null) })
        assertBroken(failure { shell.recover(held, replayable = true, retried = false, patienceMillis = null) })
        assertBroken(failure { shell.invalidate() })
        assertBroken(failure { shell.explain() })
        shell.close()
    }

    @Test
    fun `an error of the machine's host is no less`(): Unit = runBlocking {
        val machine = Scripted().apply { onWant = { throw StackOverflowError() } }
        val shell = shell(machine, Tokens())
        assertEquals(ErrorCodes.MISUSE, failure { shell.obtain(0, null) }.code)
    }

    private companion object {
        const val FAILED_MILLIS = 30_000L
    }
}
