package dev.evertoken.bench

import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.Header
import dev.evertoken.TokenAnswer
import dev.evertoken.TokenSource
import dev.evertoken.oauth2
import kotlinx.coroutines.runBlocking
import kotlin.math.roundToInt

/** What a header costs that is held: ours alone, without a server. */
object Hot {
    private var sink = 0L

    fun section(): String {
        val ns = TokenSource(provider(), transport = { answer }).use { source ->
            source.headersBlocking()
            Rounds(count = 61, System::nanoTime).measure(calls(source))
        }
        val clocks = ns.getValue(CLOCKS)
        val rows = ns.map { (name, spread) ->
            val ratio = "%.2f".format(spread.best / clocks.best)
            val above = (spread.best - clocks.best).roundToInt()
            listOf(name, spread.best.roundToInt(), spread.median.roundToInt(), ratio, above)
        }
        val head = listOf("call", "best tenth, ns", "median, ns", "to the clock reads", "above them, ns")
        return """
            ### Hot path: a header that is held

            Wall time of one call in 61 rounds of 20 ms, all in turn; on a machine that others use, the best rounds
            are those without them. A token of 800 bytes. Goals: 1.3 x the two clock reads, 100 ns. `explain()` asks
            the native part, here a build for tests, which none of the others does.

        """.trimIndent() + "\n" + Page.table(head, rows)
    }

    private fun calls(source: TokenSource): Map<String, (Int) -> Unit> = mapOf(
        CLOCKS to { times -> count(times) { System.nanoTime() / 1_000_000 + System.currentTimeMillis() > 0 } },
        "`cachedHeaders()`" to { times -> count(times) { source.cachedHeaders() != null } },
        "`headersBlocking()`" to { times -> count(times) { isOther(source.headersBlocking()) } },
        "`headers()` in a coroutine" to { times -> runBlocking { count(times) { isOther(source.headers()) } } },
        "`token()` in a coroutine" to { times -> runBlocking { count(times) { isOther(source.token()) } } },
        "an empty suspending function" to { times -> runBlocking { count(times) { isOther(nothing()) } } },
        "`explain()`" to { times -> count(times) { source.explain().token != null } },
    )

    /** What comes of a call is used, so that it is made. */
    private inline fun count(times: Int, call: () -> Boolean) {
        var count = 0L
        repeat(times) { if (call()) count += 1 }
        sink += count
    }

    private suspend fun nothing(): Any = answer

    private fun isOther(got: Any): Boolean = got !== this

    private const val CLOCKS = "two clock reads"
    private val answer = TokenAnswer(
        200,
        listOf(Header("content-type", "application/json")),
        """{"access_token":"${"x".repeat(800)}","token_type":"Bearer","expires_in":3600}""".toByteArray(),
    )

    private fun provider() =
        oauth2("https://login.example/token", Api.url("https://api.example"), ClientCredentials("me", "sandbox-secret"))
}
