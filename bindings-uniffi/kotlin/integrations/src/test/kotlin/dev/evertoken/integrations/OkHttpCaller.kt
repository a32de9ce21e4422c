package dev.evertoken.integrations

import dev.evertoken.TokenSource
import dev.evertoken.okhttp.authenticatedWith
import okhttp3.Call
import okhttp3.Callback
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response
import okio.BufferedSink
import java.io.IOException
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

class OkHttpCaller(source: TokenSource) : Caller {
    private val client = OkHttpClient.Builder().authenticatedWith(source).build()

    override fun start(call: ApiCall): CompletableFuture<ApiAnswer> {
        val body = call.body?.let { if (call.isOnce) Once(it) else it.toRequestBody() }
        val request = Request.Builder().url(call.url).method(call.method, body)
        call.headers.forEach(request::header)
        val http = client.newCall(request.build())
        call.timeoutMillis?.let { http.timeout().timeout(it, TimeUnit.MILLISECONDS) }
        val answer = object : CompletableFuture<ApiAnswer>() {
            override fun cancel(mayInterruptIfRunning: Boolean): Boolean {
                http.cancel()
                return true
            }
        }
        http.enqueue(object : Callback {
            override fun onFailure(call: Call, e: IOException) {
                answer.completeExceptionally(e)
            }

            override fun onResponse(call: Call, response: Response) {
                response.use { answer.complete(ApiAnswer(it.code, it.body.string(), it.request.url.toString())) }
            }
        })
        return answer
    }

    private class Once(private val text: String) : RequestBody() {
        override fun contentType() = null

        override fun isOneShot() = true

        override fun writeTo(sink: BufferedSink) {
            sink.writeUtf8(text)
        }
    }
}
