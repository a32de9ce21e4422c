package dev.evertoken.integrations

import dev.evertoken.ErrorCodes
import dev.evertoken.EvertokenException
import dev.evertoken.Provider
import dev.evertoken.sandbox.eventually
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.IOException
import java.util.concurrent.CancellationException
import java.util.concurrent.ExecutionException

class CallsTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun Library.opened(provider: Provider = world.provider()) = world.closed(open(world.source(provider)))

    @ParameterizedTest
    @EnumSource
    fun `calls of the API share one token`(library: Library) {
        val caller = library.opened()
        repeat(3) { assertEquals(200, caller.get("${world.api}/items").status) }
        assertEquals(1, world.oauth2.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a call of another origin passes as it is`(library: Library) {
        val caller = library.opened()
        assertEquals(200, caller.get("${world.elsewhere.http}/items", "Authorization" to "Basic bm9ib2R5").status)
        val (arrived) = world.elsewhere.log()
        assertEquals(listOf("Basic bm9ib2R5"), arrived.header("authorization"))
        assertEquals(0, world.oauth2.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a call of the same origin outside of the API carries no token`(library: Library) {
        library.opened().get("${world.oauth2.http}/outside")
        assertEquals(0, world.oauth2.tokenRequests)
        assertTrue(world.oauth2.log().all { it.header("authorization").isEmpty() })
    }

    @ParameterizedTest
    @EnumSource
    fun `a call with a token header of its own passes as it is, and a 401 to it is no rejection`(library: Library) {
        val caller = library.opened()
        assertEquals(401, caller.get("${world.api}/items", "Authorization" to "Bearer stranger").status)
        assertEquals(1, world.oauth2.apiCalls)
        assertEquals(0, world.oauth2.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a call accepts the media type of the API unless it says so itself`(library: Library) {
        val caller = library.opened(world.piwikProvider())
        caller.get("${world.piwik.http}/api/apps/v2")
        caller.get("${world.piwik.http}/api/apps/v2", "Accept" to "text/csv")
        assertEquals(
            listOf(listOf("application/vnd.api+json"), listOf("text/csv")),
            world.piwik.log("api").map { it.header("accept") },
        )
    }

    @ParameterizedTest
    @EnumSource
    fun `a call without a token fails with an exception of ours, which is an IOException`(library: Library) {
        world.oauth2.deleteKey()
        val failure = assertThrows(EvertokenException::class.java) { library.opened().get("${world.api}/items") }
        assertEquals(ErrorCodes.CREDENTIALS_REJECTED, failure.code)
        assertInstanceOf(IOException::class.java, failure)
        assertEquals(0, world.oauth2.apiCalls)
    }

    @ParameterizedTest
    @EnumSource
    fun `a call that is cancelled while it waits for a token leaves the others served`(library: Library) {
        val source = world.source()
        val caller = world.closed(library.open(source))
        world.oauth2.hold()
        val first = caller.start(ApiCall("${world.api}/first"))
        eventually("the token request is held") { world.sandbox.held == 1 }
        val second = caller.start(ApiCall("${world.api}/second"))
        eventually("both wait") { source.explain().waiting == 2L }
        first.cancel(true)
        val failure = assertThrows(Exception::class.java) { first.get() }
        if (failure is ExecutionException) {
            assertEquals("Canceled", assertInstanceOf(IOException::class.java, failure.cause).message)
        } else {
            assertInstanceOf(CancellationException::class.java, failure)
        }
        world.oauth2.mend()
        world.oauth2.release()
        assertEquals(200, second.get().status)
        assertEquals(1, world.oauth2.tokenRequests)
        assertEquals(listOf("/api/second"), world.oauth2.log("api").map { it.text("target") })
    }

    @ParameterizedTest
    @EnumSource
    fun `a call whose time is over while it waits for a token fails as the library has it`(library: Library) {
        val caller = library.opened()
        world.oauth2.hold()
        val failure = assertThrows(IOException::class.java) { caller.send(ApiCall("${world.api}/items", timeoutMillis = 200)) }
        assertTrue(failure !is EvertokenException, failure.toString())
        assertTrue(failure.javaClass.name.contains("Timeout") || failure.message == "timeout", failure.toString())
    }
}
