package dev.evertoken.jdk

import java.net.URI
import java.net.URISyntaxException
import java.net.http.HttpClient.Redirect
import java.net.http.HttpHeaders
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublisher
import java.net.http.HttpRequest.BodyPublishers

/** Follows redirects by the rules of `java.net.http`, but takes nothing along that is for one origin only. */
internal class Redirects(private val policy: Redirect, headerName: String) {
    private val ofTheOrigin = OF_THE_ORIGIN + headerName.lowercase()

    /** Returns the request that an answer to [request] redirects to; none if it is not followed. */
    fun next(request: HttpRequest, status: Int, headers: HttpHeaders): HttpRequest? {
        val target = target(request, status, headers) ?: return null
        val isGet = status == 303 && request.method() != "HEAD" || status in 301..302 && request.method() == "POST"
        val body = request.bodyPublisher().orElse(null).takeUnless { isGet }
        if (body != null && !body.isReplayable()) return null
        val dropped = buildSet {
            if (isGet) addAll(OF_THE_BODY)
            if (!request.uri().isSameOrigin(target)) addAll(ofTheOrigin)
        }
        return request.copy(target, if (isGet) "GET" else request.method(), body) { it.lowercase() !in dropped }.build()
    }

    private fun target(request: HttpRequest, status: Int, headers: HttpHeaders): URI? {
        if (policy == Redirect.NEVER || status !in STATUSES) return null
        val location = headers.firstValue("location").orElse(null) ?: return null
        val target = try {
            request.uri().resolve(URI(location))
        } catch (_: URISyntaxException) {
            return null
        }
        val (from, to) = request.uri().scheme.lowercase() to target.scheme?.lowercase()
        val isFollowed = to == "https" || to == "http" && (from == to || policy == Redirect.ALWAYS)
        return target.takeIf { isFollowed && it.host != null }
    }
}

/** Copies a request, with the headers that are kept: `HttpRequest.newBuilder(request, ..)` is of Java 16. */
internal fun HttpRequest.copy(
    uri: URI = uri(),
    method: String = method(),
    body: BodyPublisher? = bodyPublisher().orElse(null),
    keeps: (String) -> Boolean = { true },
): HttpRequest.Builder {
    val builder = HttpRequest.newBuilder(uri).expectContinue(expectContinue() && body != null)
    for ((name, values) in headers().map()) if (keeps(name)) values.forEach { builder.header(name, it) }
    timeout().ifPresent(builder::timeout)
    version().ifPresent(builder::version)
    return when {
        body != null -> builder.method(method, body)
        method == "GET" -> builder.GET()
        method == "DELETE" -> builder.DELETE()
        else -> builder.method(method, BodyPublishers.noBody())
    }
}

/** Says whether a body can be sent again: of a stream or a publisher nobody knows. */
internal fun BodyPublisher.isReplayable(): Boolean =
    contentLength() == 0L || javaClass in OF_BYTES || javaClass.name == OF_FILE

private fun URI.isSameOrigin(other: URI): Boolean =
    scheme.equals(other.scheme, ignoreCase = true) &&
        host.equals(other.host, ignoreCase = true) &&
        effectivePort() == other.effectivePort()

private fun URI.effectivePort(): Int = when {
    port >= 0 -> port
    scheme.equals("https", ignoreCase = true) -> 443
    else -> 80
}

private val STATUSES = setOf(301, 302, 303, 307, 308)
private val OF_THE_BODY = setOf("content-encoding", "content-language", "content-location", "content-type")
private val OF_THE_ORIGIN = setOf("authorization", "cookie", "proxy-authorization")
private val OF_BYTES = setOf(BodyPublishers.ofByteArray(ByteArray(0)).javaClass, BodyPublishers.ofString("").javaClass)

/** The class is Java's own, and of a file that exists. */
private const val OF_FILE = "jdk.internal.net.http.RequestPublishers\$FilePublisher"
