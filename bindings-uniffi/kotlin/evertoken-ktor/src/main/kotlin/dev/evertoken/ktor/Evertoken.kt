package dev.evertoken.ktor

import dev.evertoken.Header
import dev.evertoken.TokenSource
import dev.evertoken.adapter.Adapter
import dev.evertoken.adapter.SentToken
import io.ktor.client.call.HttpClientCall
import io.ktor.client.call.replaceResponse
import io.ktor.client.content.LocalFileContent
import io.ktor.client.plugins.api.ClientPlugin
import io.ktor.client.plugins.api.Send
import io.ktor.client.plugins.api.SendingRequest
import io.ktor.client.plugins.api.createClientPlugin
import io.ktor.client.plugins.isSaved
import io.ktor.client.request.HttpRequest
import io.ktor.client.request.HttpRequestBuilder
import io.ktor.http.HttpHeaders
import io.ktor.http.content.OutgoingContent
import io.ktor.util.AttributeKey
import io.ktor.util.flattenEntries
import io.ktor.utils.io.InternalAPI
import io.ktor.utils.io.KtorDsl
import io.ktor.utils.io.copyTo
import io.ktor.utils.io.writeFully
import io.ktor.utils.io.writer
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.selects.select

/** What [Evertoken] is installed with. */
@KtorDsl
public class EvertokenConfig internal constructor() {
    /** Where tokens come from; share one. Give it a [KtorTransport]. */
    public var source: TokenSource? = null
}

/**
 * Authenticates the requests of a Ktor client: those to the API of the source get a valid token, and one whose token
 * the API rejects is sent again, once, with another.
 *
 * ```kotlin
 * val client = HttpClient { install(Evertoken) { source = tokens } }
 * ```
 *
 * Requests to anywhere else, and those with a token header of your own, pass as they are, so a client may be shared. An
 * `Accept` header is set where the API wants a media type and the request names none. A request whose body can be sent
 * only once (a channel, a multipart form) is not sent again: its caller gets the API's own answer. A redirect takes the
 * token along only within the API.
 *
 * Requests fail with an [EvertokenException][dev.evertoken.EvertokenException] when there is no token, and with Ktor's
 * own exceptions otherwise. A request that is cancelled, or meets the time-out of `HttpTimeout`, waits no longer.
 */
public val Evertoken: ClientPlugin<EvertokenConfig> = createClientPlugin("Evertoken", ::EvertokenConfig) {
    val source = requireNotNull(pluginConfig.source) { "install(Evertoken) { source = .. } has no source" }
    val authentication = Authentication(Adapter(source))
    on(Send) { request -> authentication.call(request, ::proceed) }
    on(SendingRequest) { request, _ -> authentication.hold(request) }
}

/** Puts the token on a request, and gets another one when the API rejects it. */
private class Authentication(private val adapter: Adapter) {
    suspend fun call(
        request: HttpRequestBuilder,
        send: suspend (HttpRequestBuilder) -> HttpClientCall,
    ): HttpClientCall {
        val url = request.url.buildString()
        if (request.headers[adapter.headerName] != null || !adapter.admits(url)) return send(request)
        val accept = adapter.accept(url)
        val token = request.executionContext.waitFor { adapter.token() }
        val (call, rejected) = judged(send(request.with(token, accept)), token)
        if (!rejected) return call
        val replayable = isReplayable(request.body)
        val other = request.executionContext.waitFor { adapter.recover(token, replayable, retried = false) }
            ?: return call
        val (again, rejectedToo) = judged(send(request.with(other, accept)), other)
        if (rejectedToo) adapter.recover(other, replayable, retried = true)
        return again
    }

    /** Takes the token off a request that was redirected out of the API by a plugin installed later. */
    fun hold(request: HttpRequestBuilder) {
        val token = request.attributes.getOrNull(sentToken) ?: return
        val carries = request.headers[token.headerName] == token.headerValue
        if (carries && !adapter.admits(request.url.buildString())) request.headers.remove(token.headerName)
    }

    /**
     * Makes a request of its own: a redirect is made from the given one, and is to get its token here again, or none.
     */
    @OptIn(InternalAPI::class)
    private fun HttpRequestBuilder.with(token: SentToken, accept: String?): HttpRequestBuilder =
        HttpRequestBuilder().takeFromWithExecutionContext(this).apply {
            attributes.put(sentToken, token)
            headers[token.headerName] = token.headerValue
            // Ktor itself accepts everything where nobody says what.
            if (accept != null && headers[HttpHeaders.Accept].let { it == null || it == "*/*" }) {
                headers[HttpHeaders.Accept] = accept
            }
        }

    /** Says whether an answer rejects the token; the returned call is to be used instead. */
    private suspend fun judged(call: HttpClientCall, token: SentToken): Pair<HttpClientCall, Boolean> {
        val status = call.response.status.value
        if (!adapter.inspects(status) || !carried(call.request, token)) return call to false
        val headers = call.response.headers.flattenEntries().map { (name, value) -> Header(name, value) }
        if (!adapter.readsBody(status, headers)) return call to adapter.rejects(status, headers, null)
        val (same, beginning) = call.lookedInto()
        val body = beginning.takeIf { it.size <= Adapter.LOOKED_INTO }
        return same to adapter.rejects(status, headers, body)
    }

    private fun carried(request: HttpRequest, token: SentToken): Boolean =
        request.headers[token.headerName] == token.headerValue && adapter.admits(request.url.toString())
}

private val sentToken = AttributeKey<SentToken>("EvertokenSentToken")

/** Reads the beginning of a body, and returns a call that has it still. */
@OptIn(InternalAPI::class)
private suspend fun HttpClientCall.lookedInto(): Pair<HttpClientCall, ByteArray> {
    val channel = response.rawContent
    val beginning = channel.beginning(Adapter.LOOKED_INTO + 1L)
    if (response.isSaved) return this to beginning
    val whole = replaceResponse {
        writer {
            this.channel.writeFully(beginning)
            channel.copyTo(this.channel)
        }.channel
    }
    return whole to beginning
}

/** Says whether a body can be sent again: what is written or read may have gone. */
private fun isReplayable(body: Any): Boolean = when (body) {
    is OutgoingContent.NoContent, is OutgoingContent.ByteArrayContent, is LocalFileContent -> true
    is OutgoingContent.ContentWrapper -> isReplayable(body.delegate())
    else -> false
}

/** Waits as long as a request lives: its time-out ends that, and no coroutine. */
private suspend fun <T> Job.waitFor(wait: suspend () -> T): T = coroutineScope {
    val answer = async(start = CoroutineStart.UNDISPATCHED) { wait() }
    select {
        answer.onAwait { it }
        onJoin {
            this@waitFor.ensureActive()
            throw CancellationException("the request has ended")
        }
    }
}
