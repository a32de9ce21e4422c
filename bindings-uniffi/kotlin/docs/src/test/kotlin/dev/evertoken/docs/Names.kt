package dev.evertoken.docs

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpsConfigurator
import com.sun.net.httpserver.HttpsServer
import java.io.InputStream
import java.io.OutputStream
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.net.Socket
import java.nio.file.Files
import java.nio.file.Path
import java.security.KeyStore
import java.util.concurrent.Executors
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import kotlin.concurrent.thread

private const val PASSWORD = "not-a-secret"

/** The host names of the pages on this machine: a proxy that all HTTP libraries of the JVM use by themselves, and https that they verify. */
internal class Names(names: Collection<String>, answer: (HttpExchange) -> Unit) {
    init {
        val store = keyStore(names)
        val server = HttpsServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.httpsConfigurator = HttpsConfigurator(context(store))
        server.executor = Executors.newCachedThreadPool { thread(start = false, isDaemon = true) { it.run() } }
        server.createContext("/") { exchange -> exchange.use(answer) }
        server.start()
        System.setProperty("javax.net.ssl.trustStore", store.toString())
        System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD)
        System.setProperty("https.proxyHost", "127.0.0.1")
        System.setProperty("https.proxyPort", proxy(names, server.address.port).toString())
    }

    private fun proxy(names: Collection<String>, port: Int): Int {
        val door = ServerSocket(0, 0, InetAddress.getLoopbackAddress())
        thread(isDaemon = true) {
            while (true) {
                val caller = door.accept()
                thread(isDaemon = true) { caller.use { connect(it, names, port) } }
            }
        }
        return door.localPort
    }

    private fun connect(caller: Socket, names: Collection<String>, port: Int) {
        val lines = generateSequence { caller.getInputStream().line().ifEmpty { null } }.toList()
        val name = lines.firstOrNull()?.removePrefix("CONNECT ")?.substringBefore(':')
        if (name !in names) {
            caller.getOutputStream().write("HTTP/1.1 502 a page may use only the names of World.kt\r\n\r\n".toByteArray())
            return
        }
        Socket(InetAddress.getLoopbackAddress(), port).use { server ->
            caller.getOutputStream().write("HTTP/1.1 200 here it is\r\n\r\n".toByteArray())
            val back = thread(isDaemon = true) { pass(server.getInputStream(), caller.getOutputStream()) }
            pass(caller.getInputStream(), server.getOutputStream())
            back.join()
        }
    }
}

private fun InputStream.line(): String =
    generateSequence { read().takeIf { it >= 0 && it != '\n'.code }?.toChar() }.joinToString("").trimEnd('\r')

private fun pass(from: InputStream, to: OutputStream) {
    // One of the two has hung up.
    runCatching { from.copyTo(to) }
    runCatching { to.close() }
}

/** Makes a certificate for the names, with the JDK's own tool. */
private fun keyStore(names: Collection<String>): Path {
    val store = Files.createTempDirectory("evertoken-docs").resolve("names.p12")
    val tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString()
    val subject = names.joinToString(",") { "dns:$it" }
    val command = listOf(
        tool, "-genkeypair", "-alias", "names", "-keyalg", "EC", "-dname", "CN=names", "-ext", "SAN=$subject",
        "-validity", "2", "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD,
    )
    check(ProcessBuilder(command).inheritIO().start().waitFor() == 0) { "keytool made no certificate" }
    return store
}

private fun context(store: Path): SSLContext {
    val keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray())
    val managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm())
    managers.init(keys, PASSWORD.toCharArray())
    return SSLContext.getInstance("TLS").apply { init(managers.keyManagers, null, null) }
}
