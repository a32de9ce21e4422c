package dev.evertoken

import dev.evertoken.internal.UrlCall
import dev.evertoken.internal.sendOnce
import java.net.HttpURLConnection
import java.net.URL

/**
 * Sends token requests with [HttpURLConnection], which both Android and the JVM have; a source's default.
 *
 * Each goes over a connection of its own. A program that has set a default [java.net.CookieHandler] gives its cookies
 * to all such connections, and the JDK sends a request over plain http, which only reaches this machine, once more
 * when its connection breaks; the transports of HTTP libraries do neither.
 *
 * @param open opens the connection to a URL, for a proxy, a socket factory, or another implementation.
 */
public class UrlConnectionTransport @JvmOverloads constructor(
    private val open: (URL) -> HttpURLConnection = { it.openConnection() as HttpURLConnection },
) : Transport {
    override suspend fun send(request: TokenRequest): TokenAnswer {
        val connection = open(URL(request.url))
        connection.sendOnce(request.body?.size)
        val call = UrlCall(connection, request.method, request.headers, request.body?.inputStream(), request.bodyLimitBytes)
        try {
            val answer = call.send()
            return TokenAnswer(answer.status, answer.headers, answer.body, answer.truncated)
        } finally {
            connection.disconnect()
        }
    }

    override fun toString(): String = "UrlConnectionTransport"
}
