package dev.evertoken.scenarios

import dev.evertoken.TokenAnswer
import dev.evertoken.TokenRequest
import dev.evertoken.Transport
import kotlinx.coroutines.future.await
import java.util.Collections
import java.util.IdentityHashMap
import java.util.concurrent.CompletableFuture
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** The door of the HTTP library: the requests of the clients are counted here, and pass unchanged. */
internal class Door {
    val tokenRequests = Traffic()
    val apiCalls = Traffic()
    private val failures = Collections.synchronizedSet(Collections.newSetFromMap(IdentityHashMap<Throwable, Boolean>()))

    @Volatile
    private var gate = CompletableFuture.completedFuture(Unit)

    val begun: Int get() = tokenRequests.begun + apiCalls.begun

    val ended: Int get() = tokenRequests.ended + apiCalls.ended

    /** Lets no request out until [act] is over. */
    fun shutDuring(act: () -> Unit) {
        val shut = CompletableFuture<Unit>()
        gate = shut
        try {
            act()
        } finally {
            shut.complete(Unit)
        }
    }

    /** Counts the token requests of a transport that a user gives to the source. */
    fun counting(inner: Transport): Transport = Transport { request -> passed(inner, request) }

    private suspend fun passed(inner: Transport, request: TokenRequest): TokenAnswer {
        val passage = Passage(tokenRequests)
        try {
            gate.await()
            return inner.send(request)
        } finally {
            passage.end()
        }
    }

    /** Begins a call of the API. */
    fun begin(): Passage = Passage(apiCalls)

    /** Completes when the door is open. */
    fun opened(): CompletableFuture<Unit> = gate

    /** Blocks this thread until the door is open. */
    fun awaitOpen() {
        gate.get()
    }

    /** Whether an error is, or comes of, the very one that the library failed with. */
    fun failedWith(error: Throwable): Boolean = generateSequence(error) { it.cause }.any { it in failures }

    /** One request on its way: it ends with its answer, of which for an API call the head counts, or its failure. */
    inner class Passage(private val traffic: Traffic) {
        private val over = AtomicBoolean()

        init {
            traffic.begin()
        }

        fun end() {
            if (over.compareAndSet(false, true)) {
                traffic.end()
            }
        }

        fun fail(error: Throwable) {
            failures += error
            end()
        }
    }
}

/** How many requests have begun and ended. */
internal class Traffic {
    private val begins = AtomicInteger()
    private val ends = AtomicInteger()

    val begun: Int get() = begins.get()

    val ended: Int get() = ends.get()

    /** How many are on their way. */
    val open: Int get() = begun - ended

    fun begin() {
        begins.incrementAndGet()
    }

    fun end() {
        ends.incrementAndGet()
    }
}
