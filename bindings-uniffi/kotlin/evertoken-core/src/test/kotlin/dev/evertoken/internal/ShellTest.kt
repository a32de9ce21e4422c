package dev.evertoken.internal

import dev.evertoken.ErrorCodes
import dev.evertoken.Event
import dev.evertoken.TestClock
import dev.evertoken.Tokens
import dev.evertoken.Transport
import dev.evertoken.failure
import dev.evertoken.internal.ffi.Verdict
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.atomic.AtomicInteger

class ShellTest {
    private val never = Transport { awaitCancellation() }

    @Test
    fun `an answer that comes in the very step that says wait is not missed`(): Unit = runBlocking {
        val machine = Scripted()
        machine.onWant = { step(Verdict.Wait(7uL, ULong.MAX_VALUE), listOf(settled(7uL, ErrorCodes.THROTTLED))) }
        val shell = shell(machine, never, TestClock())
        assertEquals(ErrorCodes.THROTTLED, failure { shell.obtain(0, null) }.code)
        assertEquals(0, shell.seated)
    }

    @Test
    fun `who has waited long enough wants again, as one who has waited`(): Unit = runBlocking {
        val clock = TestClock()
        val machine = Scripted()
        val asked = ArrayList<Boolean>()
        machine.onWant = { waited ->
            asked += waited
            check(asked.size <= 2)
            step(if (waited) Verdict.Fail(failed(ErrorCodes.DEADLINE)) else Verdict.Wait(7uL, 250uL))
        }
        val shell = shell(machine, never, clock)
        val caller = async(start = CoroutineStart.UNDISPATCHED) { failure { shell.obtain(0, null) } }
        assertEquals(1, clock.waiting)
        clock.advance(250)
        assertEquals(ErrorCodes.DEADLINE, caller.await().code)
        assertEquals(listOf(false, true), asked)
        assertEquals(0, clock.waiting)
    }

    @Test
    fun `a waiting caller has one timer, a request another, and both go with them`(): Unit = runBlocking {
        val clock = TestClock()
        val shell = shell(Scripted(), never, clock)
        val callers = List(50) { async(start = CoroutineStart.UNDISPATCHED) { failure { shell.obtain(0, null) } } }
        assertEquals(51, clock.waiting)
        callers.drop(1).forEach { it.cancelAndJoin() }
        assertEquals(2, clock.waiting)
        assertEquals(1, shell.seated)
        shell.close()
        assertEquals(0, clock.waiting)
        assertEquals(ErrorCodes.CLOSED, callers.first().await().code)
        assertEquals(0, shell.seated)
        assertEquals(0, shell.flying)
    }

    @Test
    fun `the machine is ticked once for all who wait`(): Unit = runBlocking {
        val clock = TestClock()
        val machine = Scripted()
        val shell = shell(machine, never, clock)
        val callers = List(100) {
            launch(start = CoroutineStart.UNDISPATCHED) { runCatching { shell.obtain(0, null) } }
        }
        val before = machine.alarms.get()
        clock.advance(10_000)
        // All of them look again, and wait on.
        repeat(3) { yield() }
        assertEquals(1, machine.ticks.get())
        assertTrue(machine.alarms.get() - before < 10, "${machine.alarms.get() - before} questions for the alarm")
        callers.forEach { it.cancelAndJoin() }
        shell.close()
    }

    @Test
    fun `cancelling the first of many leaves the others served by its request`(): Unit = runBlocking {
        val release = CompletableDeferred<Unit>()
        val tokens = Tokens()
        val shell = shell(Scripted(), { release.await(); tokens.answer() })
        val first = launch(start = CoroutineStart.UNDISPATCHED) { shell.obtain(0, null) }
        val others = List(100) { async(start = CoroutineStart.UNDISPATCHED) { shell.obtain(0, null) } }
        first.cancelAndJoin()
        assertEquals(100, shell.seated)
        release.complete(Unit)
        val snapshots = others.awaitAll()
        snapshots.forEach { assertSame(snapshots.first(), it) }
        assertEquals(1, tokens.requests)
        assertEquals(0, shell.seated)
    }

    @Test
    fun `callers that are cancelled while their answer comes lose nothing but their own`(): Unit = runBlocking {
        repeat(200) {
            val release = CompletableDeferred<Unit>()
            val tokens = Tokens()
            val shell = shell(Scripted(), { release.await(); tokens.answer() })
            val callers = List(8) { async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) { shell.obtain(0, null) } }
            launch(Dispatchers.Default) { release.complete(Unit) }
            callers.take(4).forEach { it.cancelAndJoin() }
            callers.drop(4).forEach { assertEquals("token-1", it.await().held.token) }
            assertEquals(0, shell.seated)
            assertEquals(1, tokens.requests)
        }
    }

    @Test
    fun `threads that ask, drop and log out at once are all answered`(): Unit = runBlocking {
        val tokens = Tokens()
        val shell = shell(Scripted(), tokens)
        val answered = AtomicInteger()
        List(8) { number ->
            launch(Dispatchers.IO) {
                repeat(100) { turn ->
                    when {
                        number == 0 && turn % 10 == 0 -> shell.logout()
                        number == 1 -> shell.invalidate()
                        else -> runCatching { shell.obtain(0, null) }.onSuccess { answered.incrementAndGet() }
                    }
                }
            }
        }.forEach { it.join() }
        assertTrue(answered.get() > 0)
        shell.close()
        assertEquals(0, shell.seated)
        assertEquals(0, shell.flying)
    }

    @Test
    fun `events come in their order, and who listens may call the source`(): Unit = runBlocking {
        val shell = shell(Scripted(), Tokens())
        val events = ArrayList<Event>()
        val listening = launch(Dispatchers.Unconfined) {
            shell.events.flow.collect { event ->
                synchronized(events) { events += event }
                // It begins another request, whose events come after this one.
                if (event.type == "granted" && event.generation == 1L) {
                    shell.invalidate()
                    shell.obtain(0, null)
                }
            }
        }
        shell.obtain(0, null)
        eventually("the second token is told") { synchronized(events) { events.count { it.type == "granted" } == 2 } }
        assertEquals(
            listOf("started", "granted", "invalidated", "started", "granted"),
            synchronized(events) { events.map { it.type } },
        )
        listening.cancelAndJoin()
    }
}
