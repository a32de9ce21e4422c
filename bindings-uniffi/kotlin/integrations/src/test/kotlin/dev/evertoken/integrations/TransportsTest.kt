package dev.evertoken.integrations

import dev.evertoken.Api
import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.Provider
import dev.evertoken.broker
import dev.evertoken.sandbox.eventually
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource

class TransportsTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun Library.source(provider: Provider = world.provider()) = world.source(provider, transport(world))

    private fun failure(library: Library): EvertokenException =
        assertThrows(EvertokenException::class.java) { library.source().headersBlocking() }

    @ParameterizedTest
    @EnumSource
    fun `a token request goes out as it was made`(library: Library) {
        library.source(world.piwikProvider()).headersBlocking()
        val (request) = world.piwik.log("token")
        assertEquals("POST", request.text("method"))
        assertEquals(listOf("application/json"), request.header("content-type"))
        val body = """{"grant_type":"client_credentials","client_id":"${world.piwik.id}","client_secret":"${world.piwik.secret}"}"""
        assertEquals(body, request.text("body_text"))
    }

    @ParameterizedTest
    @EnumSource
    fun `a token request follows no redirect`(library: Library) {
        for (status in listOf(302, 307)) {
            world.oauth2.fault("token", """{"type":"redirect","status":$status,"location":"${world.elsewhere.http}/token"}""")
            assertEquals(ErrorCodes.REDIRECT_REFUSED, failure(library).code)
            world.oauth2.mend()
        }
        assertEquals(emptyList<Any>(), world.elsewhere.log())
    }

    @ParameterizedTest
    @EnumSource
    fun `a refusal keeps its status`(library: Library) {
        world.oauth2.deleteKey()
        val failure = failure(library)
        assertEquals(ErrorCodes.CREDENTIALS_REJECTED, failure.code)
        assertEquals(401, failure.status)
    }

    @ParameterizedTest
    @EnumSource
    fun `no more of an answer is read than needed`(library: Library) {
        world.oauth2.fault("token", """{"type":"answer","status":200,"body":{"huge":{"bytes":100000000,"chunked":true}}}""")
        assertEquals(ErrorCodes.ANSWER_TOO_LARGE, failure(library).code)
        eventually("the server sees that nobody reads on") {
            world.oauth2.log("token").all { it.text("state") == "aborted" }
        }
    }

    @ParameterizedTest
    @EnumSource
    fun `a token request whose connection breaks is sent again by nobody but the source`(library: Library) {
        val source = library.source()
        source.headersBlocking()
        source.invalidate()
        world.oauth2.fault("token", """{"type":"drop"}""", times = 1)
        source.headersBlocking()
        assertEquals(3, world.oauth2.tokenRequests)
        assertEquals(3L, source.explain().requests)
    }

    @ParameterizedTest
    @EnumSource
    fun `an answer that ends too early is none`(library: Library) {
        world.oauth2.fault("token", """{"type":"truncate","after_bytes":10}""", times = 1)
        val source = library.source()
        source.headersBlocking()
        assertEquals(2L, source.explain().requests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a token request that is given up ends at the server`(library: Library) {
        val source = library.source()
        world.oauth2.hold()
        val waiting = source.headersFuture()
        eventually("the token request is held") { world.sandbox.held == 1 }
        source.logout()
        assertThrows(Exception::class.java) { waiting.get() }
        eventually("the connection is closed") { world.sandbox.aborted == 1 }
    }

    @ParameterizedTest
    @EnumSource
    fun `a broker is asked by POST with an empty body and its own headers`(library: Library) {
        val provider = broker("${world.oauth2.http}/broker/token", Api.url(world.api)) { reason -> mapOf("X-Why" to reason) }
        library.source(provider).headersBlocking()
        val (request) = world.oauth2.log("token")
        assertEquals("POST", request.text("method"))
        assertEquals("", request.text("body_text"))
        assertEquals(listOf("0"), request.header("content-length"))
        assertEquals(1, request.header("x-why").size)
    }
}
