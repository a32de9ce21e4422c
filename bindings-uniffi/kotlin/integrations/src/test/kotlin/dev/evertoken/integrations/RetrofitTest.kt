package dev.evertoken.integrations

import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.okhttp.OkHttpTransport
import dev.evertoken.okhttp.authenticatedWith
import kotlinx.coroutines.runBlocking
import okhttp3.OkHttpClient
import okhttp3.ResponseBody
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import retrofit2.Retrofit
import retrofit2.create
import retrofit2.http.GET

class RetrofitTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    interface Apps {
        @GET("api/apps/v2")
        suspend fun list(): ResponseBody
    }

    private fun apps(): Apps {
        val base = OkHttpClient()
        val source = world.source(world.piwikProvider(), OkHttpTransport(base))
        val http = base.newBuilder().authenticatedWith(source).build()
        return Retrofit.Builder().baseUrl(world.piwik.http).client(http).build().create()
    }

    @Test
    fun `a service calls the API with a token`() = runBlocking {
        val apps = apps()
        repeat(2) { apps.list().close() }
        assertEquals(1, world.piwik.tokenRequests)
        assertEquals(listOf("application/vnd.api+json"), world.piwik.log("api").first().header("accept"))
    }

    @Test
    fun `a service fails with our exception where there is no token`() {
        world.piwik.deleteKey()
        val apps = apps()
        val failure = assertThrows(EvertokenException::class.java) { runBlocking { apps.list() } }
        assertEquals(ErrorCodes.CREDENTIALS_REJECTED, failure.code)
    }
}
