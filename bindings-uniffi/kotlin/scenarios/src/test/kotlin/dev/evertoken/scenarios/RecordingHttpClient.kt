package dev.evertoken.scenarios

import java.net.Authenticator
import java.net.CookieHandler
import java.net.ProxySelector
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpHeaders
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.ByteBuffer
import java.time.Duration
import java.util.Optional
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.concurrent.Flow
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLParameters
import javax.net.ssl.SSLSession

/** Keeps what it is given, and answers it with an empty body. */
internal class RecordingHttpClient : HttpClient() {
    val sent = mutableListOf<HttpRequest>()

    override fun <T> send(request: HttpRequest, handler: HttpResponse.BodyHandler<T>): HttpResponse<T> =
        sendAsync(request, handler).join()

    override fun <T> sendAsync(
        request: HttpRequest,
        handler: HttpResponse.BodyHandler<T>,
    ): CompletableFuture<HttpResponse<T>> {
        sent += request
        val subscriber = handler.apply(Empty)
        subscriber.onSubscribe(object : Flow.Subscription {
            override fun request(n: Long) = Unit

            override fun cancel() = Unit
        })
        subscriber.onNext(listOf(ByteBuffer.allocate(0)))
        subscriber.onComplete()
        return subscriber.body.toCompletableFuture().thenApply { Answer(request, it) }
    }

    override fun <T> sendAsync(
        request: HttpRequest,
        handler: HttpResponse.BodyHandler<T>,
        pushes: HttpResponse.PushPromiseHandler<T>?,
    ): CompletableFuture<HttpResponse<T>> = sendAsync(request, handler)

    override fun cookieHandler(): Optional<CookieHandler> = Optional.empty()

    override fun connectTimeout(): Optional<Duration> = Optional.empty()

    override fun followRedirects(): Redirect = Redirect.NEVER

    override fun proxy(): Optional<ProxySelector> = Optional.empty()

    override fun sslContext(): SSLContext = SSLContext.getDefault()

    override fun sslParameters(): SSLParameters = SSLParameters()

    override fun authenticator(): Optional<Authenticator> = Optional.empty()

    override fun version(): Version = Version.HTTP_1_1

    override fun executor(): Optional<Executor> = Optional.empty()
}

private val NO_HEADERS = HttpHeaders.of(emptyMap()) { _, _ -> true }

private object Empty : HttpResponse.ResponseInfo {
    override fun statusCode() = 200

    override fun headers(): HttpHeaders = NO_HEADERS

    override fun version(): HttpClient.Version = HttpClient.Version.HTTP_1_1
}

private class Answer<T>(private val request: HttpRequest, private val body: T) : HttpResponse<T> {
    override fun statusCode() = 200

    override fun request(): HttpRequest = request

    override fun previousResponse(): Optional<HttpResponse<T>> = Optional.empty()

    override fun headers(): HttpHeaders = NO_HEADERS

    override fun body(): T = body

    override fun sslSession(): Optional<SSLSession> = Optional.empty()

    override fun uri(): URI = request.uri()

    override fun version(): HttpClient.Version = HttpClient.Version.HTTP_1_1
}
