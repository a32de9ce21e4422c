package dev.evertoken

import dev.evertoken.adapter.Adapter
import dev.evertoken.adapter.SentToken
import dev.evertoken.internal.Payload
import dev.evertoken.internal.RedirectedCall
import dev.evertoken.internal.blocking
import dev.evertoken.internal.invalidOption
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.URL

/**
 * Calls an API with valid tokens over [HttpURLConnection], for programs without an HTTP library.
 *
 * A call that the API rejects gets another token and is sent once more, if it can be. Redirects are followed, but none
 * away from https, and the token goes along only where it may. Answers are read whole. Connecting may take 30 s, and the
 * next byte 60 s, unless `open` sets other limits. The JDK refuses `PATCH`, and hides the body of a 401 to a request
 * whose body streams.
 *
 * @param source where the tokens come from.
 * @param open opens the connection to a URL, for time-outs, a proxy, a socket factory, or another implementation.
 */
public class UrlConnectionClient @JvmOverloads constructor(
    private val source: TokenSource,
    private val open: (URL) -> HttpURLConnection = { it.openConnection() as HttpURLConnection },
) {
    private val adapter = Adapter(source)

    /**
     * Sends a request and returns the answer of any status.
     *
     * @param pathOrUrl a path of the API, as the vendor's documentation prints it, or a URL of the API.
     * @param headers replace what would be sent; one that carries a token of its own is left alone.
     * @param body is refused for `GET` and `HEAD`.
     * @throws EvertokenException if there is no token, and with `origin_not_allowed` for what is outside of the API.
     * @throws IOException if no answer comes.
     */
    @JvmSynthetic
    public suspend fun send(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String> = emptyMap(),
        body: ByteArray? = null,
    ): ApiAnswer = call(method, pathOrUrl, headers, body?.let(Payload::Bytes))

    /**
     * Sends a request with a body that is read while it is sent, and so cannot be sent again.
     *
     * @param body is closed at the end.
     * @throws EvertokenException if there is no token, and with `origin_not_allowed` for what is outside of the API.
     * @throws IOException if no answer comes.
     */
    @JvmSynthetic
    public suspend fun send(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String> = emptyMap(),
        body: InputStream,
    ): ApiAnswer = body.use { call(method, pathOrUrl, headers, Payload.Stream(it)) }

    /**
     * Does what [send] does, blocking this thread.
     *
     * @throws EvertokenException if there is no token, and with `origin_not_allowed` for what is outside of the API.
     * @throws IOException if no answer comes.
     * @throws InterruptedException if the thread is interrupted.
     */
    @JvmOverloads
    @Throws(IOException::class, InterruptedException::class)
    public fun sendBlocking(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String> = emptyMap(),
        body: ByteArray? = null,
    ): ApiAnswer = blocking { send(method, pathOrUrl, headers, body) }

    /**
     * Does what [send] does with a body that is read while it is sent, blocking this thread.
     *
     * @throws EvertokenException if there is no token, and with `origin_not_allowed` for what is outside of the API.
     * @throws IOException if no answer comes.
     * @throws InterruptedException if the thread is interrupted.
     */
    @Throws(IOException::class, InterruptedException::class)
    public fun sendBlocking(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String>,
        body: InputStream,
    ): ApiAnswer = blocking { send(method, pathOrUrl, headers, body) }

    private suspend fun call(
        method: String,
        pathOrUrl: String,
        headers: Map<String, String>,
        body: Payload?,
    ): ApiAnswer {
        if (body != null && method in WITHOUT_BODY) {
            throw invalidOption("body: a $method has none", "Leave it out, or send it with another method, as POST.")
        }
        val url = source.url(pathOrUrl)
        val accepted = adapter.accept(url)?.takeIf { headers.none { (name, _) -> name.equals("Accept", true) } }
        val given = headers.map { (name, value) -> Header(name, value) } +
            listOfNotNull(accepted?.let { Header("Accept", it) })
        val call = RedirectedCall(adapter, open, method, url, given, body)
        if (given.any { it.name.equals(adapter.headerName, ignoreCase = true) }) return call.send(null)
        val token = adapter.token()
        val answer = call.send(token)
        val other = recovered(call, answer, token, retried = false) ?: return answer
        val again = call.send(other)
        recovered(call, again, other, retried = true)
        return again
    }

    /** Reports an answer that rejects the token; returns the token for a second try. */
    private suspend fun recovered(
        call: RedirectedCall,
        answer: ApiAnswer,
        sent: SentToken,
        retried: Boolean,
    ): SentToken? {
        if (!call.carriedToken || !adapter.inspects(answer.status)) return null
        val body = answer.body.takeIf { it.size <= Adapter.LOOKED_INTO }
        if (!adapter.rejects(answer.status, answer.headers, body)) return null
        return adapter.recover(sent, call.isReplayable, retried)
    }

    private companion object {
        /** The platform would make a POST of a GET with a body. */
        val WITHOUT_BODY = setOf("GET", "HEAD")
    }
}
