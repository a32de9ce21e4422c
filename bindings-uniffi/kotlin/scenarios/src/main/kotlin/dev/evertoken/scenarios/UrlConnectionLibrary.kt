package dev.evertoken.scenarios

import dev.evertoken.TokenSource
import dev.evertoken.UrlConnectionClient
import dev.evertoken.UrlConnectionTransport
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.net.Authenticator
import java.net.HttpURLConnection
import java.net.URL
import javax.net.ssl.HttpsURLConnection

/** No HTTP library: what Android and the JVM bring. */
internal class UrlConnectionLibrary : Library {
    override fun transport(trust: Trust) = UrlConnectionTransport { open(it, trust) }

    override fun calls(source: TokenSource, door: Door, trust: Trust): ClientCalls =
        UrlConnectionCalls(source, UrlConnectionClient(source) { DoorConnection(open(it, trust), door) })

    private fun open(url: URL, trust: Trust): HttpURLConnection {
        val connection = url.openConnection() as HttpURLConnection
        (connection as? HttpsURLConnection)?.sslSocketFactory = trust.context.socketFactory
        return connection
    }
}

private class UrlConnectionCalls(source: TokenSource, private val client: UrlConnectionClient) :
    ClientCalls(source, Asking.Suspending) {
    override suspend fun answer(call: Call): Returned.Answer {
        val answer = if (call.replayable) {
            client.send(call.method, call.url, call.headers, call.body)
        } else {
            client.send(call.method, call.url, call.headers, call.body!!.inputStream())
        }
        val headers = answer.headers.map { it.name.lowercase() to it.value }
        return Returned.Answer(answer.status, headers, answer.text())
    }

    override fun toString() = client.toString()
}

/** A connection with the door before it. */
private class DoorConnection(private val inner: HttpURLConnection, private val door: Door) :
    HttpURLConnection(inner.url) {
    private val passage = door.begin()

    private fun <T> passing(act: () -> T): T = try {
        door.awaitOpen()
        act()
    } catch (error: IOException) {
        passage.fail(error)
        throw error
    }

    override fun connect() = passing(inner::connect)

    override fun getOutputStream(): OutputStream = passing(inner::getOutputStream)

    override fun getResponseCode(): Int = passing(inner::getResponseCode).also { passage.end() }

    override fun getInputStream(): InputStream = passing(inner::getInputStream)

    override fun getErrorStream(): InputStream? = inner.errorStream

    override fun disconnect() {
        inner.disconnect()
        passage.end()
    }

    override fun getHeaderFields(): Map<String?, List<String>> = inner.headerFields

    override fun getHeaderField(name: String?): String? = inner.getHeaderField(name)

    override fun getHeaderField(n: Int): String? = inner.getHeaderField(n)

    override fun getHeaderFieldKey(n: Int): String? = inner.getHeaderFieldKey(n)

    override fun getRequestProperties(): Map<String, List<String>> = inner.requestProperties

    override fun getRequestProperty(key: String?): String? = inner.getRequestProperty(key)

    override fun setRequestProperty(key: String?, value: String?) = inner.setRequestProperty(key, value)

    override fun addRequestProperty(key: String?, value: String?) = inner.addRequestProperty(key, value)

    override fun getRequestMethod(): String = inner.requestMethod

    override fun setRequestMethod(method: String?) {
        inner.requestMethod = method
    }

    override fun setDoOutput(dooutput: Boolean) {
        inner.doOutput = dooutput
    }

    override fun setUseCaches(usecaches: Boolean) {
        inner.useCaches = usecaches
    }

    override fun setInstanceFollowRedirects(followRedirects: Boolean) {
        inner.instanceFollowRedirects = followRedirects
    }

    override fun setFixedLengthStreamingMode(contentLength: Int) = inner.setFixedLengthStreamingMode(contentLength)

    override fun setFixedLengthStreamingMode(contentLength: Long) = inner.setFixedLengthStreamingMode(contentLength)

    override fun setChunkedStreamingMode(chunklen: Int) = inner.setChunkedStreamingMode(chunklen)

    override fun setConnectTimeout(timeout: Int) {
        inner.connectTimeout = timeout
    }

    override fun setReadTimeout(timeout: Int) {
        inner.readTimeout = timeout
    }

    override fun setAuthenticator(authenticator: Authenticator?) = inner.setAuthenticator(authenticator)

    override fun usingProxy(): Boolean = inner.usingProxy()
}
