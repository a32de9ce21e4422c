package dev.evertoken.integrations

import dev.evertoken.TokenSource
import dev.evertoken.Transport
import dev.evertoken.jdk.JdkTransport
import dev.evertoken.ktor.KtorTransport
import dev.evertoken.okhttp.OkHttpTransport
import io.ktor.client.engine.cio.CIO
import okhttp3.OkHttpClient
import java.net.http.HttpClient
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException

/** The HTTP libraries that keep the same promises. */
enum class Library {
    OKHTTP {
        override fun open(source: TokenSource) = OkHttpCaller(source)

        override fun transport(world: World) = OkHttpTransport(OkHttpClient())
    },
    KTOR_CIO {
        override fun open(source: TokenSource) = KtorCaller(source, CIO.create())

        override fun transport(world: World) = KtorTransport(world.closed(io.ktor.client.HttpClient(CIO)))
    },
    KTOR_OKHTTP {
        override fun open(source: TokenSource) = KtorCaller(source, io.ktor.client.engine.okhttp.OkHttp.create())

        override fun transport(world: World) =
            KtorTransport(world.closed(io.ktor.client.HttpClient(io.ktor.client.engine.okhttp.OkHttp)))
    },
    JDK {
        override fun open(source: TokenSource) = JdkCaller(source)

        override fun transport(world: World) = JdkTransport(HttpClient.newHttpClient())
    }, ;

    /** Makes an authenticated client that follows redirects. */
    abstract fun open(source: TokenSource): Caller

    abstract fun transport(world: World): Transport
}

/** An authenticated client of some library. */
interface Caller : AutoCloseable {
    /** Begins a call; cancelling the future cancels it. */
    fun start(call: ApiCall): CompletableFuture<ApiAnswer>

    fun send(call: ApiCall): ApiAnswer = try {
        start(call).get()
    } catch (e: ExecutionException) {
        throw e.cause ?: e
    }

    fun get(url: String, vararg headers: Pair<String, String>): ApiAnswer = send(ApiCall(url, headers = headers.toMap()))

    override fun close() = Unit
}

class ApiCall(
    val url: String,
    val method: String = "GET",
    val headers: Map<String, String> = emptyMap(),
    val body: String? = null,
    /** The body is a stream that is gone once it is sent. */
    val isOnce: Boolean = false,
    val timeoutMillis: Long? = null,
)

data class ApiAnswer(val status: Int, val body: String, val url: String)
