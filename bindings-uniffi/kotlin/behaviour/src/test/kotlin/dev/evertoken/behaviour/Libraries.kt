package dev.evertoken.behaviour

import dev.evertoken.TokenSource
import dev.evertoken.Transport
import dev.evertoken.UrlConnectionClient
import dev.evertoken.UrlConnectionTransport
import dev.evertoken.jdk.JdkTransport
import dev.evertoken.jdk.authenticatedWith
import dev.evertoken.ktor.Evertoken
import dev.evertoken.ktor.KtorTransport
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import io.ktor.client.HttpClient
import io.ktor.client.engine.cio.CIO
import io.ktor.client.request.get
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import okhttp3.OkHttpClient
import okhttp3.Request
import java.net.URI
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers

/** The HTTP libraries with an adapter: a call with each, and token requests over it. */
enum class Library {
    HTTP_URL_CONNECTION {
        override fun transport() = UrlConnectionTransport()

        override fun caller(source: TokenSource) = Caller { UrlConnectionClient(source).send("GET", it).status }
    },
    OKHTTP {
        override fun transport() = OkHttpTransport(OkHttpClient())

        override fun caller(source: TokenSource): Caller {
            val client = OkHttpClient.Builder().authenticatedWith(source).build()
            return Caller { url ->
                val call = client.newCall(Request.Builder().url(url).build())
                withContext(Dispatchers.IO) { call.execute().use { it.code } }
            }
        }
    },
    KTOR {
        override fun transport() = KtorTransport(HttpClient(CIO))

        override fun caller(source: TokenSource): Caller {
            val client = HttpClient(CIO) { install(Evertoken) { this.source = source } }
            return Caller { client.get(it).status.value }
        }
    },
    JDK {
        override fun transport() = JdkTransport(java.net.http.HttpClient.newHttpClient())

        override fun caller(source: TokenSource): Caller {
            val client = java.net.http.HttpClient.newHttpClient().authenticatedWith(source)
            return Caller { url ->
                client.await(HttpRequest.newBuilder(URI(url)).build(), BodyHandlers.ofString()).statusCode()
            }
        }
    }, ;

    abstract fun transport(): Transport

    abstract fun caller(source: TokenSource): Caller
}

/** Calls a URL and returns the status. */
fun interface Caller {
    suspend fun get(url: String): Int
}
