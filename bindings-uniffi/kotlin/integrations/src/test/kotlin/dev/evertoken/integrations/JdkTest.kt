package dev.evertoken.integrations

import dev.evertoken.Api
import dev.evertoken.CredentialsException
import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.TokenSource
import dev.evertoken.Transport
import dev.evertoken.broker
import dev.evertoken.jdk.AuthenticatedClient
import dev.evertoken.jdk.JdkTransport
import dev.evertoken.jdk.authenticatedWith
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.CsvSource
import java.io.IOException
import java.net.Authenticator
import java.net.CookieManager
import java.net.HttpCookie
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpClient.Redirect
import java.net.http.HttpRequest
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import kotlin.concurrent.thread
import kotlin.io.path.writeText

class JdkTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun client(source: TokenSource = world.source(), redirects: Redirect = Redirect.NEVER): AuthenticatedClient =
        HttpClient.newHttpClient().authenticatedWith(source, redirects)

    private fun request(url: String = "${world.api}/items"): HttpRequest.Builder = HttpRequest.newBuilder(URI(url))

    /** A source whose token is some time old and revoked. */
    private fun revoked(): TokenSource {
        val source = world.source()
        source.headersBlocking()
        world.age()
        world.oauth2.revoke()
        return source
    }

    private fun redirect(location: String, status: Int = 302, times: Int? = 1) {
        world.oauth2.fault("api", """{"type":"redirect","status":$status,"location":"$location"}""", times)
    }

    @Test
    fun `a client that follows redirects by itself is refused`() {
        val client = HttpClient.newBuilder().followRedirects(Redirect.NORMAL).build()
        assertThrows(IllegalArgumentException::class.java) { client.authenticatedWith(world.source()) }
    }

    @Test
    fun `a client with an authenticator is refused`() {
        val client = HttpClient.newBuilder().authenticator(object : Authenticator() {}).build()
        assertThrows(IllegalArgumentException::class.java) { client.authenticatedWith(world.source()) }
    }

    @Test
    fun `a request that is sent and waited for within the end of another is answered`() {
        world.oauth2.hold("api", times = 1)
        val client = client()
        val answer = client.sendAsync(request("${world.api}/first").build(), BodyHandlers.discarding())
            .thenApply { client.send(request("${world.api}/second").build(), BodyHandlers.ofString()) }
        eventually("the first call is held") { world.sandbox.held == 1 }
        world.oauth2.release("api")
        assertEquals(200, answer.get().statusCode())
    }

    @Test
    fun `a request that is sent and waited for in an unconfined coroutine is answered`() {
        val client = client()
        val answer = runBlocking(Dispatchers.Unconfined) { client.send(request().build(), BodyHandlers.ofString()) }
        assertEquals(200, answer.statusCode())
    }

    @Test
    fun `a transport that sends with the authenticated client fails instead of waiting for itself`() {
        lateinit var client: AuthenticatedClient
        val transport = Transport {
            error("status ${client.sendAsync(request().build(), BodyHandlers.discarding()).await().statusCode()}")
        }
        client = client(world.source(transport = transport))
        val failure = assertThrows(EvertokenException::class.java) {
            client.send(request().build(), BodyHandlers.discarding())
        }
        assertEquals(ErrorCodes.REENTRANT, failure.code)
    }

    @Test
    fun `a cancelled future cancels its request at the server`() {
        val source = world.source()
        source.headersBlocking()
        world.oauth2.hold("api")
        val answer = client(source).sendAsync(request().build(), BodyHandlers.ofString())
        eventually("the call is held") { world.sandbox.held == 1 }
        answer.cancel(true)
        eventually("the server sees it") { world.sandbox.aborted == 1 }
    }

    @Test
    fun `a cancelled coroutine cancels its request at the server`() {
        val source = world.source()
        source.headersBlocking()
        world.oauth2.hold("api")
        val client = client(source)
        val job = CoroutineScope(Dispatchers.Default).launch { client.await(request().build(), BodyHandlers.ofString()) }
        eventually("the call is held") { world.sandbox.held == 1 }
        job.cancel()
        eventually("the server sees it") { world.sandbox.aborted == 1 }
    }

    @Test
    fun `an interrupted thread cancels its request at the server`() {
        val source = world.source()
        source.headersBlocking()
        world.oauth2.hold("api")
        val client = client(source)
        val met = CompletableFuture<Throwable>()
        val caller = thread {
            met.complete(assertThrows(Throwable::class.java) { client.send(request().build(), BodyHandlers.ofString()) })
        }
        eventually("the call is held") { world.sandbox.held == 1 }
        caller.interrupt()
        assertEquals(InterruptedException::class.java, met.get().javaClass)
        eventually("the server sees it") { world.sandbox.aborted == 1 }
    }

    @Test
    fun `an answer that is surfaced goes through any handler`() {
        val source = world.source()
        source.headersBlocking()
        world.oauth2.fault("api", """{"type":"answer","status":401,"body":{"text":"one\ntwo"}}""")
        val once = { request().POST(BodyPublishers.ofInputStream { "gone".byteInputStream() }).build() }
        val client = client(source)
        assertEquals(listOf("one", "two"), client.send(once(), BodyHandlers.ofLines()).body().toList())
        assertEquals("one\ntwo", client.send(once(), BodyHandlers.ofInputStream()).body().reader().readText())
        assertEquals(7, client.send(once(), BodyHandlers.ofByteArray()).body().size)
        assertEquals(null, client.send(once(), BodyHandlers.discarding()).body())
    }

    @Test
    fun `a surfaced answer that breaks fails as any other`() {
        val source = world.source(world.piwikProvider())
        world.piwik.fault("api", """{"type":"truncate","after_bytes":3}""")
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"text":"longer than that"}}""")
        assertThrows(IOException::class.java) {
            client(source).send(request("${world.piwik.http}/api/tracker/v2/settings").build(), BodyHandlers.ofString())
        }
        assertEquals(1, world.piwik.tokenRequests)
    }

    @Test
    fun `a file is sent again`(@TempDir folder: Path) {
        val file = folder.resolve("body.txt").apply { writeText("once more") }
        val request = request().POST(BodyPublishers.ofFile(file)).build()
        assertEquals(200, client(revoked()).send(request, BodyHandlers.discarding()).statusCode())
        assertEquals(listOf("once more", "once more"), world.oauth2.log("api").map { it.text("body_text") })
    }

    @Test
    fun `a publisher of the user's is not sent again, whatever its length`() {
        val body = BodyPublishers.fromPublisher(BodyPublishers.ofString("gone"), 4)
        assertEquals(401, client(revoked()).send(request().POST(body).build(), BodyHandlers.discarding()).statusCode())
        assertEquals(1, world.oauth2.apiCalls)
    }

    @Test
    fun `no redirect is followed unless that is said`() {
        redirect("/api/moved")
        assertEquals(302, client().send(request().build(), BodyHandlers.discarding()).statusCode())
    }

    @ParameterizedTest
    @CsvSource("301,POST,GET", "302,POST,GET", "303,POST,GET", "303,HEAD,HEAD", "307,POST,POST", "308,PUT,PUT", "302,PUT,PUT")
    fun `a redirect keeps or changes the method as the standard says`(status: Int, method: String, then: String) {
        redirect("/api/moved", status)
        val body = if (method == "HEAD") BodyPublishers.noBody() else BodyPublishers.ofString("text")
        val request = request().method(method, body).header("Content-Type", "text/plain").build()
        val response = client(redirects = Redirect.NORMAL).send(request, BodyHandlers.ofString())
        assertEquals(URI("${world.api}/moved"), response.uri())
        assertEquals(status, response.previousResponse().orElseThrow().statusCode())
        val moved = world.oauth2.log("api").last()
        assertEquals(then, moved.text("method"))
        assertEquals(if (then in setOf("POST", "PUT")) "text" else "", moved.text("body_text"))
        assertEquals(then != "GET", moved.header("content-type").isNotEmpty())
    }

    @Test
    fun `a redirect that asks for a body that is gone is the answer`() {
        redirect("/api/moved", 307)
        val request = request().POST(BodyPublishers.ofInputStream { "gone".byteInputStream() }).build()
        assertEquals(307, client(redirects = Redirect.NORMAL).send(request, BodyHandlers.discarding()).statusCode())
    }

    @Test
    fun `redirects without end come to one`() {
        redirect("/api/items", times = null)
        assertEquals(302, client(redirects = Redirect.NORMAL).send(request().build(), BodyHandlers.discarding()).statusCode())
        assertEquals(21, world.oauth2.apiCalls)
    }

    @Test
    fun `headers for one origin are not taken to another by a redirect`() {
        redirect("${world.elsewhere.http}/landing")
        val request = request().header("Authorization", "Bearer stranger").header("X-Mine", "kept").build()
        assertEquals(200, client(redirects = Redirect.ALWAYS).send(request, BodyHandlers.discarding()).statusCode())
        val (arrived) = world.elsewhere.log()
        assertEquals(emptyList<String>(), arrived.header("authorization"))
        assertEquals(listOf("kept"), arrived.header("x-mine"))
    }

    @Test
    fun `a token request needs no thread of the client, whose cookies go to a broker only`() {
        val cookies = CookieManager().apply {
            val cookie = HttpCookie("session", "sandbox").apply { path = "/"; version = 0 }
            cookieStore.add(URI(world.oauth2.http), cookie)
        }
        val base = HttpClient.newBuilder().cookieHandler(cookies).executor { error("nobody runs anything here") }.build()
        val transport = JdkTransport(base)
        world.source(transport = transport).headersBlocking()
        world.source(broker("${world.oauth2.http}/broker/token", Api.url(world.api)), transport).headersBlocking()
        val (plain, broker) = world.oauth2.log("token").map { it.header("cookie") }
        assertFalse(plain.any())
        assertTrue(broker.single().contains("session=sandbox"))
    }

    @Test
    fun `a refusal reaches the source, though the client has an authenticator`() {
        world.oauth2.deleteKey()
        val base = HttpClient.newBuilder().authenticator(object : Authenticator() {}).build()
        val failure = assertThrows(CredentialsException::class.java) {
            world.source(transport = JdkTransport(base)).headersBlocking()
        }
        assertEquals(401, failure.status)
    }
}
