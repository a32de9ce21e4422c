package dev.evertoken.scenarios

import kotlinx.coroutines.CoroutineDispatcher
import java.util.concurrent.Executor
import java.util.concurrent.Executors
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.ThreadFactory
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.CoroutineContext

/** The threads that coroutines of the clients run on; it knows whether one of them has anything to do. */
internal class Crew {
    private val busy = AtomicInteger()

    /** Where calls run: one after another, so that those of a step have all begun before any of them runs on. */
    val calls: CoroutineDispatcher = Counting(oneThread())

    /** Where flights run. */
    val flights: CoroutineDispatcher = Counting(MANY)

    val isBusy: Boolean get() = busy.get() > 0

    private inner class Counting(private val executor: Executor) : CoroutineDispatcher() {
        override fun dispatch(context: CoroutineContext, block: Runnable) {
            busy.incrementAndGet()
            executor.execute {
                try {
                    block.run()
                } finally {
                    busy.decrementAndGet()
                }
            }
        }
    }
}

/** One thread, which goes when there is nothing more to do. */
private fun oneThread(): Executor =
    ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, LinkedBlockingQueue(), THREADS).apply { allowCoreThreadTimeOut(true) }

private val THREADS = ThreadFactory { Thread(it, "client").apply { isDaemon = true } }

/** As many threads as there is work that blocks. */
internal val MANY: Executor = Executors.newCachedThreadPool(THREADS)
