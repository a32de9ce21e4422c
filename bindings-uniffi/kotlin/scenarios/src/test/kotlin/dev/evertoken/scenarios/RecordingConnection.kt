package dev.evertoken.scenarios

import java.io.InputStream
import java.net.Authenticator
import java.net.HttpURLConnection
import java.net.URL

/** Keeps what it is given, and answers with an empty body. */
internal class RecordingConnection(url: URL) : HttpURLConnection(url) {
    /** By the names in lower case; the platform's own connections do not show `Authorization`. */
    val headers = mutableMapOf<String, String>()

    override fun setRequestProperty(key: String, value: String) {
        headers[key.lowercase()] = value
    }

    override fun addRequestProperty(key: String, value: String) = setRequestProperty(key, value)

    override fun setAuthenticator(authenticator: Authenticator?) = Unit

    override fun getResponseCode(): Int = 200

    override fun getInputStream(): InputStream = InputStream.nullInputStream()

    override fun connect() = Unit

    override fun disconnect() = Unit

    override fun usingProxy(): Boolean = false
}
