package dev.evertoken.behaviour

import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.Future
import java.util.concurrent.TimeUnit

/** So many threads that each do one thing once. */
class Crowd<T>(size: Int, act: (Int) -> T) : AutoCloseable {
    private val threads = Executors.newFixedThreadPool(size)
    private val futures: List<Future<T>> = List(size) { threads.submit(Callable { act(it) }) }

    /** What each of them got; throws what the first one threw. */
    fun results(): List<T> = futures.map { it.get(60, TimeUnit.SECONDS) }

    override fun close() {
        threads.shutdownNow()
    }
}
