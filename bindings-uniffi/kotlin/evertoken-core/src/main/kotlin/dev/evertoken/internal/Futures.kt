package dev.evertoken.internal

import kotlinx.coroutines.CoroutineExceptionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlin.coroutines.CoroutineContext

/** Where futures end, and what follows them runs, which may block: those threads are not the ones of token requests. */
internal object Futures : CoroutineScope {
    private const val THREADS = 64

    /** What fails once its future was cancelled has nobody to hear of it. */
    override val coroutineContext: CoroutineContext = SupervisorJob() +
        Dispatchers.IO.limitedParallelism(THREADS, "evertoken-futures") + CoroutineExceptionHandler { _, _ -> }
}
