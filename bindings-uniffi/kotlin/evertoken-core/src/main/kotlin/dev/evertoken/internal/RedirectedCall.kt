package dev.evertoken.internal

import dev.evertoken.ApiAnswer
import dev.evertoken.Header
import dev.evertoken.adapter.Adapter
import dev.evertoken.adapter.SentToken
import kotlinx.coroutines.Dispatchers
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URL

/** The body of a request. */
internal sealed class Payload {
    class Bytes(val bytes: ByteArray) : Payload()

    class Stream(val stream: InputStream) : Payload()
}

/** A request that follows redirects hop by hop; the token goes along only where it may. */
internal class RedirectedCall(
    private val adapter: Adapter,
    private val open: (URL) -> HttpURLConnection,
    private val method: String,
    private val url: String,
    private val headers: List<Header>,
    private val payload: Payload?,
) {
    val isReplayable: Boolean get() = payload !is Payload.Stream

    /** Says whether the last request, at the end of all redirects, had our token. */
    var carriedToken: Boolean = false
        private set

    suspend fun send(token: SentToken?): ApiAnswer {
        var hop = Hop(URL(url), method, headers, payload)
        repeat(LONGEST) {
            carriedToken = token != null && adapter.admits(hop.url.toString())
            val answer = exchange(hop, token.takeIf { carriedToken })
            val location = answer.header("Location")
            if (answer.status !in REDIRECTS || location == null) return answer
            hop = hop.redirected(answer.status, location, adapter.headerName)
        }
        throw IOException("too many redirects")
    }

    private suspend fun exchange(hop: Hop, token: SentToken?): ApiAnswer {
        val connection = open(hop.url)
        val carried = listOfNotNull(token?.let { Header(it.headerName, it.headerValue) })
        val body = when (val payload = hop.payload) {
            null -> null
            is Payload.Bytes -> payload.bytes.inputStream()
            is Payload.Stream -> payload.stream.also { connection.setChunkedStreamingMode(0) }
        }
        // One with a body that streams is not sent again anyway.
        if (hop.method in SENT_ONCE && hop.payload !is Payload.Stream) {
            connection.sendOnce((hop.payload as? Payload.Bytes)?.bytes?.size)
        }
        val headers = hop.headers + carried
        val call = UrlCall(connection, hop.method, headers, body, Long.MAX_VALUE, THREADS, keepsConnection = true)
        val answer = call.send()
        return ApiAnswer(answer.status, answer.headers, answer.body)
    }

    private class Hop(val url: URL, val method: String, val headers: List<Header>, val payload: Payload?) {
        fun redirected(status: Int, location: String, tokenHeader: String): Hop {
            val target = URL(url, location)
            if (target.protocol !in setOf("https", "http")) throw IOException("a redirect leads to no http URL")
            if (url.protocol == "https" && target.protocol != "https") {
                throw IOException("a redirect leads away from https")
            }
            val isGet = if (status == SEE_OTHER) method != "HEAD" else status < SEE_OTHER && method == "POST"
            if (!isGet && payload is Payload.Stream) {
                throw IOException("a redirect asks for a body again that cannot be sent again")
            }
            val dropped = (if (isGet) OF_THE_BODY else emptySet()) +
                (if (sameOrigin(target)) emptySet() else OF_THE_ORIGIN + tokenHeader.lowercase())
            return Hop(
                target,
                if (isGet) "GET" else method,
                headers.filter { it.name.lowercase() !in dropped },
                payload.takeIf { !isGet },
            )
        }

        private fun sameOrigin(other: URL): Boolean =
            url.protocol == other.protocol &&
                url.host.equals(other.host, ignoreCase = true) &&
                url.portOrOwn() == other.portOrOwn()

        private fun URL.portOrOwn(): Int = if (port < 0) defaultPort else port
    }

    private companion object {
        const val CALLS = 64
        val THREADS = Dispatchers.IO.limitedParallelism(CALLS, "evertoken-calls")
        const val LONGEST = 20
        const val SEE_OTHER = 303
        val REDIRECTS = setOf(301, 302, SEE_OTHER, 307, 308)

        /** The platform would send them again where a connection that was kept alive breaks. */
        val SENT_ONCE = setOf("POST", "PATCH")

        /** What describes a body that is not sent again. */
        val OF_THE_BODY =
            setOf("content-encoding", "content-language", "content-length", "content-location", "content-type")

        /** What never crosses to another origin. */
        val OF_THE_ORIGIN = setOf("authorization", "cookie", "host", "proxy-authorization")
    }
}
