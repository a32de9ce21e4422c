package dev.evertoken.integrations

import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import feign.Feign
import feign.RequestLine
import okhttp3.OkHttpClient
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class FeignTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    interface Apps {
        @RequestLine("GET /api/apps/v2")
        fun list(): String
    }

    @Test
    fun `a service calls the API with a token, and again with another when that is rejected`() {
        val base = OkHttpClient()
        val source = world.source(world.piwikProvider(), OkHttpTransport(base))
        val http = base.newBuilder().authenticatedWith(source).build()
        val apps = Feign.builder().client(feign.okhttp.OkHttpClient(http)).target(Apps::class.java, world.piwik.http)
        assertTrue(apps.list().isNotEmpty())
        world.age()
        world.piwik.revoke()
        assertTrue(apps.list().isNotEmpty())
        assertEquals(2, world.piwik.tokenRequests)
        assertEquals(listOf("application/vnd.api+json"), world.piwik.log("api").first().header("accept"))
    }
}
