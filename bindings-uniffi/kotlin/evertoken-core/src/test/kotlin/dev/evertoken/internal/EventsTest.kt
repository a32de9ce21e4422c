package dev.evertoken.internal

import dev.evertoken.Event
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import dev.evertoken.internal.ffi.Event as CoreEvent

class EventsTest {
    private fun event(attempt: Int) =
        CoreEvent("started", null, attempt.toULong(), null, null, "absent", null, null, null, null, null, null)

    @Test
    fun `threads that tell at once tell in the order in which it happened`(): Unit = runBlocking {
        val events = Events()
        val told = ArrayList<Long>()
        val listening = launch(Dispatchers.Unconfined) { events.flow.collect { told += it.attempt!! } }
        var happened = 0
        List(8) {
            launch(Dispatchers.IO) {
                repeat(5_000) {
                    synchronized(events) { events.queue(listOf(event(happened++))) }
                    events.tell()
                }
            }
        }.forEach { it.join() }
        listening.cancel()
        assertEquals(told.sorted(), told)
        assertEquals(happened - 1L, told.last())
    }

    @Test
    fun `a slow listener misses the oldest, and holds nobody up`(): Unit = runBlocking {
        val events = Events()
        val told = ArrayList<Long>()
        val listening = launch(start = CoroutineStart.UNDISPATCHED) {
            events.flow.collect { told += it.attempt!! }
        }
        repeat(1_000) {
            events.queue(listOf(event(it)))
            events.tell()
        }
        repeat(3) { yield() }
        listening.cancel()
        assertEquals(999, told.last())
        assertTrue(told.size < 1_000)
        assertEquals((1_000L - told.size..999L).toList(), told)
    }

    @Test
    fun `an event shows its facts, and only those it has`() {
        val event = Event(event(3))
        assertEquals("started(attempt=3, reason=absent)", event.toString())
    }
}
