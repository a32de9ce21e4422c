package dev.evertoken.integrations

import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.TokenSource
import dev.evertoken.Transport
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import okhttp3.Call
import okhttp3.Callback
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.Response
import okhttp3.WebSocket
import okhttp3.WebSocketListener
import okio.BufferedSink
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.io.IOException
import java.io.InterruptedIOException
import java.security.KeyStore
import java.security.cert.CertificateFactory
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import javax.net.ssl.SSLContext
import javax.net.ssl.TrustManagerFactory
import javax.net.ssl.X509TrustManager
import kotlin.concurrent.thread

class OkHttpTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun request(): Request = Request.Builder().url("${world.api}/items").build()

    private fun client(source: TokenSource, base: OkHttpClient = OkHttpClient()): OkHttpClient =
        base.newBuilder().authenticatedWith(source).build()

    private fun OkHttpClient.status(request: Request): Int = newCall(request).execute().use { it.code }

    @Test
    fun `as many calls as a host may have wait for a token, and the token request goes out all the same`() {
        val base = OkHttpClient()
        val client = client(world.source(transport = OkHttpTransport(base)), base)
        val statuses = ConcurrentLinkedQueue<Any>()
        val ended = CountDownLatch(5)
        repeat(5) {
            client.newCall(request()).enqueue(object : Callback {
                override fun onFailure(call: Call, e: IOException) {
                    statuses += e
                    ended.countDown()
                }

                override fun onResponse(call: Call, response: Response) {
                    statuses += response.use { it.code }
                    ended.countDown()
                }
            })
        }
        eventually("five calls have ended") { ended.count == 0L }
        assertEquals(List(5) { 200 }, statuses.toList())
        assertEquals(1, world.oauth2.tokenRequests)
    }

    @Test
    fun `the rejected answer is closed before the second try, though its body does not end`() {
        val source = world.source()
        source.headersBlocking()
        world.age()
        world.oauth2.fault("api", """{"type":"stall","after_bytes":1}""", times = 1)
        world.oauth2.fault("api", """{"type":"reject"}""", times = 1)
        assertEquals(200, client(source).status(request()))
        assertEquals(2, world.oauth2.tokenRequests)
    }

    @Test
    fun `a duplex body is not sent again`() {
        val base = trusting(File(world.sandbox.caFile))
        val source = world.source(world.provider(world.oauth2.https), OkHttpTransport(base))
        source.headersBlocking()
        world.age()
        world.oauth2.revoke()
        val duplex = object : RequestBody() {
            override fun contentType() = null

            override fun isDuplex() = true

            override fun writeTo(sink: BufferedSink) {
                sink.writeUtf8("spoken").close()
            }
        }
        val request = Request.Builder().url("${world.oauth2.https}/api/items").post(duplex).build()
        assertEquals(401, client(source, base).status(request))
        assertEquals(1, world.oauth2.apiCalls)
    }

    @Test
    fun `interceptors added before see a call, those added later see each try`() {
        val source = world.source()
        source.headersBlocking()
        world.age()
        world.oauth2.revoke()
        val before = ArrayList<Request>()
        val after = ArrayList<Request>()
        val client = OkHttpClient.Builder()
            .addInterceptor { it.proceed(it.request().also(before::add)) }
            .authenticatedWith(source)
            .addInterceptor { it.proceed(it.request().also(after::add)) }
            .build()
        assertEquals(200, client.status(request()))
        assertEquals(listOf(null), before.map { it.header("Authorization") })
        assertEquals(2, after.mapNotNull { it.header("Authorization") }.distinct().size)
    }

    @Test
    fun `a thread that is interrupted while it waits for a token ends its call and stays interrupted`() {
        val client = client(world.source())
        world.oauth2.hold()
        val met = CompletableFuture<Pair<Throwable, Boolean>>()
        val caller = thread {
            val failure = assertThrows(IOException::class.java) { client.status(request()) }
            met.complete(failure to Thread.currentThread().isInterrupted)
        }
        eventually("the token request is held") { world.sandbox.held == 1 }
        caller.interrupt()
        val (failure, isInterrupted) = met.get()
        assertInstanceOf(InterruptedIOException::class.java, failure)
        assertTrue(isInterrupted)
    }

    @Test
    fun `a call that waits in a coroutine's event loop takes up no other coroutine of it`() {
        val client = client(world.source())
        world.oauth2.hold()
        val events = ArrayList<String>()
        thread {
            eventually("the token request is held") { world.sandbox.held == 1 }
            world.oauth2.mend()
            world.oauth2.release()
        }
        runBlocking {
            for (name in listOf("first", "second")) {
                launch {
                    events += "$name begins"
                    client.status(request())
                    events += "$name ends"
                }
            }
        }
        assertEquals(listOf("first begins", "first ends", "second begins", "second ends"), events)
    }

    @Test
    fun `a call in an unconfined coroutine is answered`() {
        val client = client(world.source())
        assertEquals(200, runBlocking(Dispatchers.Unconfined) { client.status(request()) })
    }

    @Test
    fun `a transport that calls the authenticated client fails instead of waiting for itself`() {
        lateinit var client: OkHttpClient
        val source = world.source(transport = Transport { throw IllegalStateException("status ${client.status(request())}") })
        client = client(source)
        val failure = assertThrows(EvertokenException::class.java) { client.status(request()) }
        assertEquals(ErrorCodes.REENTRANT, failure.code)
    }

    @Test
    fun `a web socket carries no token in a header that a redirect would take along`() {
        val source = world.source(world.providerOfOtherHeader())
        val token = source.tokenBlocking()
        world.oauth2.fault("api", """{"type":"redirect","status":302,"location":"${world.elsewhere.http}/landing"}""")
        val failed = CompletableFuture<Throwable>()
        client(source).newWebSocket(request(), object : WebSocketListener() {
            override fun onFailure(webSocket: WebSocket, t: Throwable, response: Response?) {
                failed.complete(t)
            }
        })
        failed.get()
        val (arrived) = world.elsewhere.log()
        assertFalse(token in arrived.toString())
    }

    @Test
    fun `a web socket carries a token in Authorization`() {
        val source = world.source()
        val token = source.tokenBlocking()
        val failed = CompletableFuture<Throwable>()
        client(source).newWebSocket(request(), object : WebSocketListener() {
            override fun onFailure(webSocket: WebSocket, t: Throwable, response: Response?) {
                failed.complete(t)
            }
        })
        failed.get()
        assertEquals(listOf("Bearer $token"), world.oauth2.log("api").single().header("authorization"))
    }

    private companion object {
        fun trusting(caFile: File): OkHttpClient {
            val ca = caFile.inputStream().use(CertificateFactory.getInstance("X.509")::generateCertificate)
            val store = KeyStore.getInstance(KeyStore.getDefaultType()).apply {
                load(null)
                setCertificateEntry("sandbox", ca)
            }
            val managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(store) }
            val context = SSLContext.getInstance("TLS").apply { init(null, managers.trustManagers, null) }
            val manager = managers.trustManagers.single() as X509TrustManager
            return OkHttpClient.Builder().sslSocketFactory(context.socketFactory, manager).build()
        }
    }
}
