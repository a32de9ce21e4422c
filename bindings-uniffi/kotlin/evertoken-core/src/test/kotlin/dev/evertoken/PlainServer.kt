package dev.evertoken

import java.io.BufferedInputStream
import java.io.InputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.Collections
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

/** A server that tells over which connection a request came, which no other server tells. */
class PlainServer(private val answer: (Received) -> String?) : AutoCloseable {
    class Received(val connection: Int, val head: String, val body: String) {
        fun header(name: String): String? =
            head.lines().firstOrNull { it.startsWith("$name:", ignoreCase = true) }?.substringAfter(":")?.trim()
    }

    private val socket = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val connections = AtomicInteger()
    val requests: MutableList<Received> = Collections.synchronizedList(ArrayList())
    val url: String = "http://127.0.0.1:${socket.localPort}"

    init {
        thread(isDaemon = true) {
            runCatching {
                while (true) {
                    val client = socket.accept()
                    thread(isDaemon = true) { runCatching { client.use(::serve) } }
                }
            }
        }
    }

    private fun serve(client: Socket) {
        val connection = connections.incrementAndGet()
        val input = BufferedInputStream(client.getInputStream())
        while (true) {
            val lines = generateSequence { input.line() }.takeWhile { it.isNotEmpty() }
            val head = lines.joinToString("\n").ifEmpty { return }
            val length = Regex("(?im)^content-length: *(\\d+)").find(head)?.groupValues?.get(1)?.toInt() ?: 0
            val received = Received(connection, head, input.readNBytes(length).decodeToString())
            requests += received
            val bytes = answer(received)?.toByteArray() ?: return
            client.getOutputStream().run {
                write(bytes)
                flush()
            }
        }
    }

    private fun InputStream.line(): String? {
        val line = StringBuilder()
        while (true) {
            when (val byte = read()) {
                -1 -> return line.toString().ifEmpty { null }
                '\n'.code -> return line.toString()
                '\r'.code -> {}
                else -> line.append(byte.toChar())
            }
        }
    }

    override fun close() {
        socket.close()
    }
}

fun answerOf(status: String, body: String = "", vararg headers: String): String =
    (listOf("HTTP/1.1 $status", "Content-Length: ${body.length}") + headers + "" + body).joinToString("\r\n")
