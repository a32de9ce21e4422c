package dev.evertoken.behaviour

import dev.evertoken.Api
import dev.evertoken.ApiKey
import dev.evertoken.ClientAuth
import dev.evertoken.ClientCredentials
import dev.evertoken.Credentials
import dev.evertoken.Event
import dev.evertoken.EvertokenException
import dev.evertoken.Header
import dev.evertoken.NamedCredentials
import dev.evertoken.OroSurface
import dev.evertoken.Provider
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenRequest
import dev.evertoken.TokenSource
import dev.evertoken.TokenSourceOptions
import dev.evertoken.Transport
import dev.evertoken.broker
import dev.evertoken.custom
import dev.evertoken.didomi
import dev.evertoken.oauth2
import dev.evertoken.oroCommerce
import dev.evertoken.oroPlatform
import dev.evertoken.piwikPro
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.EnumSource
import org.junit.jupiter.params.provider.MethodSource
import java.io.File
import java.io.IOException
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicReference

class SecretsTest : AgainstTheSandbox() {
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("failures")
    fun `no secret is in an error, an event, an explanation, a log or on the console`(name: String, mood: String) {
        val provider = PROVIDERS.getValue(name)("http://127.0.0.1:9")
        assertEquals(emptyList<String>(), foundAfterFailing(provider, MOODS.getValue(mood)))
    }

    @ParameterizedTest
    @EnumSource
    fun `no secret is in what a library makes of a failed connection`(library: Library) {
        for (fault in FAULTS) {
            server.fault("token", fault)
            for (provider in listOf(oauth2(server.http), inTheQuery(server.http), inAHeader(server.http))) {
                assertEquals(emptyList<String>(), foundAfterFailing(provider, library.transport()), fault)
            }
            server.mend()
        }
        val nobody = "http://127.0.0.1:9"
        for (provider in listOf(oauth2(nobody), inTheQuery(nobody), inAHeader(nobody))) {
            assertEquals(emptyList<String>(), foundAfterFailing(provider, library.transport()), "refused")
        }
    }

    @ParameterizedTest
    @EnumSource
    fun `a token is in nothing that a source shows, logs or tells`(library: Library) {
        server.fault("token", """{"type":"token","value":"${Canary.TOKEN}"}""")
        val heard = ConcurrentLinkedQueue<Event>()
        val found = Eavesdropper().use { eavesdropper ->
            val source = source(transport = library.transport())
            listen(source, heard)
            val caller = library.caller(source)
            runBlocking {
                assertEquals(200, caller.get(items))
                clock.advance(60_000)
                server.revoke()
                caller.get(items)
            }
            eventually("the events") { heard.any { it.type == "rejected" } }
            val things = listOf(source, source.provider, source.explain(), source.explain().token!!, caller) + heard
            Canary.foundIn(things.asSequence().flatMap(::shown) + eavesdropper.heard)
        }
        assertEquals(emptyList<String>(), found)
    }

    @Test
    fun `credentials, providers and requests show nothing of what they hold`() {
        val things = listOf(
            ClientCredentials("an-id", Canary.SECRET),
            ApiKey("a-key", Canary.SECRET),
            NamedCredentials(mapOf("client_secret" to Canary.SECRET)),
            Credentials.supplied { ClientCredentials("an-id", Canary.SECRET) },
            requestWith(inTheQuery("https://idp.example")),
            TokenAnswer(200, listOf(Header("x", Canary.SECRET)), Canary.SECRET.toByteArray(), false),
            Header("x", Canary.SECRET),
        )
        val words = things.map { it.toString() } + PROVIDERS.values.map { it("https://idp.example").toString() }
        assertEquals(emptyList<String>(), Canary.foundIn(words.asSequence()))
    }

    @Test
    fun `the search finds what leaks`() {
        val leaky = listOf(
            IllegalStateException("no answer to ${Canary.SECRET}"),
            IOException("no", IOException("client_secret=sandbox-secret-canary%2F%2B%C3%A4")),
            mapOf("a" to Canary.TOKEN),
        )
        leaky.forEach { assertNotEquals(emptyList<String>(), Canary.foundIn(shown(it)), "$it") }
        Eavesdropper().use { eavesdropper ->
            println(Canary.SECRET)
            java.util.logging.Logger.getLogger("x").log(java.util.logging.Level.FINEST, "a {0}", Canary.TOKEN)
            assertEquals(2, Canary.foundIn(eavesdropper.heard).size)
        }
    }

    private fun requestWith(provider: Provider): TokenRequest {
        val sent = AtomicReference<TokenRequest>()
        val keeping = Transport { request -> TokenAnswer(500, emptyList(), ByteArray(0)).also { sent.set(request) } }
        runCatching { source(provider, keeping, ONCE).headersBlocking() }
        return sent.get()
    }

    private fun foundAfterFailing(provider: Provider, transport: Transport): List<String> {
        val heard = ConcurrentLinkedQueue<Event>()
        return Eavesdropper().use { eavesdropper ->
            val source = source(provider, transport, ONCE)
            listen(source, heard)
            val error = runCatching { source.headersBlocking() }.exceptionOrNull() as EvertokenException
            check(error.code !in setOf("deadline", "cancelled", "misuse")) { "another failure than meant: $error" }
            eventually("the event") { heard.any { it.type == "failed" } }
            val things = listOf(error, provider, source, source.explain()) + heard + heard.mapNotNull { it.error }
            Canary.foundIn(things.asSequence().flatMap(::shown) + eavesdropper.heard)
        }
    }

    @OptIn(kotlinx.coroutines.DelicateCoroutinesApi::class)
    private fun listen(source: TokenSource, heard: ConcurrentLinkedQueue<Event>) {
        val job = GlobalScope.launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
            source.events.collect { heard += it }
        }
        closedAfterwards(AutoCloseable { job.cancel() })
    }

    private companion object {
        val ONCE: TokenSourceOptions.() -> Unit = { policy.fetchAttempts = 1 }
        val CREDENTIALS = ClientCredentials("an-id", Canary.SECRET)

        fun oauth2(url: String) = oauth2("$url/t", Api.url(url), CREDENTIALS)

        fun inTheQuery(url: String) =
            sentElsewhere(url, "query", mapOf("id" to "{client_id}", "key" to "{client_secret}"))

        fun inAHeader(url: String) =
            sentElsewhere(url, "headers", mapOf("x-id" to "{client_id}", "x-key" to "{client_secret}"))

        /** An endpoint that wants the secret somewhere else than in a body. */
        fun sentElsewhere(url: String, place: String, pairs: Map<String, String>): Provider {
            val usual = Json.parseToJsonElement(File("../../../core/providers/oro_platform.json").readText()).jsonObject
            val request = mapOf(
                "url" to usual.getValue("request").jsonObject.getValue("url"),
                "method" to JsonPrimitive("GET"),
                place to JsonObject(pairs.mapValues { JsonPrimitive(it.value) }),
            )
            val descriptor = usual + mapOf("name" to JsonPrimitive("custom"), "request" to JsonObject(request))
            return custom(JsonObject(descriptor).toString(), variables = mapOf("url" to url), credentials = CREDENTIALS)
        }

        val PROVIDERS: Map<String, (String) -> Provider> = mapOf(
            "Piwik PRO" to { url -> piwikPro(url, CREDENTIALS) },
            "Didomi" to { url -> didomi(ApiKey("a-key", Canary.SECRET), url) },
            "OroCommerce" to { url -> oroCommerce(url, OroSurface.BACK_OFFICE, CREDENTIALS) },
            "OroPlatform" to { url -> oroPlatform(url, CREDENTIALS) },
            "OAuth 2" to ::oauth2,
            "OAuth 2 in the body" to { url ->
                oauth2("$url/t", Api.url(url), CREDENTIALS, clientAuth = ClientAuth.BODY)
            },
            "in the query" to ::inTheQuery,
            "in a header" to ::inAHeader,
            "supplied" to { url -> oroPlatform(url, Credentials.supplied { CREDENTIALS }) },
            "broker" to { url -> broker("$url/t", Api.url(url)) { mapOf("x-csrf" to Canary.SECRET.take(21)) } },
        )

        fun echo(status: Int, body: (String) -> String = { it }) = Transport { request ->
            // What a broker is sent is the session of its own user.
            val headers = request.headers.filterNot { it.name == "x-csrf" }.joinToString { it.value }
            val sent = request.body?.decodeToString().orEmpty() + request.url + headers
            TokenAnswer(status, listOf(Header("content-type", "application/json")), body(sent).toByteArray(), false)
        }

        fun inAnError(sent: String) =
            """{"error":"invalid_client","error_description":"no such secret: ${sent.replace("\"", "\\\"")}"}"""

        val MOODS: Map<String, Transport> = mapOf(
            "echo in 401" to echo(401, ::inAnError),
            "echo in 400" to echo(400, ::inAnError),
            "echo in 500" to echo(500),
            "echo in 200" to echo(200),
            "a code that echoes" to echo(400) { sent -> JsonObject(mapOf("error" to JsonPrimitive(sent))).toString() },
        )

        val FAULTS = listOf(
            """{"type":"drop"}""",
            """{"type":"truncate","after_bytes":10}""",
            """{"type":"redirect","status":307,"location":"/elsewhere"}""",
            """{"type":"answer","status":500,"body":"html"}""",
        )

        @JvmStatic
        fun failures(): List<Arguments> = PROVIDERS.keys.flatMap { name -> MOODS.keys.map { Arguments.of(name, it) } }
    }
}
