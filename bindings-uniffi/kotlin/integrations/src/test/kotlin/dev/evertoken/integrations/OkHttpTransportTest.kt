package dev.evertoken.integrations

import dev.evertoken.Api
import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.broker
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.sandbox.eventually
import okhttp3.Call
import okhttp3.Cookie
import okhttp3.CookieJar
import okhttp3.EventListener
import okhttp3.HttpUrl
import okhttp3.Interceptor
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.TimeUnit

class OkHttpTransportTest {
    private val world = World()
    private val seen = ConcurrentLinkedQueue<String>()

    @AfterEach
    fun close() = world.close()

    private val spying = Interceptor { chain ->
        seen += "interceptor"
        chain.proceed(chain.request())
    }
    private val jar = object : CookieJar {
        override fun loadForRequest(url: HttpUrl): List<Cookie> =
            listOf(Cookie.Builder().name("session").value("sandbox").domain(url.host).build())

        override fun saveFromResponse(url: HttpUrl, cookies: List<Cookie>) = Unit
    }
    private val base = OkHttpClient.Builder()
        .addInterceptor(spying)
        .addNetworkInterceptor(spying)
        .authenticator { _, _ -> null.also { seen += "authenticator" } }
        .eventListener(object : EventListener() {
            override fun callStart(call: Call) {
                seen += "event listener"
            }
        })
        .cookieJar(jar)
        .build()

    @Test
    fun `nothing that was hooked into the client sees a token request`() {
        world.oauth2.deleteKey()
        val failure = assertThrows(EvertokenException::class.java) { world.source(transport = OkHttpTransport(base)).headersBlocking() }
        assertEquals(ErrorCodes.CREDENTIALS_REJECTED, failure.code)
        assertEquals(emptyList<String>(), seen.toList())
    }

    @Test
    fun `cookies go along to a broker, and to no other token endpoint`() {
        val transport = OkHttpTransport(base)
        world.source(transport = transport).headersBlocking()
        world.source(broker("${world.oauth2.http}/broker/token", Api.url(world.api)), transport).headersBlocking()
        assertEquals(
            listOf(emptyList(), listOf("session=sandbox")),
            world.oauth2.log("token").map { it.header("cookie") },
        )
    }

    @Test
    fun `the time-outs of the client do not end a token request`() {
        val hasty = OkHttpClient.Builder()
            .callTimeout(1, TimeUnit.MILLISECONDS)
            .readTimeout(1, TimeUnit.MILLISECONDS)
            .build()
        val source = world.source(transport = OkHttpTransport(hasty))
        world.oauth2.hold(times = 1)
        val waiting = source.headersFuture()
        eventually("the token request is held") { world.sandbox.held == 1 }
        world.oauth2.release()
        waiting.get()
        assertEquals(1L, source.explain().requests)
    }

    @Test
    fun `the client stays as it is`() {
        val client = base.newBuilder().build()
        world.source(transport = OkHttpTransport(client)).headersBlocking()
        assertEquals(1, client.interceptors.size)
        assertEquals(jar, client.cookieJar)
        assertEquals(0, client.connectionPool.connectionCount())
    }
}
