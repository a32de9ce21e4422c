@file:JvmName("Authentication")

package dev.evertoken.okhttp

import dev.evertoken.Header
import dev.evertoken.TokenSource
import dev.evertoken.adapter.Adapter
import dev.evertoken.adapter.SentToken
import kotlinx.coroutines.Job
import okhttp3.Call
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.Response
import java.io.IOException
import java.io.InterruptedIOException
import java.util.concurrent.CancellationException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import kotlin.coroutines.Continuation
import kotlin.coroutines.startCoroutine

/**
 * Authenticates the calls of a client: requests to the API of [source] get a valid token, and one whose token the API
 * rejects is sent again, once, with another.
 *
 * Requests to anywhere else, and those with a token header of your own, pass as they are, so a client may be shared. An
 * `Accept` header is set where the API wants a media type and the request names none. A request whose body can be sent
 * only once (`isOneShot`, `isDuplex`) is not sent again: its caller gets the API's own answer. A redirect takes the
 * token along only within the API.
 *
 * Call it last: interceptors that were added before see one call, those that come later see each try, token included.
 * It adds an application interceptor, and a network interceptor that takes the token off a redirect out of the API.
 *
 * Calls fail with an [EvertokenException][dev.evertoken.EvertokenException], which is an [IOException], when there is
 * no token, and with OkHttp's own exceptions otherwise. A call that is cancelled, or meets its `callTimeout`, waits no
 * longer.
 *
 * @param source where tokens come from; share one. Give it an [OkHttpTransport].
 * @return this builder.
 */
public fun OkHttpClient.Builder.authenticatedWith(source: TokenSource): OkHttpClient.Builder {
    val adapter = Adapter(source)
    return addInterceptor(TokenInterceptor(adapter)).addNetworkInterceptor(TokenHold(adapter))
}

/** Puts the token on a call, and gets another one when the API rejects it. */
private class TokenInterceptor(private val adapter: Adapter) : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        if (!mayCarry(request)) return chain.proceed(request)
        val token = chain.call().waitFor { adapter.token() }
        val response = chain.proceed(request.with(token))
        val other = orClosed(response) { recovered(chain.call(), response, token, retried = false) } ?: return response
        // The call has one connection, and takes no other while an answer is open.
        response.close()
        val again = chain.proceed(request.with(other))
        orClosed(again) { recovered(chain.call(), again, other, retried = true) }
        return again
    }

    private fun mayCarry(request: Request): Boolean =
        request.header(adapter.headerName) == null && adapter.admits(request.url.toString()) && mayBeRedirected(request)

    /**
     * Web sockets pass by [TokenHold], and OkHttp itself takes nothing but `Authorization` off a request that is
     * redirected.
     */
    private fun mayBeRedirected(request: Request): Boolean =
        request.header("Upgrade") == null || adapter.headerName.equals("Authorization", ignoreCase = true)

    private fun Request.with(token: SentToken): Request {
        // Libraries above OkHttp accept everything where nobody says what.
        val isOpen = header("Accept").let { it == null || it == "*/*" }
        val accept = if (isOpen) adapter.accept(url.toString()) else null
        return newBuilder()
            .tag(SentToken::class.java, token)
            .header(token.headerName, token.headerValue)
            .apply { if (accept != null) header("Accept", accept) }
            .build()
    }

    /** Reports an answer that rejects the token; returns the token for a second try. */
    private fun recovered(call: Call, response: Response, token: SentToken, retried: Boolean): SentToken? {
        if (!adapter.inspects(response.code) || !carried(response.request, token) || !rejects(response)) return null
        val body = response.request.body
        val replayable = body == null || !(body.isOneShot() || body.isDuplex())
        return call.waitFor { adapter.recover(token, replayable, retried) }
    }

    private fun carried(request: Request, token: SentToken): Boolean =
        request.header(token.headerName) == token.headerValue && adapter.admits(request.url.toString())

    private fun rejects(response: Response): Boolean {
        val headers = response.headers.map { (name, value) -> Header(name, value) }
        val body = if (adapter.readsBody(response.code, headers)) response.beginning() else null
        return adapter.rejects(response.code, headers, body)
    }
}

/** Takes the token off a request that a redirect leads out of the API. */
private class TokenHold(private val adapter: Adapter) : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val request = chain.request()
        val token = request.tag(SentToken::class.java)
        val strays = token != null &&
            request.header(token.headerName) == token.headerValue &&
            !adapter.admits(request.url.toString())
        return chain.proceed(if (strays) request.newBuilder().removeHeader(adapter.headerName).build() else request)
    }
}

/** Returns a body that is short enough to be looked into; the caller reads it all the same. */
private fun Response.beginning(): ByteArray? = try {
    peekBody(Adapter.LOOKED_INTO + 1L).bytes().takeIf { it.size <= Adapter.LOOKED_INTO }
} catch (_: IOException) {
    // The caller meets the broken body itself.
    null
}

private inline fun <T> orClosed(response: Response, block: () -> T): T = try {
    block()
} catch (e: Throwable) {
    response.close()
    throw e
}

/**
 * Waits in the thread of a call, as long as the call is not cancelled: OkHttp tells that to nobody who does not ask.
 *
 * No dispatcher has a part in it: the event loop of an unconfined coroutine that makes the call would wait for this
 * thread.
 */
private fun <T> Call.waitFor(wait: suspend () -> T): T {
    val job = Job()
    val answer = CompletableFuture<T>()
    wait.startCoroutine(Continuation(job) { it.fold(answer::complete, answer::completeExceptionally) })
    while (true) {
        try {
            return answer.get(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS)
        } catch (_: TimeoutException) {
            if (isCanceled()) {
                job.cancel()
                throw IOException("Canceled")
            }
        } catch (_: InterruptedException) {
            job.cancel()
            Thread.currentThread().interrupt()
            throw InterruptedIOException("interrupted")
        } catch (e: ExecutionException) {
            throw e.cause ?: e
        } catch (e: CancellationException) {
            throw IOException("Canceled", e)
        }
    }
}

private const val BETWEEN_LOOKS_MILLIS = 50L
