package dev.evertoken.okhttp

import dev.evertoken.Header
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenRequest
import dev.evertoken.Transport
import kotlinx.coroutines.suspendCancellableCoroutine
import okhttp3.Authenticator
import okhttp3.Call
import okhttp3.Callback
import okhttp3.ConnectionPool
import okhttp3.CookieJar
import okhttp3.Dispatcher
import okhttp3.EventListener
import okhttp3.MediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.Response
import okio.BufferedSink
import java.io.IOException
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import kotlin.coroutines.resumeWithException

/**
 * Sends token requests with OkHttp, by the way to the network that a client of yours has.
 *
 * The client is a private one, with the proxy, DNS, sockets, TLS and connect timeout of `base`, and without its
 * interceptors, authenticator, event listener, cache and redirects. Its dispatcher and its connections are its own:
 * calls of `base` that wait for a token may fill the dispatcher of `base`, and would wait for ever for a token request
 * behind them. Cookies of `base` go along only with the requests of a [broker][dev.evertoken.broker], to the broker's
 * own origin.
 *
 * @param base the client to be like; it stays as it is.
 */
public class OkHttpTransport(base: OkHttpClient) : Transport {
    private val client = base.newBuilder()
        .apply {
            interceptors().clear()
            networkInterceptors().clear()
        }
        .dispatcher(ownDispatcher())
        .connectionPool(ConnectionPool(maxIdleConnections = 0, keepAliveDuration = 1, TimeUnit.SECONDS))
        .eventListener(EventListener.NONE)
        .authenticator(Authenticator.NONE)
        .cookieJar(CookieJar.NO_COOKIES)
        .cache(null)
        .followRedirects(false)
        .followSslRedirects(false)
        // How long a request may take is the source's to say: it cancels.
        .callTimeout(0, TimeUnit.MILLISECONDS)
        .readTimeout(0, TimeUnit.MILLISECONDS)
        .writeTimeout(0, TimeUnit.MILLISECONDS)
        .build()

    private val withCookies = client.newBuilder().cookieJar(base.cookieJar).build()

    /**
     * Sends one token request; the source calls it.
     *
     * @throws IOException when there is no answer.
     */
    override suspend fun send(request: TokenRequest): TokenAnswer {
        val call = (if (request.sameOriginCookies) withCookies else client).newCall(request.forOkHttp())
        return suspendCancellableCoroutine { continuation ->
            continuation.invokeOnCancellation { call.cancel() }
            call.enqueue(object : Callback {
                override fun onResponse(call: Call, response: Response) {
                    val answer = runCatching { response.use { it.answer(request.bodyLimitBytes, call) } }
                    continuation.resumeWith(answer)
                }

                override fun onFailure(call: Call, e: IOException) {
                    continuation.resumeWithException(e)
                }
            })
        }
    }

    override fun toString(): String = "OkHttpTransport()"
}

private fun ownDispatcher(): Dispatcher {
    // OkHttp's own threads would keep a program that has ended alive for a minute.
    val threads = Executors.newCachedThreadPool { task -> Thread(task, "evertoken okhttp").apply { isDaemon = true } }
    return Dispatcher(threads).apply {
        maxRequests = Int.MAX_VALUE
        maxRequestsPerHost = Int.MAX_VALUE
    }
}

private fun TokenRequest.forOkHttp(): Request {
    val body = if (method == "GET" || method == "HEAD") null else SentOnce(body ?: ByteArray(0))
    return Request.Builder().url(url).method(method, body)
        .apply { headers.forEach { addHeader(it.name, it.value) } }
        .build()
}

private fun Response.answer(limitBytes: Long, call: Call): TokenAnswer {
    val source = body.source()
    val truncated = source.request(limitBytes + 1)
    val bytes = source.buffer.readByteArray(minOf(limitBytes, source.buffer.size))
    // Closing reads on for a while, for the sake of the connection.
    if (truncated) call.cancel()
    return TokenAnswer(code, headers.map { (name, value) -> Header(name, value) }, bytes, truncated)
}

/** OkHttp sends any other body again by itself when a connection breaks. */
private class SentOnce(private val bytes: ByteArray) : RequestBody() {
    override fun contentType(): MediaType? = null

    override fun contentLength(): Long = bytes.size.toLong()

    override fun isOneShot(): Boolean = true

    override fun writeTo(sink: BufferedSink) {
        sink.write(bytes)
    }
}
