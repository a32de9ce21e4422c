// An app's own server, which keeps the secret and hands out short-lived tokens: RFC 6749, section 5.
//
//     export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
//     mvn -q compile exec:java -Dexec.mainClass=BrokerKt -Dexec.args="acme.piwik.pro 8080"
//
// In the app, where `session` is what its user got by logging in:
//     broker("https://your.example/token", Api.piwikPro("acme.piwik.pro")) {
//         mapOf("Authorization" to "Bearer $session")
//     }

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import dev.evertoken.EvertokenException
import dev.evertoken.TokenSource
import dev.evertoken.UrlConnectionClient
import dev.evertoken.piwikPro
import java.net.InetSocketAddress
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors

/** Counts as half of a token's life at most: an app gets a token that is worth having. */
private const val A_DAY_MILLIS = 86_400_000L

private class Broker(private val source: TokenSource) {
    private val client = UrlConnectionClient(source)

    /** Your own sessions of users who have logged in. */
    private val sessions: MutableSet<String> = ConcurrentHashMap.newKeySet()

    fun login(exchange: HttpExchange) = exchange.answer(200, UUID.randomUUID().toString().also { sessions += it })

    fun token(exchange: HttpExchange) {
        if (exchange.requestMethod != "POST") {
            return exchange.answer(405, """{"error":"invalid_request"}""", "Allow" to "POST")
        }
        val session = exchange.requestHeaders.getFirst("Authorization").orEmpty().removePrefix("Bearer ")
        if (session !in sessions) return exchange.answer(401, """{"error":"access_denied"}""")
        try {
            // The app says so; a cheap call finds out whether that is true, so nobody can make us fetch tokens.
            if ("X-Token-Rejected" in exchange.requestHeaders) client.sendBlocking("GET", "/api/apps/v2?limit=1")
            exchange.answer(200, source.tokenResponseBlocking(minValidMillis = A_DAY_MILLIS).toJson())
        } catch (error: EvertokenException) {
            // What went wrong and how to mend it is for the server's log; an app can only ask again later.
            System.err.println("broker: $error")
            val left = (error.retryAtMillis ?: 0) - System.currentTimeMillis()
            val seconds = (left / 1000).coerceAtLeast(0) + 1
            exchange.answer(503, """{"error":"temporarily_unavailable"}""", "Retry-After" to "$seconds")
        }
    }
}

private fun HttpExchange.answer(status: Int, body: String, vararg headers: Pair<String, String>) {
    responseHeaders["Content-Type"] = "application/json"
    responseHeaders["Cache-Control"] = "no-store"
    headers.forEach { (name, value) -> responseHeaders[name] = value }
    sendResponseHeaders(status, body.toByteArray().size.toLong())
    responseBody.use { it.write(body.toByteArray()) }
}

fun main(arguments: Array<String>) {
    val broker = Broker(TokenSource(piwikPro(arguments.first())))
    val server = HttpServer.create(InetSocketAddress("127.0.0.1", arguments.getOrNull(1)?.toInt() ?: 8080), 0)
    server.createContext("/login", broker::login)
    server.createContext("/token", broker::token)
    server.executor = Executors.newCachedThreadPool()
    server.start()
    println("http://127.0.0.1:${server.address.port}")
}
