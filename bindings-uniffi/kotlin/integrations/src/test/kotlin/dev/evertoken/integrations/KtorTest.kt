package dev.evertoken.integrations

import dev.evertoken.Api
import dev.evertoken.TokenSource
import dev.evertoken.broker
import dev.evertoken.ktor.Evertoken
import dev.evertoken.ktor.KtorTransport
import dev.evertoken.sandbox.eventually
import io.ktor.client.HttpClient
import io.ktor.client.HttpClientConfig
import io.ktor.client.content.LocalFileContent
import io.ktor.client.engine.cio.CIO
import io.ktor.client.plugins.ClientRequestException
import io.ktor.client.plugins.HttpRedirect
import io.ktor.client.plugins.HttpResponseValidator
import io.ktor.client.plugins.api.createClientPlugin
import io.ktor.client.plugins.cookies.AcceptAllCookiesStorage
import io.ktor.client.plugins.cookies.HttpCookies
import io.ktor.client.request.forms.formData
import io.ktor.client.request.forms.submitFormWithBinaryData
import io.ktor.client.request.get
import io.ktor.client.request.post
import io.ktor.client.request.prepareGet
import io.ktor.client.request.setBody
import io.ktor.client.statement.bodyAsText
import io.ktor.http.Cookie
import io.ktor.http.Url
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.writeText

class KtorTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun client(source: TokenSource, configure: HttpClientConfig<*>.() -> Unit = {}): HttpClient =
        world.closed(
            HttpClient(CIO) {
                install(Evertoken) { this.source = source }
                configure()
            },
        )

    /** A source whose token is some time old and revoked. */
    private fun revoked(): TokenSource {
        val source = world.source()
        source.headersBlocking()
        world.age()
        world.oauth2.revoke()
        return source
    }

    @Test
    fun `the plugin cannot be installed without a source`() {
        assertThrows(IllegalArgumentException::class.java) { HttpClient(CIO) { install(Evertoken) } }
    }

    @Test
    fun `a streamed answer that rejects the token brings another one`() = runBlocking {
        val source = world.source(world.piwikProvider())
        source.headersBlocking()
        world.age()
        world.piwik.revoke()
        val status = client(source).prepareGet("${world.piwik.http}/api/tracker/v2/settings").execute { it.status.value }
        assertEquals(200, status)
        assertEquals(2, world.piwik.tokenRequests)
    }

    @Test
    fun `a streamed 403, too long to be looked into, reaches the caller whole`() = runBlocking {
        val client = client(world.source(world.piwikProvider()))
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"huge":{"bytes":3000000,"chunked":true}}}""")
        val statement = client.prepareGet("${world.piwik.http}/api/tracker/v2/settings")
        assertEquals(3_000_000, statement.execute { it.bodyAsText().length })
    }

    @Test
    fun `an answer that was looked into can be read twice, as any other that is not streamed`() = runBlocking {
        val read = ArrayList<String>()
        val client = client(world.source(world.piwikProvider())) {
            HttpResponseValidator { validateResponse { read += it.bodyAsText() } }
        }
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"text":"not for you"}}""")
        read += client.get("${world.piwik.http}/api/tracker/v2/settings").bodyAsText()
        assertEquals(listOf("not for you", "not for you"), read)
    }

    @Test
    fun `an answer that is surfaced is validated as any other, body and all`() {
        val source = revoked()
        world.oauth2.fault("api", """{"type":"answer","status":401,"body":{"text":"go away"}}""")
        val client = client(source) { expectSuccess = true }
        val failure = assertThrows(ClientRequestException::class.java) {
            runBlocking { client.get("${world.api}/items") }
        }
        assertEquals("go away", runBlocking { failure.response.bodyAsText() })
        assertEquals(2, world.oauth2.apiCalls)
    }

    @Test
    fun `a file is sent again`(@TempDir folder: Path) = runBlocking {
        val file = folder.resolve("body.txt").apply { writeText("once more") }
        val response = client(revoked()).post("${world.api}/items") { setBody(LocalFileContent(file.toFile())) }
        assertEquals(200, response.status.value)
        assertEquals(listOf("once more", "once more"), world.oauth2.log("api").map { it.text("body_text") })
    }

    @Test
    fun `a multipart form is not sent again`() = runBlocking {
        val form = formData { append("part", "gone") }
        assertEquals(401, client(revoked()).submitFormWithBinaryData("${world.api}/items", form).status.value)
        assertEquals(1, world.oauth2.apiCalls)
    }

    @Test
    fun `no plugin of the client sees a token request, and its cookies go to a broker only`() {
        val seen = ArrayList<String>()
        val spy = createClientPlugin("Spy") { onRequest { request, _ -> seen += request.url.buildString() } }
        val cookies = AcceptAllCookiesStorage()
        val base = world.closed(
            HttpClient(CIO) {
                install(spy)
                install(HttpCookies) { storage = cookies }
            },
        )
        runBlocking { cookies.addCookie(Url(world.oauth2.http), Cookie("session", "sandbox")) }
        val transport = KtorTransport(base)
        world.source(transport = transport).headersBlocking()
        world.source(broker("${world.oauth2.http}/broker/token", Api.url(world.api)), transport).headersBlocking()
        assertEquals(emptyList<String>(), seen)
        assertEquals(
            listOf(emptyList(), listOf("session=sandbox")),
            world.oauth2.log("token").map { it.header("cookie") },
        )
    }

    @Test
    fun `a redirect to another origin does not get the token, though it is followed within the plugin`() {
        val source = world.source(world.providerOfOtherHeader())
        val token = source.tokenBlocking()
        world.oauth2.fault("api", """{"type":"redirect","status":302,"location":"${world.elsewhere.http}/landing"}""")
        val client = client(source) {
            followRedirects = false
            install(HttpRedirect)
        }
        assertEquals(200, runBlocking { client.get("${world.api}/items") }.status.value)
        assertFalse(token in world.elsewhere.log().single().toString())
    }

    @Test
    fun `the time-outs of the engine do not end a token request`() {
        val hasty = world.closed(HttpClient(CIO) { engine { requestTimeout = 1 } })
        val source = world.source(transport = KtorTransport(hasty))
        world.oauth2.hold(times = 1)
        val waiting = source.headersFuture()
        eventually("the token request is held") { world.sandbox.held == 1 }
        world.oauth2.release()
        waiting.get()
        assertEquals(1L, source.explain().requests)
    }
}
