package dev.evertoken.internal

import dev.evertoken.sandbox.Sandbox
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.net.HttpURLConnection
import java.net.InetAddress
import java.net.ServerSocket
import java.net.URL
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

class UrlCallTest {
    private fun call(url: String, threads: CoroutineDispatcher): UrlCall {
        val connection = URL(url).openConnection() as HttpURLConnection
        return UrlCall(connection, "GET", emptyList(), null, Long.MAX_VALUE, threads, keepsConnection = true)
    }

    @Test
    fun `a call that is cancelled reads no further`(): Unit = runBlocking {
        val isReading = CompletableFuture<Unit>()
        val hasLeft = CompletableFuture<Unit>()
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { server ->
            thread(isDaemon = true) {
                val output = server.accept().getOutputStream()
                output.write("HTTP/1.1 200 OK\r\nContent-Length: ${Long.MAX_VALUE}\r\n\r\n".toByteArray())
                var sent = 0
                while (runCatching { output.write(ByteArray(CHUNK)) }.isSuccess) {
                    sent += 1
                    if (sent == MANY) isReading.complete(Unit)
                    Thread.sleep(1)
                }
                hasLeft.complete(Unit)
            }
            val call = call("http://127.0.0.1:${server.localPort}/", Dispatchers.IO)
            val caller = async(Dispatchers.Default) { call.send() }
            isReading.get(30, TimeUnit.SECONDS)
            caller.cancelAndJoin()
            hasLeft.get(30, TimeUnit.SECONDS)
        }
    }

    @Test
    fun `calls that take all threads are ended when they are cancelled`(): Unit = runBlocking {
        val sandbox = Sandbox.shared.apply { reset() }
        val vendor = sandbox.vendor("oauth2").apply { hold("api") }
        val call = call("${vendor.http}/api/things", Dispatchers.IO.limitedParallelism(1))
        val caller = async(Dispatchers.Default) { call.send() }
        eventually("the request is there") { sandbox.held == 1 }
        caller.cancelAndJoin()
        eventually("the connection is closed") { sandbox.aborted == 1 }
    }

    private companion object {
        const val CHUNK = 16 * 1024

        /** More than what is on its way while nobody reads. */
        const val MANY = 1024
    }
}
