package dev.evertoken.integrations

import dev.evertoken.Provider
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource

class RejectionsTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    /** Makes a client whose token is some time old. */
    private fun Library.settled(provider: Provider = world.provider()): Caller {
        val source = world.source(provider)
        source.headersBlocking()
        world.age()
        return world.closed(open(source))
    }

    @ParameterizedTest
    @EnumSource
    fun `a call whose token is rejected is sent again with its body and another token`(library: Library) {
        val caller = library.settled()
        world.oauth2.revoke()
        val answer = caller.send(ApiCall("${world.api}/items", "POST", mapOf("X-Mine" to "kept"), body = "once more"))
        assertEquals(200, answer.status)
        assertEquals(2, world.oauth2.tokenRequests)
        val calls = world.oauth2.log("api")
        assertEquals(listOf("once more", "once more"), calls.map { it.text("body_text") })
        assertEquals(listOf(listOf("kept"), listOf("kept")), calls.map { it.header("x-mine") })
        assertEquals(2, calls.map { it.header("authorization") }.distinct().size)
    }

    @ParameterizedTest
    @EnumSource
    fun `a body that can be sent only once is not sent again`(library: Library) {
        val caller = library.settled()
        world.oauth2.revoke()
        val answer = caller.send(ApiCall("${world.api}/items", "POST", body = "gone", isOnce = true))
        assertEquals(401, answer.status)
        assertEquals(listOf("gone"), world.oauth2.log("api").map { it.text("body_text") })
    }

    @ParameterizedTest
    @EnumSource
    fun `a token that is rejected twice is the API's own answer`(library: Library) {
        val caller = library.settled()
        world.oauth2.fault("api", """{"type":"answer","status":401,"body":{"text":"go away"}}""")
        val answer = caller.get("${world.api}/items")
        assertEquals(401, answer.status)
        assertEquals("go away", answer.body)
        assertEquals(2, world.oauth2.apiCalls)
        assertEquals(2, world.oauth2.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a rejection is the API's own answer when there is no other token`(library: Library) {
        val caller = library.settled()
        world.oauth2.revoke()
        world.oauth2.deleteKey()
        assertEquals(401, caller.get("${world.api}/items").status)
        assertEquals(1, world.oauth2.apiCalls)
    }

    @ParameterizedTest
    @EnumSource
    fun `a 403 that rejects the token brings another one`(library: Library) {
        val caller = library.settled(world.piwikProvider())
        world.piwik.revoke()
        assertEquals(200, caller.get("${world.piwik.http}/api/tracker/v2/settings").status)
        assertEquals(2, world.piwik.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a plain 403 is the API's own answer, body and all`(library: Library) {
        val caller = library.settled(world.piwikProvider())
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"text":"not for you"}}""")
        assertEquals("not for you", caller.get("${world.piwik.http}/api/tracker/v2/settings").body)
        assertEquals(1, world.piwik.tokenRequests)
    }

    @ParameterizedTest
    @EnumSource
    fun `a 403 without a stated length, too long to be looked into, reaches the caller whole`(library: Library) {
        val caller = library.settled(world.piwikProvider())
        world.piwik.fault("api", """{"type":"answer","status":403,"body":{"huge":{"bytes":3000000,"chunked":true}}}""")
        assertEquals(3_000_000, caller.get("${world.piwik.http}/api/tracker/v2/settings").body.length)
        assertEquals(1, world.piwik.tokenRequests)
    }
}
