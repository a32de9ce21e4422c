package dev.evertoken.jdk

import dev.evertoken.Header
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenRequest
import dev.evertoken.Transport
import java.io.IOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpClient.Redirect
import java.net.http.HttpHeaders
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration

/**
 * Sends token requests with `java.net.http`, by the way to the network that a client of yours has.
 *
 * The client is a private one, with the proxy, TLS settings, HTTP version and connect time-out of `base`, and without
 * its executor, redirects and authenticator (with which Java answers a 401 by an exception of its own: behind a proxy
 * that wants a password, give the source another transport). Cookies of `base` go along only with the requests of a
 * [broker][dev.evertoken.broker], to the broker's own origin.
 *
 * A request may take 60 s until its answer begins: before Java 16 cancelling a request only ends the wait for it.
 *
 * @param base the client to be like; it stays as it is.
 */
public class JdkTransport(base: HttpClient) : Transport {
    private val client = base.like().build()
    private val withCookies = base.cookieHandler().map { base.like().cookieHandler(it).build() }.orElse(client)

    /**
     * Sends one token request; the source calls it.
     *
     * @throws IOException when there is no answer.
     */
    override suspend fun send(request: TokenRequest): TokenAnswer {
        val sending = if (request.sameOriginCookies) withCookies else client
        val response = sending.await(request.forJdk(), BodyHandlers.ofPublisher())
        val body = OpenBody(response.body(), request.bodyLimitBytes)
        val bytes = try {
            body.beginning()
        } finally {
            body.drop()
        }
        val limit = request.bodyLimitBytes.toInt()
        val truncated = bytes.size > limit
        val read = if (truncated) bytes.copyOf(limit) else bytes
        return TokenAnswer(response.statusCode(), response.headers().list(), read, truncated)
    }

    override fun toString(): String = "JdkTransport()"
}

private fun HttpClient.like(): HttpClient.Builder {
    val builder = HttpClient.newBuilder()
        .followRedirects(Redirect.NEVER)
        .version(version())
        .sslContext(sslContext())
        .sslParameters(sslParameters())
    connectTimeout().ifPresent(builder::connectTimeout)
    proxy().ifPresent(builder::proxy)
    return builder
}

private fun TokenRequest.forJdk(): HttpRequest {
    val builder = HttpRequest.newBuilder(URI(url)).timeout(LIMIT)
    headers.forEach { builder.header(it.name, it.value) }
    return builder.method(method, body?.let(BodyPublishers::ofByteArray) ?: BodyPublishers.noBody()).build()
}

internal fun HttpHeaders.list(): List<Header> = map().flatMap { (name, values) -> values.map { Header(name, it) } }

private val LIMIT = Duration.ofSeconds(60)
