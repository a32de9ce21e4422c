package dev.evertoken.ktor

import dev.evertoken.Header
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenRequest
import dev.evertoken.Transport
import io.ktor.client.HttpClient
import io.ktor.client.plugins.HttpTimeout
import io.ktor.client.plugins.HttpTimeoutCapability
import io.ktor.client.plugins.HttpTimeoutConfig
import io.ktor.client.plugins.cookies.cookies
import io.ktor.client.request.header
import io.ktor.client.request.prepareRequest
import io.ktor.client.request.setBody
import io.ktor.client.statement.HttpResponse
import io.ktor.client.statement.bodyAsChannel
import io.ktor.http.ContentType
import io.ktor.http.HttpHeaders
import io.ktor.http.HttpMethod
import io.ktor.http.content.OutgoingContent
import io.ktor.http.contentLength
import io.ktor.http.renderCookieHeader
import io.ktor.util.flattenEntries
import io.ktor.utils.io.ByteReadChannel
import io.ktor.utils.io.ByteWriteChannel
import io.ktor.utils.io.readAvailable
import io.ktor.utils.io.writeFully
import java.io.ByteArrayOutputStream
import java.io.IOException

/**
 * Sends token requests over the engine of a Ktor client, with the engine's proxy and TLS settings.
 *
 * No plugin of the client sees them, and no redirect is followed. Cookies of the client's `HttpCookies` go along only
 * with the requests of a [broker][dev.evertoken.broker], to the broker's own origin.
 *
 * The engine stays the client's: close the source before the client.
 *
 * @param client the client whose engine is used.
 */
public class KtorTransport(private val client: HttpClient) : Transport {
    private val own = HttpClient(client.engine) {
        followRedirects = false
        expectSuccess = false
        // How long a request may take is the source's to say: it cancels.
        if (client.isSupported(HttpTimeoutCapability)) {
            install(HttpTimeout) {
                requestTimeoutMillis = HttpTimeoutConfig.INFINITE_TIMEOUT_MS
                socketTimeoutMillis = HttpTimeoutConfig.INFINITE_TIMEOUT_MS
            }
        }
    }

    /**
     * Sends one token request; the source calls it.
     *
     * @throws java.io.IOException when there is no answer, or what else the engine throws then.
     */
    override suspend fun send(request: TokenRequest): TokenAnswer {
        val cookies = if (request.sameOriginCookies) client.cookies(request.url) else emptyList()
        val statement = own.prepareRequest(request.url) {
            method = HttpMethod(request.method)
            request.headers.filterNot { it.describesBody() }.forEach { header(it.name, it.value) }
            if (cookies.isNotEmpty()) {
                header(HttpHeaders.Cookie, cookies.joinToString("; ", transform = ::renderCookieHeader))
            }
            if (method != HttpMethod.Get && method != HttpMethod.Head) setBody(SentOnce(request))
        }
        return statement.execute { it.answer(request.bodyLimitBytes) }
    }

    override fun toString(): String = "KtorTransport()"
}

private fun Header.describesBody(): Boolean =
    name.equals(HttpHeaders.ContentType, ignoreCase = true) || name.equals(HttpHeaders.ContentLength, ignoreCase = true)

private suspend fun HttpResponse.answer(limitBytes: Long): TokenAnswer {
    val bytes = bodyAsChannel().beginning(limitBytes + 1)
    val truncated = bytes.size > limitBytes
    // With some engines a body that breaks off ends like a whole one.
    if (!truncated && bytes.size < (contentLength() ?: 0)) throw IOException("the answer broke off")
    val headers = headers.flattenEntries().map { (name, value) -> Header(name, value) }
    return TokenAnswer(status.value, headers, if (truncated) bytes.copyOf(limitBytes.toInt()) else bytes, truncated)
}

/** Reads so many bytes, or what there is. */
internal suspend fun ByteReadChannel.beginning(limitBytes: Long): ByteArray {
    val bytes = ByteArrayOutputStream()
    val chunk = ByteArray(CHUNK_BYTES)
    while (bytes.size() < limitBytes) {
        val read = readAvailable(chunk, 0, minOf(chunk.size.toLong(), limitBytes - bytes.size()).toInt())
        if (read < 0) break
        bytes.write(chunk, 0, read)
    }
    return bytes.toByteArray()
}

/** Engines send bytes that they hold again by themselves when a connection breaks, but not what is written to them. */
private class SentOnce(request: TokenRequest) : OutgoingContent.WriteChannelContent() {
    private val bytes = request.body ?: ByteArray(0)

    override val contentLength: Long = bytes.size.toLong()

    override val contentType: ContentType? =
        request.headers.find { it.name.equals(HttpHeaders.ContentType, ignoreCase = true) }
            ?.let { ContentType.parse(it.value) }

    override suspend fun writeTo(channel: ByteWriteChannel) {
        channel.writeFully(bytes)
    }
}

private const val CHUNK_BYTES = 8 * 1024
