package dev.evertoken.bench

import dev.evertoken.sandbox.Sandbox
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong

/** What happens when many ask at once, tokens expire, the token endpoint is out of order, or a token is revoked. */
class Behaviour(private val sandbox: Sandbox) {
    private val vendor = sandbox.vendor("oauth2")
    private val server = Server("${vendor.http}/oauth2/token", "${vendor.http}/api", vendor.id, vendor.secret)
    private val url = "${vendor.http}/api/items"
    private val open = mapOf<String, (Long) -> Contender>(
        "**evertoken**" to { _ -> evertoken(server) },
        "Ktor `Auth`" to { _ -> ktorAuth(server) },
        "google-auth" to { leeway -> googleAuth(server, leeway) },
        "by hand" to { leeway -> byHand(server, leeway) },
    )

    fun section(): String {
        val rows = open.map { (name, open) ->
            val told = listOf(::storm, ::rollover, ::outage, ::hang, ::together, ::spread, ::short).map { row ->
                sandbox.reset()
                println("$name: ${row.name}")
                runBlocking(Dispatchers.Default) { row(open) }
            }
            listOf(name) + told
        }
        val head = listOf(
            "client",
            "cold: 1,000 calls: token requests",
            "50 callers for 11 s, tokens of 4 s: token requests; longest call, ms; failed",
            "token endpoint 503 while the token is good: served / failed; token requests; longest, ms",
            "it hangs: the same; stuck: no answer in 2 s",
            "200 calls at once after a revocation: recovered (token requests)",
            "over 0.5 s",
            "tokens of 10 s, 12.5 s: token requests; failed",
        )
        return """
            ### Behaviour

            Calls of an API over OkHttp against the sandbox; what each column does is written at its function in
            `bindings-uniffi/kotlin/bench`. Counts are exact. google-auth and the cache by hand renew 30 s early, with
            tokens of 4 s and in the waves 1 s and in the outages 6 s early. Ours is on its default policy.

        """.trimIndent() + "\n" + Page.table(head, rows)
    }

    /** 1,000 callers call at once for the first time; a token request takes 200 ms. */
    private suspend fun storm(open: (Long) -> Contender): String {
        vendor.fault("token", """{"type":"latency","ms":200}""")
        val contender = open(LEEWAY)
        val served = coroutineScope { List(1_000) { async { statusOf(contender) } }.awaitAll() }.count { it == 200 }
        return "${vendor.tokenRequests}${if (served < 1_000) ", $served served" else ""}"
    }

    /** 50 callers call every 25 ms, tokens live 4 s, a token request takes 200 ms. */
    private suspend fun rollover(open: (Long) -> Contender): String {
        vendor.settings("""{"lifetime_ms":4000}""")
        vendor.fault("token", """{"type":"latency","ms":200}""")
        val contender = open(1_000)
        statusOf(contender)
        val before = vendor.tokenRequests
        val until = System.nanoTime() + 11_000 * MILLI
        val longest = AtomicLong()
        val failed = AtomicInteger()
        coroutineScope {
            val callers = List(50) {
                async {
                    while (System.nanoTime() < until) {
                        val began = System.nanoTime()
                        if (statusOf(contender) != 200) failed.incrementAndGet()
                        longest.accumulateAndGet((System.nanoTime() - began) / MILLI, ::maxOf)
                        delay(25)
                    }
                }
            }
            callers.awaitAll()
        }
        return "${vendor.tokenRequests - before}; $longest; $failed"
    }

    private suspend fun outage(open: (Long) -> Contender): String =
        outOfOrder(open, """{"type":"throttle","status":503}""")

    private suspend fun hang(open: (Long) -> Contender): String = outOfOrder(open, """{"type":"hang"}""")

    /** A token of 9 s is held; its endpoint is out of order from 3 s on; one caller calls every 100 ms until 8.5 s. */
    private suspend fun outOfOrder(open: (Long) -> Contender, fault: String): String {
        vendor.settings("""{"lifetime_ms":9000}""")
        val contender = open(6_000)
        statusOf(contender)
        val began = System.nanoTime()
        val before = vendor.tokenRequests
        delay(2_900)
        vendor.fault("token", fault)
        delay(3_200 - (System.nanoTime() - began) / MILLI)
        var served = 0
        var failed = 0
        var longest = 0L
        while (System.nanoTime() - began < 8_500 * MILLI) {
            val asked = System.nanoTime()
            val call = CoroutineScope(Dispatchers.Default).async { statusOf(contender) }
            val status = withTimeoutOrNull(2_000) { call.await() }
            when (status) {
                null -> return "$served / $failed, then stuck; ${vendor.tokenRequests - before}"
                200 -> served += 1
                else -> failed += 1
            }
            if (status == 200) longest = maxOf(longest, (System.nanoTime() - asked) / MILLI)
            delay(100)
        }
        return "$served / $failed; ${vendor.tokenRequests - before}; $longest"
    }

    private suspend fun together(open: (Long) -> Contender): String = wave(open, 0)

    private suspend fun spread(open: (Long) -> Contender): String = wave(open, 500)

    /** A token is revoked; then 200 calls, all at once or over half a second. */
    private suspend fun wave(open: (Long) -> Contender, overMillis: Long): String {
        vendor.settings("""{"lifetime_ms":20000}""")
        vendor.fault("token", """{"type":"latency","ms":100}""")
        val contender = open(1_000)
        statusOf(contender)
        delay(2_500)
        vendor.revoke()
        val before = vendor.tokenRequests
        val recovered = coroutineScope {
            List(200) { index ->
                async {
                    delay(index * overMillis / 200)
                    statusOf(contender)
                }
            }.awaitAll()
        }.count { it == 200 }
        return "$recovered (${vendor.tokenRequests - before})"
    }

    /** 50 calls in 12.5 s with tokens of 10 s: 2 requests are needed. */
    private suspend fun short(open: (Long) -> Contender): String {
        vendor.settings("""{"lifetime_ms":10000}""")
        val contender = open(LEEWAY)
        var failed = 0
        repeat(50) {
            if (statusOf(contender) != 200) failed += 1
            delay(250)
        }
        return "${vendor.tokenRequests}; $failed"
    }

    private suspend fun statusOf(contender: Contender): Int = runCatching { contender.call(url) }.getOrDefault(0)

    private companion object {
        const val LEEWAY = 30_000L
        const val MILLI = 1_000_000L
    }
}
