package dev.evertoken.docs

import com.sun.net.httpserver.HttpExchange
import dev.evertoken.sandbox.Sandbox
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers

/** What the pages run in: the sandbox under the names that they use, and a back end with a broker. */
internal object World {
    /** Whose place the sandbox takes. */
    private val vendors = mapOf(
        "acme.piwik.pro" to "piwik_pro",
        "api.didomi.io" to "didomi",
        "shop.example.com" to "oro",
        "crm.example.com" to "oro",
        "login.example.com" to "oauth2",
        "api.example.com" to "oauth2",
    )
    private const val BACK_END = "app.example.com"

    /** The credentials that the pages write out. */
    private const val CLIENT = """{"name": "Docs", "id": "the client id", "secret": "the client secret"}"""
    private val keys = mapOf(
        "piwik_pro" to CLIENT,
        "didomi" to """{"name": "Docs", "id": "the key", "secret": "the secret"}""",
        "oro" to """{"name": "Docs", "id": "the client id", "secret": "the client secret", "surface": "back_office"}""",
        "oauth2" to CLIENT,
    )
    private const val GRANT = """{"grant_type": "client_credentials", "client_id": "the client id", "client_secret": "the client secret"}"""
    private val ofTheConnection = setOf("connection", "content-length", "host", "http2-settings", "transfer-encoding", "upgrade")

    init {
        // First of all: a client that is made before it would not trust these names.
        Names(vendors.keys + BACK_END, ::answer)
    }

    private val sandbox = Sandbox.start()
    private val http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).proxy(HttpClient.Builder.NO_PROXY).build()

    /** Everything anew: the keys of the pages, no tokens, nothing logged. */
    fun reset() {
        sandbox.reset()
        keys.forEach { (vendor, key) -> sandbox.ask("POST", "/$vendor/keys", key) }
    }

    /** The calls of an API that it refused. */
    fun failedCalls(): List<String> =
        sandbox.ask("GET", "/log?kind=api").jsonArray.map { it.jsonObject }
            .filter { it.getValue("status").jsonPrimitive.content.toInt() >= 400 }
            .map { "${it["method"]} ${it["target"]}: ${it["status"]}" }

    private fun answer(exchange: HttpExchange) {
        val name = exchange.requestHeaders.getFirst("Host").substringBefore(':')
        val body = exchange.requestBody.readAllBytes()
        val answer = when {
            name != BACK_END -> send(exchange, url(vendors.getValue(name)) + exchange.requestURI, body)
            exchange.requestURI.path == "/token" -> send(exchange, url("piwik_pro") + "/auth/token", GRANT.toByteArray(), "application/json")
            else -> null
        }
        val bytes = answer?.body() ?: ByteArray(0)
        answer?.headers()?.map()?.filterKeys { it.lowercase() !in ofTheConnection }?.forEach { (header, values) -> exchange.responseHeaders[header] = values }
        exchange.sendResponseHeaders(answer?.statusCode() ?: 404, if (bytes.isEmpty()) -1 else bytes.size.toLong())
        exchange.responseBody.write(bytes)
    }

    private fun send(exchange: HttpExchange, url: String, body: ByteArray, contentType: String? = null): HttpResponse<ByteArray> {
        val request = HttpRequest.newBuilder(URI(url)).method(exchange.requestMethod, BodyPublishers.ofByteArray(body))
        exchange.requestHeaders.filterKeys { it.lowercase() !in ofTheConnection }.forEach { (header, values) ->
            values.forEach { request.header(header, it) }
        }
        contentType?.let { request.setHeader("Content-Type", it) }
        return http.send(request.build(), BodyHandlers.ofByteArray())
    }

    private fun url(vendor: String): String = sandbox.line.getValue(vendor).jsonObject.getValue("http").jsonPrimitive.content
}
