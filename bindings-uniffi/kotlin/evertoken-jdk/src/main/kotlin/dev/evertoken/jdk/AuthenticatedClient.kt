@file:JvmName("Authentication")

package dev.evertoken.jdk

import dev.evertoken.TokenSource
import dev.evertoken.adapter.Adapter
import dev.evertoken.adapter.SentToken
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.future.future
import kotlinx.coroutines.withTimeoutOrNull
import java.io.IOException
import java.net.http.HttpClient
import java.net.http.HttpClient.Redirect
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandler
import java.net.http.HttpResponse.BodySubscribers
import java.net.http.HttpResponse.ResponseInfo
import java.net.http.HttpTimeoutException
import java.nio.ByteBuffer
import java.util.Optional
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.Flow
import kotlin.coroutines.Continuation
import kotlin.coroutines.startCoroutine

/**
 * Returns a client that authenticates what it sends with this one: requests to the API of [source] get a valid token,
 * and one whose token the API rejects is sent again, once, with another.
 *
 * Requests to anywhere else, and those with a token header of your own, pass as they are. An `Accept` header is set
 * where the API wants a media type and the request names none. A request whose body can be sent only once (an input
 * stream, a publisher of yours) is not sent again: its caller gets the API's own answer.
 *
 * @param source where tokens come from; share one. Give it a [JdkTransport].
 * @param redirects which redirects are followed; the token goes along only within the API. This client must follow none
 * by itself, because Java takes headers along to anywhere.
 * @throws IllegalArgumentException when this client follows redirects, or has an authenticator, with which Java leaves
 * `Authorization` headers out.
 */
@JvmOverloads
public fun HttpClient.authenticatedWith(
    source: TokenSource,
    redirects: Redirect = Redirect.NEVER,
): AuthenticatedClient {
    require(followRedirects() == Redirect.NEVER) {
        "The HttpClient follows redirects and would take the token along to anywhere: build it with Redirect.NEVER, " +
            "and say here which are followed, as in authenticatedWith(source, Redirect.NORMAL)."
    }
    require(authenticator().isEmpty) {
        "The HttpClient has an authenticator, with which Java leaves out Authorization headers: build it without one."
    }
    return AuthenticatedClient(this, Adapter(source), redirects)
}

/**
 * Sends requests with a valid token, as `HttpClient` sends them; [authenticatedWith] makes it.
 *
 * What is sent fails with an [EvertokenException][dev.evertoken.EvertokenException], which is an [IOException], when
 * there is no token, and with the exceptions of `HttpClient` otherwise. The time-out of a request ends its wait for a
 * token, too.
 */
public class AuthenticatedClient internal constructor(
    private val client: HttpClient,
    private val adapter: Adapter,
    redirects: Redirect,
) {
    private val redirects = Redirects(redirects, adapter.headerName)

    /**
     * Sends a request and blocks until its answer is there.
     *
     * @throws IOException when there is no token or no answer.
     * @throws InterruptedException when the thread is interrupted; the request is cancelled.
     */
    @Throws(IOException::class, InterruptedException::class)
    public fun <T> send(request: HttpRequest, handler: BodyHandler<T>): HttpResponse<T> {
        val job = Job()
        val answer = CompletableFuture<HttpResponse<T>>()
        val wait: suspend () -> HttpResponse<T> = { await(request, handler) }
        // No dispatcher has a part in it: the event loop of an unconfined coroutine would wait for this thread.
        wait.startCoroutine(Continuation(job) { it.fold(answer::complete, answer::completeExceptionally) })
        try {
            return answer.get()
        } catch (e: InterruptedException) {
            job.cancel()
            throw e
        } catch (e: ExecutionException) {
            throw e.cause ?: e
        }
    }

    /** Sends a request; cancelling the future cancels the request, as far as this version of Java can. */
    public fun <T> sendAsync(request: HttpRequest, handler: BodyHandler<T>): CompletableFuture<HttpResponse<T>> =
        // Undispatched, so that a source notices its own transport in this thread.
        CoroutineScope(THREADS).future(start = CoroutineStart.UNDISPATCHED) { await(request, handler) }

    /**
     * Sends a request and suspends until its answer is there; it is cancelled with the coroutine.
     *
     * @throws IOException when there is no token or no answer.
     */
    @JvmSynthetic
    public suspend fun <T> await(request: HttpRequest, handler: BodyHandler<T>): HttpResponse<T> {
        var hop = request
        var previous: HttpResponse<T>? = null
        repeat(MOST_REDIRECTS) {
            val response = exchanged(hop, handler)
            val next = redirects.next(hop, response.statusCode(), response.headers())
                ?: return response.answer(previous, handler)
            response.drop()
            previous = Answer(response, null, previous)
            hop = next
        }
        return exchanged(hop, handler).answer(previous, handler)
    }

    private suspend fun <T> exchanged(request: HttpRequest, handler: BodyHandler<T>): HttpResponse<Body<T>> {
        if (!mayCarry(request)) return client.await(request, opening(request, handler, isOurs = false))
        val token = within(request) { adapter.token() }
            ?: throw HttpTimeoutException("request timed out: no token came in time")
        val response = client.await(request.with(token), opening(request, handler, isOurs = true))
        if (!rejects(response)) return response
        val replayable = request.bodyPublisher().map { it.isReplayable() }.orElse(true)
        val other = within(request) { adapter.recover(token, replayable, retried = false) } ?: return response
        response.drop()
        val again = client.await(request.with(other), opening(request, handler, isOurs = true))
        if (rejects(again)) adapter.recover(other, replayable, retried = true)
        return again
    }

    private fun mayCarry(request: HttpRequest): Boolean =
        request.headers().firstValue(adapter.headerName).isEmpty && adapter.admits(request.uri().toString())

    private fun HttpRequest.with(token: SentToken): HttpRequest {
        val builder = copy().setHeader(token.headerName, token.headerValue)
        val accept = if (headers().firstValue("accept").isEmpty) adapter.accept(uri().toString()) else null
        return (if (accept == null) builder else builder.setHeader("Accept", accept)).build()
    }

    /** Leaves the body of an answer open that may not be the caller's. */
    private fun <T> opening(
        request: HttpRequest,
        handler: BodyHandler<T>,
        isOurs: Boolean,
    ) = BodyHandler<Body<T>> { info ->
        val isLookedInto = isOurs && adapter.inspects(info.statusCode())
        if (isLookedInto || redirects.next(request, info.statusCode(), info.headers()) != null) {
            BodySubscribers.mapping(BodySubscribers.ofPublisher()) { Body.Open(info, it) }
        } else {
            BodySubscribers.mapping(handler.apply(info)) { Body.Read(it) }
        }
    }

    private suspend fun <T> rejects(response: HttpResponse<Body<T>>): Boolean {
        val status = response.statusCode()
        if (!adapter.inspects(status)) return false
        val headers = response.headers().list()
        val open = response.body() as? Body.Open
        val body = if (open != null && adapter.readsBody(status, headers)) open.beginning() else null
        return adapter.rejects(status, headers, body)
    }
}

/** What came of a body: the caller's handler has read it, or nobody yet. */
private sealed class Body<T> {
    class Read<T>(val value: T) : Body<T>()

    class Open<T>(val info: ResponseInfo, publisher: Flow.Publisher<List<ByteBuffer>>) : Body<T>() {
        val content = OpenBody(publisher, Adapter.LOOKED_INTO.toLong())

        suspend fun beginning(): ByteArray? = try {
            content.beginning().takeIf { it.size <= Adapter.LOOKED_INTO }
        } catch (_: IOException) {
            // The caller meets the broken body itself.
            null
        }
    }
}

private suspend fun <T> HttpResponse<Body<T>>.answer(
    previous: HttpResponse<T>?,
    handler: BodyHandler<T>,
): HttpResponse<T> {
    val value = when (val body = body()) {
        is Body.Read -> body.value
        is Body.Open -> body.content.passTo(handler.apply(body.info))
    }
    return Answer(this, value, previous)
}

private fun <T> HttpResponse<Body<T>>.drop() {
    (body() as? Body.Open)?.content?.drop()
}

private class Answer<T>(
    private val response: HttpResponse<*>,
    private val body: T?,
    private val previous: HttpResponse<T>?,
) : HttpResponse<T> {
    override fun statusCode() = response.statusCode()

    override fun request(): HttpRequest = response.request()

    override fun previousResponse(): Optional<HttpResponse<T>> = Optional.ofNullable(previous)

    override fun headers() = response.headers()

    @Suppress("UNCHECKED_CAST")
    override fun body(): T = body as T

    override fun sslSession() = response.sslSession()

    override fun uri() = response.uri()

    override fun version() = response.version()

    override fun toString(): String = response.toString()
}

/** Waits no longer than the request may take; none if that is over. */
private suspend fun <T> within(request: HttpRequest, wait: suspend () -> T): T? {
    val limit = request.timeout().orElse(null) ?: return wait()
    return withTimeoutOrNull(limit.toMillis()) { wait() }
}

private const val MOST_REDIRECTS = 20
private const val ANSWERS = 64

/** What comes after an answer may block. */
private val THREADS = Dispatchers.IO.limitedParallelism(ANSWERS, "evertoken-jdk")
