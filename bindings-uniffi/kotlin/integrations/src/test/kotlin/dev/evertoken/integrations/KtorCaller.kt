package dev.evertoken.integrations

import dev.evertoken.TokenSource
import dev.evertoken.ktor.Evertoken
import io.ktor.client.HttpClient
import io.ktor.client.engine.HttpClientEngine
import io.ktor.client.plugins.HttpRedirect
import io.ktor.client.plugins.HttpTimeout
import io.ktor.client.plugins.timeout
import io.ktor.client.request.header
import io.ktor.client.request.request
import io.ktor.client.request.setBody
import io.ktor.client.statement.bodyAsText
import io.ktor.client.statement.request
import io.ktor.http.HttpMethod
import io.ktor.utils.io.ByteReadChannel
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture

class KtorCaller(source: TokenSource, private val engine: HttpClientEngine) : Caller {
    private val client = HttpClient(engine) {
        install(HttpRedirect) { checkHttpMethod = false }
        install(HttpTimeout)
        install(Evertoken) { this.source = source }
    }

    override fun start(call: ApiCall): CompletableFuture<ApiAnswer> = CoroutineScope(Dispatchers.Default).future {
        val response = client.request(call.url) {
            method = HttpMethod(call.method)
            call.headers.forEach { (name, value) -> header(name, value) }
            call.body?.let { if (call.isOnce) setBody(ByteReadChannel(it)) else setBody(it) }
            if (call.timeoutMillis != null) timeout { requestTimeoutMillis = call.timeoutMillis }
        }
        ApiAnswer(response.status.value, response.bodyAsText(), response.request.url.toString())
    }

    override fun close() {
        client.close()
        engine.close()
    }
}
