package dev.evertoken.jdk

import kotlinx.coroutines.suspendCancellableCoroutine
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandler
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/** Sends a request; it is cancelled with the coroutine (by Java 16 and newer: older ones only stop to wait). */
internal suspend fun <T> HttpClient.await(request: HttpRequest, handler: BodyHandler<T>): HttpResponse<T> =
    sendAsync(request, handler).awaited()

internal suspend fun <T> CompletableFuture<T>.awaited(): T = suspendCancellableCoroutine { continuation ->
    continuation.invokeOnCancellation { cancel(true) }
    whenComplete { value, failure ->
        if (failure == null) {
            continuation.resume(value)
        } else {
            continuation.resumeWithException((failure as? CompletionException)?.cause ?: failure)
        }
    }
}
