package dev.evertoken.internal

import dev.evertoken.Api
import dev.evertoken.TokenSource
import dev.evertoken.Trusting
import dev.evertoken.UrlConnectionClient
import dev.evertoken.fixed
import dev.evertoken.sandbox.Sandbox
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.IOException

class RedirectedCallTest {
    private val sandbox = Sandbox.shared.apply { reset() }
    private val vendor = sandbox.vendor("oauth2")
    private val elsewhere = sandbox.vendor("elsewhere", "oauth2")

    @Test
    fun `nothing goes in clear where a redirect leads away from https`(): Unit = runBlocking {
        val source = TokenSource(fixed("token-1", Api.url(vendor.https)))
        val client = UrlConnectionClient(source, Trusting(sandbox)::open)
        for (away in listOf("${vendor.http}/there", "${elsewhere.http}/there")) {
            vendor.fault("api", """{"type":"redirect","status":307,"location":"$away"}""", times = 1)
            val headers = mapOf("X-Mine" to "1")
            val failed = runCatching { client.send("POST", "/api/here", headers, "{}".toByteArray()) }.exceptionOrNull()
            assertEquals("a redirect leads away from https", (failed as? IOException)?.message)
        }
        assertEquals(2, vendor.apiCalls)
        assertEquals(0, elsewhere.apiCalls)
    }
}
