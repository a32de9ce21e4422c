package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import kotlinx.coroutines.suspendCancellableCoroutine
import okhttp3.Callback
import okhttp3.Dispatcher
import okhttp3.Interceptor
import okhttp3.MediaType
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import okio.BufferedSink
import java.io.IOException
import java.util.concurrent.Executors
import kotlin.coroutines.resumeWithException

/** OkHttp: a client of the user's, authenticated by one interceptor. */
internal class OkHttpLibrary : Library {
    override fun transport(trust: Trust) = OkHttpTransport(builder(trust).build())

    override fun calls(source: TokenSource, door: Door, trust: Trust): ClientCalls {
        val client = builder(trust).authenticatedWith(source).addInterceptor(OkHttpDoor(door)).build()
        return OkHttpCalls(source, client)
    }

    private fun builder(trust: Trust) =
        OkHttpClient.Builder().sslSocketFactory(trust.context.socketFactory, trust.manager).dispatcher(dispatcher())

    /** Lets all calls of a step begin. */
    private fun dispatcher() = Dispatcher(THREADS).apply {
        maxRequests = Int.MAX_VALUE
        maxRequestsPerHost = Int.MAX_VALUE
    }

    private companion object {
        val THREADS = Executors.newCachedThreadPool { Thread(it, "okhttp").apply { isDaemon = true } }
    }
}

private class OkHttpCalls(source: TokenSource, private val client: OkHttpClient) :
    ClientCalls(source, Asking.Blocking) {
    override suspend fun answer(call: Call): Returned.Answer {
        val body = call.body?.let { if (call.replayable) it.toRequestBody() else Stream(it) }
        val request = Request.Builder().url(call.url).method(call.method, body)
        call.headers.forEach(request::header)
        return client.newCall(request.build()).await { answer ->
            val headers = answer.headers.map { (name, value) -> name.lowercase() to value }
            Returned.Answer(answer.code, headers, answer.body.string())
        }
    }

    override fun close() {
        client.connectionPool.evictAll()
    }

    override fun toString() = client.toString()
}

/** A body that is gone once it is sent. */
private class Stream(private val bytes: ByteArray) : RequestBody() {
    override fun contentType(): MediaType? = null

    override fun isOneShot() = true

    override fun writeTo(sink: BufferedSink) {
        sink.write(bytes)
    }
}

private suspend fun <T> okhttp3.Call.await(read: (Response) -> T): T = suspendCancellableCoroutine { waiting ->
    waiting.invokeOnCancellation { cancel() }
    enqueue(object : Callback {
        override fun onResponse(call: okhttp3.Call, response: Response) {
            waiting.resumeWith(runCatching { response.use(read) })
        }

        override fun onFailure(call: okhttp3.Call, e: IOException) {
            waiting.resumeWithException(e)
        }
    })
}

/** The last interceptor before the network. */
private class OkHttpDoor(private val door: Door) : Interceptor {
    override fun intercept(chain: Interceptor.Chain): Response {
        val passage = door.begin()
        try {
            door.awaitOpen()
            return chain.proceed(chain.request()).also { passage.end() }
        } catch (error: IOException) {
            passage.fail(error)
            throw error
        }
    }
}
