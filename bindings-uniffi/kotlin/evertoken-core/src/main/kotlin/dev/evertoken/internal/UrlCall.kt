package dev.evertoken.internal

import dev.evertoken.Header
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.net.HttpRetryException
import java.net.HttpURLConnection
import kotlin.coroutines.EmptyCoroutineContext

/** What came back over a connection. */
internal class UrlAnswer(val status: Int, val headers: List<Header>, val body: ByteArray, val truncated: Boolean)

/** One request over one connection, which is made ready by whoever sends it. */
internal class UrlCall(
    private val connection: HttpURLConnection,
    private val method: String,
    private val headers: List<Header>,
    private val body: InputStream?,
    private val bodyLimit: Long,
) {
    /** Sends it on a thread that may block, and ends the connection with the coroutine. */
    suspend fun send(): UrlAnswer = suspendCancellableCoroutine { caller ->
        caller.invokeOnCancellation {
            // Android lets no main thread close a socket.
            BLOCKING.dispatch(EmptyCoroutineContext, Runnable(connection::disconnect))
        }
        BLOCKING.dispatch(EmptyCoroutineContext) { caller.resumeWith(runCatching { exchange(caller::isActive) }) }
    }

    private fun exchange(isWanted: () -> Boolean): UrlAnswer {
        connection.requestMethod = method
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        if (connection.connectTimeout == 0) connection.connectTimeout = CONNECT_MILLIS
        connection.doOutput = body != null
        headers.forEach { (name, value) -> connection.addRequestProperty(name, value) }
        connection.connect()
        // A connection that is on its way cannot be ended from outside.
        if (!isWanted()) throw IOException("the request was cancelled")
        body?.use { source -> connection.outputStream.use { source.copyTo(it) } }
        return answer()
    }

    private fun answer(): UrlAnswer {
        val status = try {
            connection.responseCode
        } catch (refused: HttpRetryException) {
            // Of a streamed body the JDK shows no more of a 401.
            return UrlAnswer(refused.responseCode(), receivedHeaders(), ByteArray(0), truncated = true)
        }
        if (status < 0) throw IOException("the answer is not HTTP")
        val source = if (status >= ERROR) connection.errorStream else connection.inputStream
        val (read, truncated) = source?.use { it.readUpTo(bodyLimit) } ?: (ByteArray(0) to false)
        return UrlAnswer(status, receivedHeaders(), read, truncated)
    }

    private fun receivedHeaders(): List<Header> = connection.headerFields.orEmpty().flatMap { (name, values) ->
        // The status line has no name.
        if (name == null) emptyList() else values.filterNotNull().map { Header(name, it) }
    }

    private fun InputStream.readUpTo(limit: Long): Pair<ByteArray, Boolean> {
        val read = ByteArrayOutputStream()
        val chunk = ByteArray(CHUNK)
        while (true) {
            val count = read(chunk)
            if (count < 0) return read.toByteArray() to false
            val left = limit - read.size()
            read.write(chunk, 0, minOf(count.toLong(), left).toInt())
            if (count > left) {
                // It may never end.
                connection.disconnect()
                return read.toByteArray() to true
            }
        }
    }

    private operator fun Header.component1() = name

    private operator fun Header.component2() = value

    private companion object {
        const val CALLS = 64
        const val CONNECT_MILLIS = 30_000
        const val CHUNK = 8 * 1024
        const val ERROR = 400

        /** Threads of their own, so that callers that block all others keep no answer from coming. */
        val BLOCKING = Dispatchers.IO.limitedParallelism(CALLS, "evertoken-http")
    }
}
