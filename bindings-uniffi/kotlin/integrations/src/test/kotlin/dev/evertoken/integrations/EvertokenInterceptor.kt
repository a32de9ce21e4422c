package dev.evertoken.integrations

import dev.evertoken.Header
import dev.evertoken.TokenSource
import dev.evertoken.adapter.Adapter
import dev.evertoken.adapter.SentToken
import org.springframework.http.HttpRequest
import org.springframework.http.client.BufferingClientHttpRequestFactory
import org.springframework.http.client.ClientHttpRequestExecution
import org.springframework.http.client.ClientHttpRequestInterceptor
import org.springframework.http.client.ClientHttpResponse
import org.springframework.http.client.JdkClientHttpRequestFactory
import org.springframework.web.client.RestClient

/**
 * Authenticates the requests of Spring's `RestClient` or `RestTemplate`. It is the last interceptor, and the request
 * factory follows no redirects and buffers answers.
 */
class EvertokenInterceptor(source: TokenSource) : ClientHttpRequestInterceptor {
    private val adapter = Adapter(source)

    override fun intercept(
        request: HttpRequest,
        body: ByteArray,
        execution: ClientHttpRequestExecution,
    ): ClientHttpResponse {
        val url = request.uri.toString()
        val isOwn = request.headers.containsKey(adapter.headerName)
        if (isOwn || !adapter.admits(url)) return execution.execute(request, body)
        adapter.accept(url)?.let { if (request.headers.accept.isEmpty()) request.headers.set("Accept", it) }
        val token = adapter.tokenBlocking()
        val response = execution.execute(request.with(token), body)
        val other = recovered(response, token, retried = false) ?: return response
        response.close()
        val again = execution.execute(request.with(other), body)
        recovered(again, other, retried = true)
        return again
    }

    private fun HttpRequest.with(token: SentToken): HttpRequest =
        apply { headers.set(token.headerName, token.headerValue) }

    /** Reports an answer that rejects the token; returns the token for a second try. */
    private fun recovered(response: ClientHttpResponse, token: SentToken, retried: Boolean): SentToken? = try {
        if (rejects(response)) adapter.recoverBlocking(token, replayable = true, retried = retried) else null
    } catch (e: Throwable) {
        response.close()
        throw e
    }

    private fun rejects(response: ClientHttpResponse): Boolean {
        val status = response.statusCode.value()
        if (!adapter.inspects(status)) return false
        val headers = response.headers.flatMap { (name, values) -> values.map { Header(name, it) } }
        val body = if (adapter.readsBody(status, headers)) response.body.readNBytes(Adapter.LOOKED_INTO + 1) else null
        return adapter.rejects(status, headers, body?.takeIf { it.size <= Adapter.LOOKED_INTO })
    }
}

fun restClient(source: TokenSource): RestClient = RestClient.builder()
    .requestFactory(BufferingClientHttpRequestFactory(JdkClientHttpRequestFactory()))
    .requestInterceptor(EvertokenInterceptor(source))
    .build()
