package dev.evertoken

import dev.evertoken.internal.UrlCall
import dev.evertoken.internal.sendOnce
import kotlinx.coroutines.Dispatchers
import java.net.HttpURLConnection
import java.net.URL

/**
 * Sends token requests with [HttpURLConnection], which both Android and the JVM have; a source's default.
 *
 * Each goes over a connection of its own, which may take 30 s to connect and 60 s between two bytes, unless `open` sets
 * other limits. A program that has set a default [java.net.CookieHandler] gives its cookies to all such
 * connections. Over plain http, which only reaches this machine, the JDK sends a request once more when its connection
 * breaks, unless the system property `sun.net.http.retryPost` is `false`. The transports of HTTP libraries do neither.
 *
 * @param open opens the connection to a URL, for a proxy, a socket factory, or another implementation.
 */
public class UrlConnectionTransport @JvmOverloads constructor(
    private val open: (URL) -> HttpURLConnection = { it.openConnection() as HttpURLConnection },
) : Transport {
    override suspend fun send(request: TokenRequest): TokenAnswer {
        val connection = open(URL(request.url))
        connection.sendOnce(request.body?.size)
        val body = request.body?.inputStream()
        val limit = request.bodyLimitBytes
        val call = UrlCall(connection, request.method, request.headers, body, limit, THREADS, keepsConnection = false)
        val answer = call.send()
        return TokenAnswer(answer.status, answer.headers, answer.body, answer.truncated)
    }

    override fun toString(): String = "UrlConnectionTransport"

    private companion object {
        const val REQUESTS = 64
        val THREADS = Dispatchers.IO.limitedParallelism(REQUESTS, "evertoken-requests")
    }
}
