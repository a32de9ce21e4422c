package dev.evertoken.okhttp

import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.Clock
import dev.evertoken.Provider
import dev.evertoken.TokenSource
import dev.evertoken.TokenSourceOptions
import dev.evertoken.Transport
import dev.evertoken.oauth2
import dev.evertoken.sandbox.Sandbox
import dev.evertoken.sandbox.Vendor
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonPrimitive
import okhttp3.OkHttpClient
import okhttp3.Request
import java.util.concurrent.atomic.AtomicLong

/** The sandbox as it is for one test, and a source of its plain OAuth 2 server. */
internal class World(isHttps: Boolean = false) : AutoCloseable {
    val sandbox: Sandbox = Sandbox.shared.apply { reset() }
    val vendor: Vendor = sandbox.vendor("oauth2")
    val elsewhere: Vendor = sandbox.vendor("elsewhere")
    private val origin = if (isHttps) vendor.https else vendor.http
    val api: String = "$origin/api"
    private val added = AtomicLong()
    private val sources = ArrayList<TokenSource>()

    val provider: Provider =
        oauth2("$origin/oauth2/token", Api.url(api), ClientCredentials(vendor.id, vendor.secret))

    fun source(transport: Transport = OkHttpTransport(OkHttpClient()), provider: Provider = this.provider): TokenSource {
        val options = TokenSourceOptions()
        val real = options.clock
        options.clock = object : Clock by real {
            override fun monoMillis(): Long = real.monoMillis() + added.get()

            override fun wallMillis(): Long = real.wallMillis() + added.get()
        }
        return TokenSource(provider, transport, options).also(sources::add)
    }

    /** Makes the held token old enough for a rejection to count at once. */
    fun age() {
        added.addAndGet(60_000)
    }

    fun request(path: String = "/items"): Request = Request.Builder().url(api + path).build()

    override fun close() {
        sources.forEach(TokenSource::close)
    }
}

/** The values of a header of a request that the sandbox has logged. */
internal fun JsonObject.header(name: String): List<String> = getValue("headers").jsonArray
    .map { it.jsonArray }
    .filter { (header) -> header.jsonPrimitive.content == name.lowercase() }
    .map { (_, value) -> value.jsonPrimitive.content }
