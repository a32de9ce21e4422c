package dev.evertoken.internal

import java.io.IOException
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.net.Authenticator
import java.net.HttpURLConnection
import java.net.InetAddress
import java.net.PasswordAuthentication
import java.net.Socket
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.SSLSocketFactory

/**
 * Keeps a platform from sending a request a second time by itself, over a connection that no other request has used.
 *
 * The JDK sends even a POST again when its connection breaks, and again with a password that it has been asked for.
 * It does neither in streaming mode, but then hides the body of a 401, which Android does not.
 */
internal fun HttpURLConnection.sendOnce(bodySize: Int?) {
    setRequestProperty("Connection", "close")
    if (Platform.current.isApp) {
        bodySize?.let(::setFixedLengthStreamingMode)
        return
    }
    // It also parts this connection from those that are kept alive.
    setAuthenticator(this, OnlyForProxies())
    if (this is HttpsURLConnection) sslSocketFactory = SingleSocketFactory(sslSocketFactory)
}

/** Answers for proxies as the program has it, and asks nobody on behalf of a server. */
private class OnlyForProxies : Authenticator() {
    override fun getPasswordAuthentication(): PasswordAuthentication? =
        if (requestorType != RequestorType.PROXY) {
            null
        } else {
            requestPasswordAuthentication(
                requestingHost,
                requestingSite,
                requestingPort,
                requestingProtocol,
                requestingPrompt,
                requestingScheme,
                requestingURL,
                requestorType,
            )
        }
}

/** Gives no other socket once one has reached its server. */
private class SingleSocketFactory(private val factory: SSLSocketFactory) : SSLSocketFactory() {
    private var last: Socket? = null

    override fun getDefaultCipherSuites(): Array<String> = factory.defaultCipherSuites

    override fun getSupportedCipherSuites(): Array<String> = factory.supportedCipherSuites

    override fun createSocket(): Socket = single { factory.createSocket() }

    override fun createSocket(socket: Socket, host: String, port: Int, autoClose: Boolean): Socket =
        single { factory.createSocket(socket, host, port, autoClose) }

    override fun createSocket(host: String, port: Int): Socket = single { factory.createSocket(host, port) }

    override fun createSocket(host: String, port: Int, local: InetAddress, localPort: Int): Socket =
        single { factory.createSocket(host, port, local, localPort) }

    override fun createSocket(host: InetAddress, port: Int): Socket = single { factory.createSocket(host, port) }

    override fun createSocket(host: InetAddress, port: Int, local: InetAddress, localPort: Int): Socket =
        single { factory.createSocket(host, port, local, localPort) }

    private fun single(make: () -> Socket): Socket {
        if (last?.isConnected == true) throw IOException("the connection broke before an answer came")
        return make().also { last = it }
    }
}

/** Android has no such method, nor had Java 8. */
private val SET_AUTHENTICATOR: Method? = try {
    HttpURLConnection::class.java.getMethod("setAuthenticator", Authenticator::class.java)
} catch (_: NoSuchMethodException) {
    null
}

private fun setAuthenticator(connection: HttpURLConnection, authenticator: Authenticator) {
    try {
        SET_AUTHENTICATOR?.invoke(connection, authenticator)
    } catch (refused: InvocationTargetException) {
        // A connection that is not the platform's own need not have it.
        if (refused.targetException !is UnsupportedOperationException) throw refused.targetException
    }
}
