package dev.evertoken.scenarios

import dev.evertoken.ConfigurationException
import dev.evertoken.UrlConnectionClient
import dev.evertoken.adapter.Adapter
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory

/** The vector file for URLs, which every language runs; `core/vectors/README.md` says what its rows mean. */
class UrlVectorsTest {
    private val vectors = Vectors.read()
    private val sources = vectors.grants.mapValues { it.value.source() }

    private fun source(row: RequestRow) = sources.getValue(row.grant)

    @Test
    fun `there are as many rows as the file must have`() {
        assertTrue(vectors.requests.size >= 60, "${vectors.requests.size} requests")
        assertTrue(vectors.accounts.size >= 30, "${vectors.accounts.size} accounts")
    }

    @TestFactory
    fun `a text makes the URL of its row, or is refused as the row says`() = rows { row ->
        if (row.url == null) {
            refused(row.refused, row.fix) { source(row).url(row.text) }
        } else {
            assertEquals(row.url, source(row).url(row.text))
            assertEquals(row.url, source(row).url(row.url), "a URL that was made is made again")
        }
    }

    @TestFactory
    fun `a URL that was made may carry the token, with the media type of its path`() = rows { row ->
        val adapter = Adapter(source(row))
        if (row.url == null) {
            assertFalse(adapter.admits(row.text))
        } else {
            assertTrue(adapter.admits(row.url))
            row.accept?.let { assertEquals(it.ifEmpty { null }, adapter.accept(row.url)) }
        }
    }

    @TestFactory
    fun `the client over HttpURLConnection takes a text, and opens nothing for one that is refused`() = rows { row ->
        val opened = mutableListOf<RecordingConnection>()
        val client = UrlConnectionClient(source(row)) { url -> RecordingConnection(url).also(opened::add) }
        if (row.url == null) {
            refused(row.refused, row.fix) { client.sendBlocking("GET", row.text) }
            assertEquals(emptyList<Any>(), opened)
        } else {
            client.sendBlocking("GET", row.text)
            val sent = opened.single()
            assertEquals(row.url, sent.url.toString())
            assertEquals("Bearer $VECTOR_TOKEN", sent.headers["authorization"])
            row.accept?.let { assertEquals(it.ifEmpty { null }, sent.headers["accept"]) }
        }
    }

    @TestFactory
    fun `a JSON body has the media type of its path`() = rows { row ->
        if (row.url == null) {
            refused(row.refused, row.fix) { source(row).contentType(row.text) }
        } else {
            row.accept?.let { assertEquals(it.ifEmpty { "application/json" }, source(row).contentType(row.text)) }
        }
    }

    @TestFactory
    fun `a shared client attaches the token where the row has a URL, and nothing where it is refused`() =
        SHARED_CLIENTS.flatMap { (name, client) ->
            val held = vectors.requests.filter { client.holds(it.url ?: it.text) }
            val (made, refused) = held.partition { it.url != null }
            assertEquals(vectors.requests.count { it.url != null }, made.size, "$name holds every URL that is made")
            assertTrue(refused.size >= 20, "$name holds ${refused.size} of the texts that are refused")
            (made + refused).map { row -> dynamicTest("$name: ${row.grant} ${row.text}") { carried(client, row) } }
        }

    private fun carried(client: SharedClient, row: RequestRow) {
        if (row.url == null) {
            assertNull(client.sent(source(row), row.text).token)
            return
        }
        for (text in setOf(row.url, row.text).filter(client::holds)) {
            val sent = client.sent(source(row), text)
            assertEquals("Bearer $VECTOR_TOKEN", sent.token, text)
            row.accept?.let { assertEquals(it.ifEmpty { null }, sent.accept, text) }
        }
    }

    @TestFactory
    fun `an account is read as its row says`(): List<DynamicTest> = vectors.accounts.map { row ->
        dynamicTest("${row.grant.provider} ${row.grant.variables}") {
            val path = if (row.grant.provider == "piwik_pro") "/x" else "/api/x"
            if (row.base == null) {
                refused(row.refused, row.fix) { row.grant.source() }
            } else {
                assertEquals("${row.base}$path", row.grant.source().url(path))
            }
        }
    }

    private fun rows(test: (RequestRow) -> Unit): List<DynamicTest> =
        vectors.requests.map { row -> dynamicTest("${row.grant} ${row.text}") { test(row) } }

    private fun refused(code: String?, fix: String, ask: () -> Unit) {
        val error = assertThrows(ConfigurationException::class.java) { ask() }
        assertEquals(code, error.code)
        assertTrue(fix in error.fix, "${error.fix} does not say $fix")
    }
}
