package dev.evertoken.behaviour

import dev.evertoken.Api
import dev.evertoken.CredentialsException
import dev.evertoken.TokenSource
import dev.evertoken.UrlConnectionClient
import dev.evertoken.broker
import dev.evertoken.sandbox.Sandbox
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse
import java.net.http.HttpResponse.BodyHandlers
import java.util.concurrent.TimeUnit

/** The programs of `examples/kotlin`, run as their READMEs say. */
class ExamplesTest {
    private val sandbox get() = Sandbox.shared
    private val piwik get() = sandbox.vendor("piwik_pro")
    private val didomi get() = sandbox.vendor("didomi")
    private val oro get() = sandbox.vendor("oro", key = "oro_back_office")
    private val running = mutableListOf<Process>()

    @BeforeEach
    fun everythingIsNew() {
        sandbox.reset()
    }

    @AfterEach
    fun nothingRuns() {
        running.forEach { it.destroyForcibly() }
    }

    @Test
    fun `the Piwik PRO program reads, creates and deletes with one token`() {
        assertTrue(Regex("""\S+ Sandbox\nmade \S+\ndeleted it\n""").matches(printed("PiwikPro", piwik.http)))
        assertEquals(listOf(1, 3), listOf(piwik.tokenRequests, piwik.apiCalls))
    }

    @Test
    fun `the Didomi program lists properties with one token`() {
        assertTrue(Regex("""(\S+ .+\n)+""").matches(printed("Didomi", "sandbox")))
        assertEquals(listOf(1, 1), listOf(didomi.tokenRequests, didomi.apiCalls))
    }

    @Test
    fun `the OroCommerce program lists users with one token`() {
        assertTrue(printed("OroCommerce", oro.http).startsWith("1 users\n"))
        assertEquals(listOf(1, 1), listOf(oro.tokenRequests, oro.apiCalls))
    }

    @ParameterizedTest
    @CsvSource(
        "PiwikPro, PIWIK_PRO_CLIENT_SECRET, Menu > Profile > API keys",
        "Didomi, DIDOMI_API_SECRET, Settings > Private API keys",
        "OroCommerce, ORO_CLIENT_SECRET, OAuth Applications",
    )
    fun `a program says what to mend where its secret is wrong`(name: String, variable: String, fix: String) {
        val argument = mapOf("PiwikPro" to piwik.http, "Didomi" to "sandbox", "OroCommerce" to oro.http).getValue(name)
        val process = start(name, argument, variables = mapOf(variable to "mistyped-secret"))
        val said = process.errorStream.bufferedReader().readText()
        assertEquals(1, ended(process))
        assertTrue("credentials_rejected" in said && fix in said, said)
        assertFalse("mistyped-secret" in said, said)
    }

    @Test
    fun `the broker serves its apps with one token and says what is left of it`() {
        val broker = serve()
        repeat(3) { assertEquals(200, app(broker, logIn(broker)).sendBlocking("GET", "/api/apps/v2").status) }
        val answer = ask("$broker/token", "POST", logIn(broker))
        assertEquals(200, answer.statusCode())
        assertEquals("no-store", answer.headers().firstValue("cache-control").get())
        val granted = Regex("""\{"access_token":"[^"]+","token_type":"Bearer","expires_in":1[0-7]\d\d}""")
        assertTrue(granted.matches(answer.body()), answer.body())
        assertEquals(listOf(1, 3), listOf(piwik.tokenRequests, piwik.apiCalls))
    }

    @Test
    fun `the broker gives nothing to who has no session, and asks nobody for a token`() {
        val broker = serve()
        for (session in listOf("", "guessed")) {
            assertThrows(CredentialsException::class.java) { app(broker, session).sendBlocking("GET", "/api/apps/v2") }
        }
        assertEquals(405, ask("$broker/token", "GET", logIn(broker)).statusCode())
        assertEquals(0, piwik.tokenRequests)
    }

    @Test
    fun `the broker tells its log and not the app what to mend`() {
        val process = start("Broker", piwik.http, "0")
        val broker = process.inputStream.bufferedReader().readLine()
        piwik.deleteKey()
        val answer = ask("$broker/token", "POST", logIn(broker))
        assertEquals(503, answer.statusCode())
        assertEquals("""{"error":"temporarily_unavailable"}""", answer.body())
        assertTrue(answer.headers().firstValue("retry-after").get().toInt() in 1..6)
        process.toHandle().destroy()
        val log = process.errorStream.bufferedReader().readText()
        assertTrue("credentials_rejected" in log && "Menu > Profile > API keys" in log, log)
        assertFalse(piwik.secret in log)
    }

    private fun printed(name: String, vararg arguments: String): String {
        val process = start(name, *arguments)
        val said = process.inputStream.bufferedReader().readText()
        val wrong = process.errorStream.bufferedReader().readText()
        assertEquals(0, ended(process), wrong)
        assertEquals("", wrong)
        return said
    }

    private fun start(name: String, vararg arguments: String, variables: Map<String, String> = emptyMap()): Process {
        val builder = java("${name}Kt", arguments.toList())
        builder.environment() += mapOf(
            "PIWIK_PRO_CLIENT_ID" to piwik.id,
            "PIWIK_PRO_CLIENT_SECRET" to piwik.secret,
            "DIDOMI_API_KEY" to didomi.id,
            "DIDOMI_API_SECRET" to didomi.secret,
            "DIDOMI_ENDPOINT" to didomi.http,
            "ORO_CLIENT_ID" to oro.id,
            "ORO_CLIENT_SECRET" to oro.secret,
        ) + variables
        return builder.start().also { running += it }
    }

    private fun ended(process: Process): Int {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends")
        return process.exitValue()
    }

    private fun serve(): String = start("Broker", piwik.http, "0").inputStream.bufferedReader().readLine()

    private fun logIn(broker: String): String = ask("$broker/login", "POST", "").body()

    private fun app(broker: String, session: String): UrlConnectionClient {
        val provider = broker("$broker/token", Api.piwikPro(piwik.http)) { mapOf("Authorization" to "Bearer $session") }
        return UrlConnectionClient(TokenSource(provider))
    }

    private fun ask(url: String, method: String, session: String): HttpResponse<String> {
        val request = HttpRequest.newBuilder(URI(url))
            .method(method, BodyPublishers.noBody())
            .header("Authorization", "Bearer $session")
            .build()
        return HttpClient.newHttpClient().send(request, BodyHandlers.ofString())
    }
}
