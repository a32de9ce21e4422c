package dev.evertoken.bench

import dev.evertoken.Api
import dev.evertoken.TokenSource
import dev.evertoken.fixed
import dev.evertoken.ktor.Evertoken
import dev.evertoken.okhttp.authenticatedWith
import io.ktor.client.HttpClient
import io.ktor.client.engine.mock.MockEngine
import io.ktor.client.engine.mock.respondOk
import io.ktor.client.plugins.auth.Auth
import io.ktor.client.plugins.auth.providers.BearerTokens
import io.ktor.client.plugins.auth.providers.bearer
import io.ktor.client.request.HttpRequestBuilder
import io.ktor.client.request.get
import io.ktor.client.request.header
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import okhttp3.Protocol
import okhttp3.Request
import okhttp3.Response
import okhttp3.ResponseBody.Companion.toResponseBody
import java.lang.management.ManagementFactory

/** What an adapter adds to a call: processor time, where the network is a function that answers at once. */
object Wrapper {
    private const val URL = "https://api.example/items?page=1"
    private val threads = ManagementFactory.getThreadMXBean()

    fun section(): String {
        val ns = Rounds(count = 41) { threads.currentThreadCpuTime }.measure(okhttp() + ktor())
        val rows = ns.map { (name, spread) ->
            val base = ns.getValue("${name.substringBefore(',')}, a constant header")
            val us = { value: Double -> "%.2f".format(value / 1_000) }
            listOf(name, us(spread.median), us(spread.median - base.median), "${us(spread.low)}-${us(spread.high)}")
        }
        val head = listOf("call", "us", "above the constant header", "quartiles")
        return """
            ### The adapter's own cost

            Processor time of the calling thread in microseconds, median of 41 rounds, all in turn; the network is a
            function that answers at once. Goal: 5.

        """.trimIndent() + "\n" + Page.table(head, rows)
    }

    private fun source() = TokenSource(fixed("x".repeat(800), Api.url("https://api.example")))

    private fun okhttp(): Map<String, (Int) -> Unit> {
        val network = Interceptor { chain ->
            val answer = Response.Builder().request(chain.request()).protocol(Protocol.HTTP_1_1).code(200).message("")
            answer.body("{}".toResponseBody()).build()
        }
        val constant = Interceptor { it.proceed(it.request().newBuilder().header("Authorization", "Bearer x").build()) }
        val clients = mapOf(
            "OkHttp, a constant header" to OkHttpClient.Builder().addInterceptor(constant),
            "OkHttp, **evertoken**" to OkHttpClient.Builder().authenticatedWith(source()),
        )
        return clients.mapValues { (_, builder) ->
            val client = builder.addInterceptor(network).build()
            val request = Request.Builder().url(URL).build();
            { times -> repeat(times) { client.newCall(request).execute().close() } }
        }
    }

    private fun ktor(): Map<String, (Int) -> Unit> {
        val engine = MockEngine.create {
            dispatcher = Dispatchers.Unconfined
            addHandler { respondOk() }
        }
        val clients = mapOf(
            "Ktor, a constant header" to HttpClient(engine),
            "Ktor, **evertoken**" to HttpClient(engine) { install(Evertoken) { source = source() } },
            "Ktor, its own `Auth`" to HttpClient(engine) {
                install(Auth) {
                    bearer {
                        loadTokens { BearerTokens("x", null) }
                        sendWithoutRequest { true }
                    }
                }
            },
        )
        return clients.mapValues { (name, client) ->
            val constant: HttpRequestBuilder.() -> Unit =
                { if ("constant" in name) header("Authorization", "Bearer x") };
            { times -> runBlocking { repeat(times) { client.get(URL, constant) } } }
        }
    }
}
