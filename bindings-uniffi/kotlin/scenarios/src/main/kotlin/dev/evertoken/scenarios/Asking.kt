package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runInterruptible

/** How a source is asked for what it has: each of the ways that it offers. */
internal interface Asking {
    suspend fun headers(source: TokenSource, minValidMillis: Long, patienceMillis: Long?): Map<String, String>

    suspend fun token(source: TokenSource): String

    object Suspending : Asking {
        override suspend fun headers(source: TokenSource, minValidMillis: Long, patienceMillis: Long?) =
            source.headers(minValidMillis, patienceMillis)

        override suspend fun token(source: TokenSource) = source.token()
    }

    /** On a thread of its own, which is interrupted when the call is cancelled. */
    object Blocking : Asking {
        private val threads = MANY.asCoroutineDispatcher()

        override suspend fun headers(source: TokenSource, minValidMillis: Long, patienceMillis: Long?) =
            runInterruptible(threads) { source.headersBlocking(minValidMillis, patienceMillis) }

        override suspend fun token(source: TokenSource) = runInterruptible(threads) { source.tokenBlocking() }
    }

    /** By a future, which is cancelled when the call is. */
    object Future : Asking {
        override suspend fun headers(source: TokenSource, minValidMillis: Long, patienceMillis: Long?) =
            source.headersFuture(minValidMillis, patienceMillis).await()

        override suspend fun token(source: TokenSource) = source.token()
    }
}
