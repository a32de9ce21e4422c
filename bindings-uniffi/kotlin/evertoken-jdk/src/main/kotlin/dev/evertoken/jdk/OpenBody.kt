package dev.evertoken.jdk

import java.net.http.HttpResponse.BodySubscriber
import java.nio.ByteBuffer
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Flow
import java.util.concurrent.SubmissionPublisher

/**
 * A body of which the beginning is read, so much that more than [limitBytes] can be told; the rest is passed on or
 * dropped.
 */
internal class OpenBody(body: Flow.Publisher<List<ByteBuffer>>, private val limitBytes: Long) {
    private val rest = SubmissionPublisher<List<ByteBuffer>>()
    private val read = CompletableFuture<Unit>()
    private val beginning = ArrayList<ByteBuffer>()
    private var size = 0L
    private var subscription: Flow.Subscription? = null
    private var failure: Throwable? = null
    private var ended = false
    private var dropped = false

    /** From here on what comes is passed on. */
    @Volatile
    private var passes = false

    init {
        body.subscribe(Upstream())
    }

    /** Returns the beginning: more than [limitBytes] if the body is longer. A body that breaks before fails. */
    suspend fun beginning(): ByteArray {
        read.awaited()
        val bytes = ByteBuffer.allocate(size.toInt())
        beginning.forEach { bytes.put(it.duplicate()) }
        return bytes.array()
    }

    /** Passes the whole body on. */
    suspend fun <T> passTo(subscriber: BodySubscriber<T>): T {
        runCatching { read.awaited() }
        pass(subscriber)
        return subscriber.body.toCompletableFuture().awaited()
    }

    /** Reads no more. */
    @Synchronized
    fun drop() {
        dropped = true
        subscription?.cancel()
    }

    @Synchronized
    private fun pass(subscriber: BodySubscriber<*>) {
        rest.subscribe(subscriber)
        if (beginning.isNotEmpty()) rest.submit(beginning)
        passes = true
        if (ended) end() else subscription?.request(1)
    }

    private fun end() {
        failure?.let(rest::closeExceptionally) ?: rest.close()
    }

    private inner class Upstream : Flow.Subscriber<List<ByteBuffer>> {
        override fun onSubscribe(subscription: Flow.Subscription) {
            synchronized(this@OpenBody) {
                this@OpenBody.subscription = subscription
                if (dropped) subscription.cancel() else subscription.request(1)
            }
        }

        override fun onNext(item: List<ByteBuffer>) {
            if (passes) {
                rest.submit(item)
                if (rest.hasSubscribers()) subscription?.request(1) else drop()
                return
            }
            beginning += item
            size += item.sumOf { it.remaining() }
            if (size > limitBytes) read.complete(Unit) else subscription?.request(1)
        }

        override fun onError(throwable: Throwable) {
            ended(throwable)
        }

        override fun onComplete() {
            ended(null)
        }

        private fun ended(cause: Throwable?) {
            synchronized(this@OpenBody) {
                ended = true
                failure = cause
                if (passes) end()
            }
            if (cause == null) read.complete(Unit) else read.completeExceptionally(cause)
        }
    }
}
