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
    private val current = ThreadLocal<Task>()

    /** Where calls run: one after another, so that those of a step have all begun before any of them runs on. */
    val calls: CoroutineDispatcher = Counting(ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, LinkedBlockingQueue(), THREADS).apply { allowCoreThreadTimeOut(true) })

    /** Where flights run, and what blocks. */
    val flights: CoroutineDispatcher = Counting(MANY)

    val isBusy: Boolean get() = busy.get() > 0

    /** Does what may block this thread: it has nothing to do, then, until that is over. */
    inline fun <T> away(act: () -> T): T {
        current.get()?.leave()
        try {
            return act()
        } finally {
            // A coroutine that was suspended comes back on a task that never left.
            current.get()?.comeBack()
        }
    }

    private inner class Counting(private val executor: Executor) : CoroutineDispatcher() {
        override fun dispatch(context: CoroutineContext, block: Runnable) {
            busy.incrementAndGet()
            executor.execute(Task(block))
        }
    }

    /** A piece of a coroutine, from one suspension to the next. */
    inner class Task(private val block: Runnable) : Runnable {
        private var isAway = false

        override fun run() {
            current.set(this)
            try {
                block.run()
            } finally {
                current.remove()
                leave()
            }
        }

        fun leave() {
            if (!isAway) {
                isAway = true
                busy.decrementAndGet()
            }
        }

        fun comeBack() {
            if (isAway) {
                isAway = false
                busy.incrementAndGet()
            }
        }
    }
}

private val THREADS = ThreadFactory { Thread(it, "client").apply { isDaemon = true } }

/** As many threads as there is work that blocks. */
internal val MANY: Executor = Executors.newCachedThreadPool(THREADS)
