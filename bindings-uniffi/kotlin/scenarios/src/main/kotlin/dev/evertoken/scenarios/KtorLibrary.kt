package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import dev.evertoken.ktor.Evertoken
import dev.evertoken.ktor.KtorTransport
import io.ktor.client.HttpClient
import io.ktor.client.engine.cio.CIO
import io.ktor.client.plugins.HttpSend
import io.ktor.client.plugins.plugin
import io.ktor.client.request.header
import io.ktor.client.request.request
import io.ktor.client.request.setBody
import io.ktor.client.statement.bodyAsText
import io.ktor.http.HttpMethod
import io.ktor.util.flattenEntries
import io.ktor.utils.io.ByteReadChannel
import kotlinx.coroutines.future.await

/** Ktor: a client of the user's, authenticated by a plugin. */
internal class KtorLibrary : Library {
    private var engines: HttpClient? = null

    override fun transport(trust: Trust) = KtorTransport(engines ?: client(trust).also { engines = it })

    override fun calls(source: TokenSource, door: Door, trust: Trust): ClientCalls {
        val client = client(trust, source)
        client.plugin(HttpSend).intercept { request ->
            val passage = door.begin()
            try {
                door.opened().await()
                execute(request).also { passage.end() }
            } catch (error: Throwable) {
                passage.fail(error)
                throw error
            }
        }
        return KtorCalls(source, client)
    }

    private fun client(trust: Trust, source: TokenSource? = null) = HttpClient(CIO) {
        engine { https { trustManager = trust.manager } }
        source?.let { install(Evertoken) { this.source = it } }
    }
}

private class KtorCalls(source: TokenSource, private val client: HttpClient) : ClientCalls(source, Asking.Suspending) {
    override suspend fun answer(call: Call): Returned.Answer {
        val answer = client.request(call.url) {
            method = HttpMethod(call.method)
            call.headers.forEach { (name, value) -> header(name, value) }
            call.body?.let { setBody(if (call.replayable) it else ByteReadChannel(it)) }
        }
        val headers = answer.headers.flattenEntries().map { (name, value) -> name.lowercase() to value }
        return Returned.Answer(answer.status.value, headers, answer.bodyAsText())
    }

    override fun close() {
        client.close()
    }

    override fun toString() = client.toString()
}
