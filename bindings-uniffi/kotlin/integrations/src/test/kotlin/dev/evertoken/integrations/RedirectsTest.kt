package dev.evertoken.integrations

import dev.evertoken.Provider
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.Arguments.arguments
import org.junit.jupiter.params.provider.MethodSource

class RedirectsTest {
    private val world = World()

    @AfterEach
    fun close() = world.close()

    private fun provider(header: String): Provider =
        if (header == OTHER_HEADER_NAME) world.providerOfOtherHeader() else world.provider()

    private fun redirect(location: String, status: Int = 302) {
        world.oauth2.fault("api", """{"type":"redirect","status":$status,"location":"$location"}""", times = 1)
    }

    @ParameterizedTest
    @MethodSource("librariesAndHeaders")
    fun `a redirect to another origin does not get the token`(library: Library, header: String) {
        val source = world.source(provider(header))
        val token = source.tokenBlocking()
        redirect("${world.elsewhere.http}/landing")
        assertEquals(200, world.closed(library.open(source)).get("${world.api}/items").status)
        val (arrived) = world.elsewhere.log()
        assertFalse(token in arrived.toString())
        assertEquals(emptyList<String>(), arrived.header(header))
    }

    @ParameterizedTest
    @MethodSource("librariesAndHeaders")
    fun `a redirect of a POST with its body to another origin does not get the token`(library: Library, header: String) {
        val source = world.source(provider(header))
        val token = source.tokenBlocking()
        redirect("${world.elsewhere.http}/landing", status = 307)
        val answer = world.closed(library.open(source)).send(ApiCall("${world.api}/items", "POST", body = "text"))
        assertEquals(200, answer.status)
        val (arrived) = world.elsewhere.log()
        assertEquals("text", arrived.text("body_text"))
        assertFalse(token in arrived.toString())
    }

    @ParameterizedTest
    @MethodSource("librariesAndHeaders")
    fun `a redirect out of the API does not get the token, though the origin is the same`(library: Library, header: String) {
        val source = world.source(provider(header))
        val token = source.tokenBlocking()
        redirect("/outside")
        world.closed(library.open(source)).get("${world.api}/items")
        val arrived = world.oauth2.log().filter { it.text("target") == "/outside" }
        assertEquals(1, arrived.size)
        assertFalse(token in arrived.toString())
    }

    @ParameterizedTest
    @MethodSource("librariesAndHeaders")
    fun `a redirect within the API takes the token along`(library: Library, header: String) {
        val source = world.source(provider(header))
        val token = source.tokenBlocking()
        redirect("/api/moved")
        world.closed(library.open(source)).get("${world.api}/items")
        val arrived = world.oauth2.log("api").filter { it.text("target") == "/api/moved" }
        assertTrue(arrived.isNotEmpty())
        assertTrue(arrived.all { token in it.header(header).single() })
    }

    @ParameterizedTest
    @MethodSource("librariesAndHeaders")
    fun `a 401 of where a redirect leads is no rejection`(library: Library, header: String) {
        val source = world.source(provider(header))
        source.headersBlocking()
        world.age()
        redirect("${world.elsewhere.http}/landing")
        world.elsewhere.fault("api", """{"type":"answer","status":401}""")
        assertEquals(401, world.closed(library.open(source)).get("${world.api}/items").status)
        assertEquals(1, world.oauth2.tokenRequests)
        assertEquals(1, world.oauth2.apiCalls)
    }

    companion object {
        @JvmStatic
        fun librariesAndHeaders(): List<Arguments> =
            Library.entries.flatMap { listOf(arguments(it, "Authorization"), arguments(it, OTHER_HEADER_NAME)) }
    }
}
