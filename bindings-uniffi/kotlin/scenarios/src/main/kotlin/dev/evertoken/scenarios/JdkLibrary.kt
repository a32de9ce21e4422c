package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import dev.evertoken.jdk.AuthenticatedClient
import dev.evertoken.jdk.JdkTransport
import dev.evertoken.jdk.authenticatedWith
import kotlinx.coroutines.future.await
import java.io.IOException
import java.net.Authenticator
import java.net.CookieHandler
import java.net.ProxySelector
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.net.http.HttpResponse.PushPromiseHandler
import java.time.Duration
import java.util.Optional
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import java.util.concurrent.Executor
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLParameters

/** The client that the JDK has. */
internal class JdkLibrary : Library {
    override fun transport(trust: Trust) = JdkTransport(client(trust))

    override fun calls(source: TokenSource, door: Door, trust: Trust): ClientCalls =
        JdkCalls(source, DoorClient(client(trust), door).authenticatedWith(source, HttpClient.Redirect.NORMAL))

    private fun client(trust: Trust): HttpClient = HttpClient.newBuilder().sslContext(trust.context).build()
}

private class JdkCalls(source: TokenSource, private val client: AuthenticatedClient) :
    ClientCalls(source, Asking.Future) {
    override suspend fun answer(call: Call): Returned.Answer {
        val body = call.body?.let {
            if (call.replayable) BodyPublishers.ofByteArray(it) else BodyPublishers.ofInputStream(it::inputStream)
        }
        val request = HttpRequest.newBuilder(URI(call.url)).method(call.method, body ?: BodyPublishers.noBody())
        call.headers.forEach(request::header)
        val answer = client.sendAsync(request.build(), BodyHandlers.ofString()).await()
        val headers = answer.headers().map().flatMap { (name, values) -> values.map { name.lowercase() to it } }
        return Returned.Answer(answer.statusCode(), headers, answer.body())
    }

    override fun toString() = client.toString()
}

/** A client of the JDK's, with the door before it. */
private class DoorClient(private val inner: HttpClient, private val door: Door) : HttpClient() {
    override fun <T> sendAsync(
        request: HttpRequest,
        handler: HttpResponse.BodyHandler<T>,
    ): CompletableFuture<HttpResponse<T>> = sendAsync(request, handler, null)

    override fun <T> sendAsync(
        request: HttpRequest,
        handler: HttpResponse.BodyHandler<T>,
        pushes: PushPromiseHandler<T>?,
    ): CompletableFuture<HttpResponse<T>> {
        val passage = door.begin()
        val answer = Cancelling<HttpResponse<T>>()
        door.opened().thenCompose {
            inner.sendAsync(request, handler, pushes).also(answer::of)
        }.whenComplete { response, failure ->
            if (failure == null) {
                passage.end()
                answer.complete(response)
            } else {
                val error = (failure as? CompletionException)?.cause ?: failure
                passage.fail(error)
                answer.completeExceptionally(error)
            }
        }
        return answer
    }

    override fun <T> send(request: HttpRequest, handler: HttpResponse.BodyHandler<T>): HttpResponse<T> {
        val passage = door.begin()
        try {
            door.awaitOpen()
            return inner.send(request, handler).also { passage.end() }
        } catch (error: IOException) {
            passage.fail(error)
            throw error
        }
    }

    override fun cookieHandler(): Optional<CookieHandler> = inner.cookieHandler()

    override fun connectTimeout(): Optional<Duration> = inner.connectTimeout()

    override fun followRedirects(): Redirect = inner.followRedirects()

    override fun proxy(): Optional<ProxySelector> = inner.proxy()

    override fun sslContext(): SSLContext = inner.sslContext()

    override fun sslParameters(): SSLParameters = inner.sslParameters()

    override fun authenticator(): Optional<Authenticator> = inner.authenticator()

    override fun version(): Version = inner.version()

    override fun executor(): Optional<Executor> = inner.executor()
}

/** Hands a cancellation on, which a dependent future of the JDK's does not. */
private class Cancelling<T> : CompletableFuture<T>() {
    @Volatile
    private var of: CompletableFuture<T>? = null

    fun of(other: CompletableFuture<T>) {
        of = other
        if (isCancelled) {
            other.cancel(true)
        }
    }

    override fun cancel(mayInterruptIfRunning: Boolean): Boolean {
        of?.cancel(mayInterruptIfRunning)
        return super.cancel(mayInterruptIfRunning)
    }
}
