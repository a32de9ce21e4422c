package dev.evertoken.internal

import dev.evertoken.Event
import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.flow.MutableSharedFlow
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicBoolean
import dev.evertoken.internal.ffi.Event as CoreEvent

/** Tells what happened, in its order: one thread at a time, and without a lock, for a collector may be run at once. */
internal class Events {
    val flow = MutableSharedFlow<Event>(extraBufferCapacity = KEPT, onBufferOverflow = BufferOverflow.DROP_OLDEST)
    private val queue = ConcurrentLinkedQueue<CoreEvent>()
    private val isTelling = AtomicBoolean()

    fun queue(events: List<CoreEvent>) {
        queue.addAll(events)
    }

    fun tell() {
        // Looked at again after each turn: who queues while another tells leaves it to that one.
        while (queue.isNotEmpty() && isTelling.compareAndSet(false, true)) {
            try {
                generateSequence(queue::poll).forEach { flow.tryEmit(Event(it)) }
            } finally {
                isTelling.set(false)
            }
        }
    }

    private companion object {
        const val KEPT = 64
    }
}
