package dev.evertoken.integrations

import dev.evertoken.TokenSource
import dev.evertoken.jdk.authenticatedWith
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpClient.Redirect
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException

class JdkCaller(source: TokenSource) : Caller {
    private val client = HttpClient.newHttpClient().authenticatedWith(source, Redirect.NORMAL)

    override fun start(call: ApiCall): CompletableFuture<ApiAnswer> {
        val body = call.body?.let { text ->
            if (call.isOnce) BodyPublishers.ofInputStream { text.byteInputStream() } else BodyPublishers.ofString(text)
        }
        val request = HttpRequest.newBuilder(URI(call.url)).method(call.method, body ?: BodyPublishers.noBody())
        call.headers.forEach(request::header)
        call.timeoutMillis?.let { request.timeout(Duration.ofMillis(it)) }
        val sent = client.sendAsync(request.build(), BodyHandlers.ofString())
        val answer = object : CompletableFuture<ApiAnswer>() {
            override fun cancel(mayInterruptIfRunning: Boolean) = sent.cancel(mayInterruptIfRunning)
        }
        sent.whenComplete { response: HttpResponse<String>?, failure: Throwable? ->
            if (response != null) {
                answer.complete(ApiAnswer(response.statusCode(), response.body(), response.uri().toString()))
            } else {
                answer.completeExceptionally((failure as? CompletionException)?.cause ?: failure)
            }
        }
        return answer
    }
}
