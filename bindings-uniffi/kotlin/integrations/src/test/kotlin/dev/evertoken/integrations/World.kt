package dev.evertoken.integrations

import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.NamedCredentials
import dev.evertoken.Provider
import dev.evertoken.TokenSource
import dev.evertoken.TokenSourceOptions
import dev.evertoken.Transport
import dev.evertoken.UrlConnectionTransport
import dev.evertoken.custom
import dev.evertoken.oauth2
import dev.evertoken.piwikPro
import dev.evertoken.sandbox.Sandbox
import dev.evertoken.sandbox.Vendor
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive

/** The sandbox as it is for one test, and the sources that the test makes. */
class World : AutoCloseable {
    private val clock = AgingClock()
    private val closing = ArrayDeque<AutoCloseable>()

    val sandbox: Sandbox = Sandbox.shared.apply { reset() }
    val oauth2: Vendor = sandbox.vendor("oauth2")
    val piwik: Vendor = sandbox.vendor("piwik_pro")
    val elsewhere: Vendor = sandbox.vendor("elsewhere")
    val api: String = "${oauth2.http}/api"

    fun provider(origin: String = oauth2.http): Provider =
        oauth2("$origin/oauth2/token", Api.url("$origin/api"), ClientCredentials(oauth2.id, oauth2.secret))

    fun piwikProvider(): Provider = piwikPro(piwik.http, ClientCredentials(piwik.id, piwik.secret))

    /** The same server, but the token goes in a header that no HTTP library knows. */
    fun providerOfOtherHeader(): Provider = custom(
        OTHER_HEADER,
        variables = mapOf("base" to oauth2.http),
        surface = "api",
        credentials = NamedCredentials(mapOf("client_id" to oauth2.id, "client_secret" to oauth2.secret)),
    )


    fun source(provider: Provider = provider(), transport: Transport = UrlConnectionTransport()): TokenSource =
        closed(TokenSource(provider, transport, TokenSourceOptions().also { it.clock = clock }))

    /** Makes the held token old enough for a rejection to count at once. */
    fun age() {
        clock.age(60_000)
    }

    fun <T : AutoCloseable> closed(resource: T): T = resource.also(closing::addFirst)

    override fun close() {
        closing.forEach(AutoCloseable::close)
    }
}

/** The values of a header of a request that the sandbox has logged. */
fun JsonObject.header(name: String): List<String> = getValue("headers").jsonArray
    .map { it.jsonArray }
    .filter { (header) -> header.jsonPrimitive.content == name.lowercase() }
    .map { (_, value) -> value.jsonPrimitive.content }

fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content

const val OTHER_HEADER_NAME = "X-Sandbox-Token"

private const val OTHER_HEADER = """{
  "version": 1,
  "name": "other_header",
  "title": "a server with a header of its own",
  "variables": { "base": { "kind": "base_url", "label": "URL of the server" } },
  "credentials": [
    { "name": "client_id", "label": "client ID", "identity": true },
    { "name": "client_secret", "label": "client secret" }
  ],
  "request": {
    "url": "{base}/oauth2/token",
    "body": { "form": { "grant_type": "client_credentials", "client_id": "{client_id}", "client_secret": "{client_secret}" } }
  },
  "response": {
    "token": { "pointer": "/access_token" },
    "lifetime": [{ "field": { "pointer": "/expires_in", "unit": "seconds" } }]
  },
  "errors": { "code": ["/error"], "description": ["/error_description"] },
  "api": {
    "base_url": "{base}",
    "surfaces": [{ "name": "api", "path": "/api" }],
    "header": { "name": "X-Sandbox-Token", "prefix": "" }
  }
}"""
