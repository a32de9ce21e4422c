package dev.evertoken.integrations

import dev.evertoken.TokenSource
import dev.evertoken.adapter.Adapter
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.springframework.http.client.ClientHttpResponse
import org.springframework.web.client.HttpClientErrorException
import org.springframework.web.client.RestClient
import java.io.FilterInputStream
import java.io.InputStream

class SpringTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun RestClient.text(url: String): String? = get().uri(url).retrieve().body(String::class.java)

    @Test
    fun `requests of the API share one token and accept its media type`() {
        val client = restClient(world.source(world.piwikProvider()))
        repeat(2) { client.get().uri("${world.piwik.http}/api/apps/v2").retrieve().toBodilessEntity() }
        assertEquals(1, world.piwik.tokenRequests)
        assertEquals(listOf("application/vnd.api+json"), world.piwik.log("api").first().header("accept"))
    }

    @Test
    fun `a request whose token is rejected is sent again with its body and another token`() {
        val source = world.source()
        source.headersBlocking()
        world.age()
        world.oauth2.revoke()
        restClient(source).post().uri("${world.api}/items").body("once more").retrieve().toBodilessEntity()
        assertEquals(listOf("once more", "once more"), world.oauth2.log("api").map { it.text("body_text") })
        assertEquals(2, world.oauth2.tokenRequests)
    }

    @Test
    fun `a 403 that rejects the token brings another one, a plain one is the answer, body and all`() {
        val source = world.source(world.piwikProvider())
        source.headersBlocking()
        world.age()
        world.piwik.revoke()
        val client = restClient(source)
        client.text("${world.piwik.http}/api/tracker/v2/settings")
        assertEquals(2, world.piwik.tokenRequests)
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"text":"not for you"}}""")
        val failure = assertThrows(HttpClientErrorException.Forbidden::class.java) {
            client.text("${world.piwik.http}/api/tracker/v2/settings")
        }
        assertEquals("not for you", failure.responseBodyAsString)
    }

    @Test
    fun `a request of another origin passes as it is`() {
        restClient(world.source()).text("${world.elsewhere.http}/items")
        assertEquals(0, world.oauth2.tokenRequests)
        assertEquals(emptyList<String>(), world.elsewhere.log().single().header("authorization"))
    }

    @Test
    fun `a redirect is not followed`() {
        val client = restClient(world.source())
        world.oauth2.fault("api", """{"type":"redirect","status":302,"location":"${world.elsewhere.http}/landing"}""")
        assertEquals(302, client.get().uri("${world.api}/items").retrieve().toBodilessEntity().statusCode.value())
        assertEquals(emptyList<Any>(), world.elsewhere.log())
    }

    @Test
    fun `no more of an answer is looked into than may tell of a rejection, and the caller gets it whole`() {
        val watch = Watch()
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"huge":{"bytes":3000000,"chunked":true}}}""")
        val failure = assertThrows(HttpClientErrorException.Forbidden::class.java) {
            watch.client(world.source(world.piwikProvider())).text("${world.piwik.http}/api/tracker/v2/settings")
        }
        assertEquals(Adapter.LOOKED_INTO + 1, watch.answer.lookedInto)
        assertEquals(3_000_000, failure.responseBodyAsByteArray.size)
    }

    @Test
    fun `an answer is closed when the wait for another token is interrupted`() {
        val source = world.source()
        source.headersBlocking()
        world.age()
        world.oauth2.revoke()
        world.oauth2.hold()
        val watch = Watch { Thread.currentThread().interrupt() }
        assertThrows(InterruptedException::class.java) { watch.client(source).text("${world.api}/items") }
        assertTrue(watch.answer.isClosed)
    }

    /** Sees the answers that the interceptor gets. */
    private class Watch(private val answered: () -> Unit = {}) {
        lateinit var answer: Watched

        fun client(source: TokenSource): RestClient = restClient(source).mutate()
            .requestInterceptor { request, body, execution ->
                Watched(execution.execute(request, body)).also { answer = it }.also { answered() }
            }
            .build()
    }

    private class Watched(private val response: ClientHttpResponse) : ClientHttpResponse by response {
        private val first by lazy { CountedStream(response.body) }
        private var isFirst = true
        var isClosed = false
        val lookedInto: Int get() = first.count

        override fun getBody(): InputStream = if (isFirst) first.also { isFirst = false } else response.body

        override fun close() {
            isClosed = true
            response.close()
        }
    }

    private class CountedStream(stream: InputStream) : FilterInputStream(stream) {
        var count = 0

        override fun read(): Int = super.read().also { if (it >= 0) count++ }

        override fun read(bytes: ByteArray, from: Int, most: Int): Int =
            super.read(bytes, from, most).also { if (it > 0) count += it }
    }
}
