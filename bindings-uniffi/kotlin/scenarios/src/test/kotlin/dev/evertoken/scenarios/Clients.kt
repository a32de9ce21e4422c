package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import dev.evertoken.jdk.authenticatedWith
import dev.evertoken.ktor.Evertoken
import dev.evertoken.okhttp.authenticatedWith
import io.ktor.client.HttpClient
import io.ktor.client.engine.mock.MockEngine
import io.ktor.client.engine.mock.respondOk
import io.ktor.client.request.get
import io.ktor.http.Url
import kotlinx.coroutines.runBlocking
import okhttp3.HttpUrl.Companion.toHttpUrlOrNull
import okhttp3.OkHttpClient
import okhttp3.Protocol
import okhttp3.Request
import okhttp3.Response
import okhttp3.ResponseBody.Companion.toResponseBody
import java.net.URI
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers

/** A request as it left a client. */
internal class SentRequest(val url: String, val token: String?, val accept: String?)

/** A client that a user shares with other APIs; what it sends is kept, and answered here. */
internal interface SharedClient {
    /** Says whether the library's own type of URLs can hold a text. */
    fun holds(text: String): Boolean

    fun sent(source: TokenSource, url: String): SentRequest
}

internal val SHARED_CLIENTS: Map<String, SharedClient> =
    mapOf("OkHttp" to OverOkHttp, "Ktor" to OverKtor, "the JDK's client" to OverJdk)

private object OverOkHttp : SharedClient {
    override fun holds(text: String) = text.toHttpUrlOrNull() != null

    override fun sent(source: TokenSource, url: String): SentRequest {
        val sent = mutableListOf<Request>()
        val client = OkHttpClient.Builder().authenticatedWith(source).addInterceptor { chain ->
            sent += chain.request()
            val answer = Response.Builder().request(chain.request()).protocol(Protocol.HTTP_1_1).code(200).message("OK")
            answer.body("{}".toResponseBody()).build()
        }.build()
        client.newCall(Request.Builder().url(url).build()).execute().close()
        val request = sent.single()
        return SentRequest(request.url.toString(), request.header("Authorization"), request.header("Accept"))
    }
}

private object OverKtor : SharedClient {
    /** Ktor takes anything for a URL of some host: one with a host in it is meant here. */
    override fun holds(text: String) = OverJdk.holds(text) && runCatching { Url(text) }.isSuccess

    override fun sent(source: TokenSource, url: String): SentRequest {
        val engine = MockEngine { respondOk("{}") }
        HttpClient(engine) { install(Evertoken) { this.source = source } }.use { runBlocking { it.get(url) } }
        val request = engine.requestHistory.single()
        val accept = request.headers["Accept"].takeUnless { it == "*/*" }
        return SentRequest(request.url.toString(), request.headers["Authorization"], accept)
    }
}

private object OverJdk : SharedClient {
    override fun holds(text: String) = runCatching { HttpRequest.newBuilder(URI(text)) }.isSuccess

    override fun sent(source: TokenSource, url: String): SentRequest {
        val recorder = RecordingHttpClient()
        recorder.authenticatedWith(source).send(HttpRequest.newBuilder(URI(url)).build(), BodyHandlers.discarding())
        val request = recorder.sent.single()
        val header = { name: String -> request.headers().firstValue(name).orElse(null) }
        return SentRequest(request.uri().toString(), header("Authorization"), header("Accept"))
    }
}
