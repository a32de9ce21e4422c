package dev.evertoken.internal

import dev.evertoken.Header
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
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
    /** Threads of its own, so that callers that block all others keep no answer from coming. */
    private val threads: CoroutineDispatcher,
    private val keepsConnection: Boolean,
) {
    @Volatile
    private var isUnderWay = false

    @Volatile
    private var isReading = false

    /** Sends it on a thread that may block, and ends the connection with the coroutine. */
    suspend fun send(): UrlAnswer = suspendCancellableCoroutine { caller ->
        // Android lets no main thread close a socket, and the calls to be ended may have all threads.
        caller.invokeOnCancellation { ENDS.dispatch(EmptyCoroutineContext, Runnable(::end)) }
        threads.dispatch(EmptyCoroutineContext) { caller.resumeWith(runCatching { exchange(caller::isActive) }) }
    }

    /** A connection that is ended before it is used connects anew: it is ended until nobody uses it. */
    private fun end() {
        // The JDK lets nobody close one whose body is being read.
        while (isUnderWay && !isReading) {
            connection.disconnect()
            Thread.sleep(BETWEEN_MILLIS)
        }
    }

    private fun exchange(isWanted: () -> Boolean): UrlAnswer {
        var isDone = false
        isUnderWay = true
        try {
            prepare()
            connection.connect()
            // A connection that is on its way cannot be ended from outside.
            checkWanted(isWanted)
            body?.use { source -> connection.outputStream.use { source.copyTo(it) } }
            return answer(isWanted).also { isDone = !it.truncated }
        } finally {
            isUnderWay = false
            if (!isDone || !keepsConnection) connection.disconnect()
        }
    }

    private fun checkWanted(isWanted: () -> Boolean) {
        if (!isWanted()) throw IOException("the request was cancelled")
    }

    private fun prepare() {
        connection.requestMethod = method
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        // A wait without end would keep its thread when nobody waits any more.
        if (connection.connectTimeout == 0) connection.connectTimeout = CONNECT_MILLIS
        if (connection.readTimeout == 0) connection.readTimeout = READ_MILLIS
        connection.doOutput = body != null
        headers.forEach { connection.addRequestProperty(it.name, it.value) }
    }

    private fun answer(isWanted: () -> Boolean): UrlAnswer {
        val status = connection.responseCode
        if (status < 0) throw IOException("the answer is not HTTP")
        isReading = true
        // None for an answer without a body, nor for a 401 to a streamed one, which the JDK hides.
        val source = if (status >= ERROR) connection.errorStream else connection.inputStream
        val (read, truncated) = source?.use { it.readUpTo(bodyLimit, isWanted) } ?: (ByteArray(0) to false)
        // The JDK ends a body that breaks off like a whole one.
        if (source != null && !truncated && read.size < announcedBytes(status)) {
            throw IOException("the answer broke off")
        }
        return UrlAnswer(status, receivedHeaders(), read, truncated)
    }

    /** Returns how long the body is said to be, as it was read; -1 if nobody says it. */
    private fun announcedBytes(status: Int): Long {
        val isOther = method == "HEAD" || status == NOT_MODIFIED || connection.contentEncoding != null
        return if (isOther) -1 else connection.contentLengthLong
    }

    private fun receivedHeaders(): List<Header> = connection.headerFields.orEmpty().flatMap { (name, values) ->
        // The status line has no name.
        if (name == null) emptyList() else values.filterNotNull().map { Header(name, it) }
    }

    private fun InputStream.readUpTo(limit: Long, isWanted: () -> Boolean): Pair<ByteArray, Boolean> {
        val read = ByteArrayOutputStream()
        val chunk = ByteArray(CHUNK)
        while (true) {
            checkWanted(isWanted)
            val count = read(chunk)
            if (count < 0) return read.toByteArray() to false
            val left = limit - read.size()
            read.write(chunk, 0, minOf(count.toLong(), left).toInt())
            if (count > left) return read.toByteArray() to true
        }
    }

    private companion object {
        const val ENDED_AT_ONCE = 64
        val ENDS = Dispatchers.IO.limitedParallelism(ENDED_AT_ONCE, "evertoken-ends")
        const val CONNECT_MILLIS = 30_000
        const val READ_MILLIS = 60_000
        const val BETWEEN_MILLIS = 20L
        const val CHUNK = 8 * 1024
        const val NOT_MODIFIED = 304
        const val ERROR = 400
    }
}
