package dev.evertoken.behaviour

import dev.evertoken.Api
import dev.evertoken.ClientCredentials
import dev.evertoken.Credentials
import dev.evertoken.Provider
import dev.evertoken.TokenSource
import dev.evertoken.TokenSourceOptions
import dev.evertoken.Transport
import dev.evertoken.UrlConnectionTransport
import dev.evertoken.oauth2
import dev.evertoken.sandbox.Sandbox
import dev.evertoken.sandbox.Vendor
import dev.evertoken.sandbox.eventually
import kotlinx.coroutines.Deferred
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach

/** Tests with the sandbox's plain OAuth 2 server, from whose log every count is read. */
abstract class AgainstTheSandbox {
    protected val sandbox: Sandbox get() = Sandbox.shared
    protected val server: Vendor get() = sandbox.vendor("oauth2")
    protected val clock = TestClock()
    private val opened = mutableListOf<AutoCloseable>()

    @BeforeEach
    fun everythingIsNew() {
        sandbox.reset()
    }

    @AfterEach
    fun nothingStaysOpen() {
        opened.asReversed().forEach { it.close() }
    }

    protected fun <T : AutoCloseable> closedAfterwards(what: T): T = what.also { opened += it }

    protected fun provider(credentials: Credentials = ClientCredentials(server.id, server.secret)): Provider =
        oauth2("${server.http}/oauth2/token", Api.url("${server.http}/api"), credentials)

    /** A source that has no token yet and whose clocks the test can move. */
    protected fun source(
        provider: Provider = provider(),
        transport: Transport = UrlConnectionTransport(),
        configure: TokenSourceOptions.() -> Unit = {},
    ): TokenSource {
        val made = TokenSource(provider, transport) {
            clock = this@AgainstTheSandbox.clock
            configure()
        }
        return closedAfterwards(made)
    }

    protected val items: String get() = "${server.http}/api/items"

    protected fun untilHeld(count: Int = 1) {
        eventually("$count held answers") { sandbox.held == count }
    }

    protected fun untilWaiting(source: TokenSource, count: Int) {
        eventually("$count waiting callers") { source.explain().waiting == count.toLong() }
    }

    /** Ends the token endpoint's fault with what it holds. */
    protected fun answer() {
        server.mend()
        server.release()
    }
}

/** How a call has ended, whatever way. */
suspend fun <T> Deferred<T>.outcome(): Result<T> {
    join()
    return runCatching { getCompleted() }
}
