package dev.evertoken.internal

import kotlinx.coroutines.Job
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import kotlin.coroutines.Continuation
import kotlin.coroutines.startCoroutine

/**
 * Blocks this thread until the call has ended; an interrupt ends the wait with an [InterruptedException].
 *
 * It needs no thread, and runs nobody else's coroutines on this one meanwhile, as `runBlocking` would: a thousand that
 * block, each within the wait of the one before, overflow a stack.
 */
@Throws(InterruptedException::class)
internal fun <T> blocking(call: suspend () -> T): T {
    val job = Job()
    val answer = CompletableFuture<T>()
    call.startCoroutine(
        Continuation(job) { result ->
            result.fold(answer::complete, answer::completeExceptionally)
        },
    )
    try {
        return answer.get()
    } catch (interrupted: InterruptedException) {
        job.cancel()
        throw interrupted
    } catch (failed: ExecutionException) {
        throw failed.cause ?: failed
    }
}
