package dev.evertoken

import dev.evertoken.internal.Contract
import dev.evertoken.internal.Futures
import dev.evertoken.internal.HeldSnapshot
import dev.evertoken.internal.Inside
import dev.evertoken.internal.Platform
import dev.evertoken.internal.Shell
import dev.evertoken.internal.blocking
import dev.evertoken.internal.camelCase
import dev.evertoken.internal.exception
import dev.evertoken.internal.ffi.Api as CoreApi
import dev.evertoken.internal.ffi.Grant
import dev.evertoken.internal.ffi.Machine
import dev.evertoken.internal.ffi.failureOf
import dev.evertoken.internal.invalidOption
import dev.evertoken.internal.refusable
import dev.evertoken.internal.withCore
import kotlinx.coroutines.flow.SharedFlow
import kotlinx.coroutines.flow.asSharedFlow
import kotlinx.coroutines.future.future
import java.util.concurrent.CompletableFuture

/**
 * Keeps a valid access token: obtained when first asked for, renewed before it ends, shared by all who ask.
 *
 * Make one for each provider and share it; it is safe for any number of threads and coroutines. However many callers
 * wait, one token request is on its way, and cancelling one caller never cancels the others.
 *
 * A call waits at most as long as its patience. Of a call that fails, the [EvertokenException] says what to fix.
 *
 * @param transport sends the token requests.
 * @param options is read now; changing it later changes nothing.
 * @throws EvertokenException with `invalid_option`, `invalid_endpoint` or another code of the class `configuration` if
 * the provider or an option is wrong.
 */
public class TokenSource internal constructor(
    /** The provider of the tokens. */
    public val provider: Provider,
    private val transport: Transport,
    options: TokenSourceOptions,
    private val platform: Platform,
) : AutoCloseable {
    private val isSecretAllowed = !platform.isApp || options.dangerouslyAllowSecretInApp
    private val policy = options.policy.numbers.forCore() +
        listOfNotNull(options.patienceMillis?.let { "patience_ms" to it.toULong() })

    internal val shell: Shell = withCore {
        val machine = machine()
        Shell(
            machine,
            contract(provider.credentials, machine.bodyLimitBytes().toLong()),
            options.clock,
            options.dispatcher,
        )
    }

    /**
     * Makes a source.
     *
     * @throws EvertokenException if the provider or an option is wrong.
     */
    @JvmOverloads
    @Throws(EvertokenException::class)
    public constructor(
        provider: Provider,
        transport: Transport = UrlConnectionTransport(),
        options: TokenSourceOptions = TokenSourceOptions(),
    ) : this(provider, transport, options, Platform.current)

    /**
     * Makes a source with options of its own: `TokenSource(provider) { patienceMillis = 5_000 }`.
     *
     * @throws EvertokenException if the provider or an option is wrong.
     */
    @Throws(EvertokenException::class)
    public constructor(
        provider: Provider,
        transport: Transport = UrlConnectionTransport(),
        configure: TokenSourceOptions.() -> Unit,
    ) : this(provider, transport, TokenSourceOptions().apply(configure))

    /**
     * Tells what happens to the tokens, for logs and metrics; a collector that is slow misses the oldest.
     */
    public val events: SharedFlow<Event> = shell.events.flow.asSharedFlow()

    /**
     * Returns the headers that carry a valid token: one read-only map, which all callers share.
     *
     * @param minValidMillis how long the token shall still be valid, for uploads and streams; counts as at most half of
     * its lifetime.
     * @param patienceMillis how long to wait at most; the source's unless given.
     * @throws EvertokenException if there is none.
     */
    @JvmSynthetic
    public suspend fun headers(minValidMillis: Long = 0, patienceMillis: Long? = null): Map<String, String> {
        if (minValidMillis == 0L) shell.fresh()?.let { return it.headers }
        return obtainedHeaders(minValidMillis, patienceMillis)
    }

    /**
     * Does what [headers] does, blocking this thread.
     *
     * @throws EvertokenException if there is none.
     * @throws InterruptedException if the thread is interrupted while it waits.
     */
    @JvmOverloads
    @Throws(EvertokenException::class, InterruptedException::class)
    public fun headersBlocking(minValidMillis: Long = 0, patienceMillis: Long? = null): Map<String, String> =
        snapshotBlocking(minValidMillis, patienceMillis).headers

    /**
     * Does what [headers] does; cancelling the future ends this caller's wait, and nobody else's.
     *
     * What follows the future may block its thread, which runs no token request.
     */
    @JvmOverloads
    public fun headersFuture(
        minValidMillis: Long = 0,
        patienceMillis: Long? = null,
    ): CompletableFuture<Map<String, String>> {
        val fresh = if (minValidMillis == 0L) shell.fresh() else null
        return if (fresh != null) {
            CompletableFuture.completedFuture(fresh.headers)
        } else {
            Futures.future(Inside.here()) { shell.obtain(minValidMillis, patienceMillis).headers }
        }
    }

    /**
     * Returns the headers if a valid token is held, without waiting; in its refresh window the refresh begins.
     *
     * @throws EvertokenException with `misuse` if the core broke off, which is a defect.
     */
    @Throws(EvertokenException::class)
    public fun cachedHeaders(): Map<String, String>? = shell.held()?.headers

    /**
     * Returns a valid token alone, which is secret.
     *
     * @param minValidMillis as for [headers].
     * @param patienceMillis as for [headers].
     * @throws EvertokenException if there is none.
     */
    @JvmSynthetic
    public suspend fun token(minValidMillis: Long = 0, patienceMillis: Long? = null): String =
        snapshot(minValidMillis, patienceMillis).held.token

    /**
     * Does what [token] does, blocking this thread.
     *
     * @throws EvertokenException if there is none.
     * @throws InterruptedException if the thread is interrupted while it waits.
     */
    @JvmOverloads
    @Throws(EvertokenException::class, InterruptedException::class)
    public fun tokenBlocking(minValidMillis: Long = 0, patienceMillis: Long? = null): String =
        snapshotBlocking(minValidMillis, patienceMillis).held.token

    /**
     * Returns a valid token as a token endpoint answers, for a broker that hands tokens to apps.
     *
     * @param minValidMillis as for [headers].
     * @param patienceMillis as for [headers].
     * @throws EvertokenException if there is none.
     */
    @JvmSynthetic
    public suspend fun tokenResponse(minValidMillis: Long = 0, patienceMillis: Long? = null): TokenResponse =
        snapshot(minValidMillis, patienceMillis).response(shell.now())

    /**
     * Does what [tokenResponse] does, blocking this thread.
     *
     * @throws EvertokenException if there is none.
     * @throws InterruptedException if the thread is interrupted while it waits.
     */
    @JvmOverloads
    @Throws(EvertokenException::class, InterruptedException::class)
    public fun tokenResponseBlocking(minValidMillis: Long = 0, patienceMillis: Long? = null): TokenResponse =
        snapshotBlocking(minValidMillis, patienceMillis).response(shell.now())

    /**
     * Drops the held token, so that the next call gets another one.
     *
     * @throws EvertokenException with `misuse` if the core broke off, which is a defect.
     */
    @Throws(EvertokenException::class)
    public fun invalidate() {
        shell.invalidate()
    }

    /**
     * Ends a pause after failures if it may be ended, as when the network is back.
     *
     * @throws EvertokenException with `misuse` if the core broke off, which is a defect.
     */
    @Throws(EvertokenException::class)
    public fun retry() {
        shell.retry()
    }

    /**
     * Says that the credentials are other ones; a pause after refused ones is over, and a token is asked for with them.
     *
     * @param credentials the new ones, unless the provider's own function or the environment supplies them.
     * @param dropToken the held token is not to be used any more.
     * @throws EvertokenException if the credentials are refused at once.
     */
    @JvmOverloads
    @Throws(EvertokenException::class)
    public fun credentialsChanged(credentials: Credentials? = null, dropToken: Boolean = false) {
        shell.credentialsChanged(
            credentials?.let { contract(it, shell.contract().bodyLimitBytes) },
            dropToken,
        )
    }

    /**
     * Drops the token and all requests on their way; callers who wait fail, and the next call starts over.
     *
     * @throws EvertokenException with `misuse` if the core broke off, which is a defect.
     */
    @Throws(EvertokenException::class)
    public fun logout() {
        shell.logout()
    }

    /** Ends the source for good: callers who wait and who come later fail with `closed`. May be called again. */
    override fun close() {
        shell.close()
    }

    /**
     * Says what the source does and will do next.
     *
     * @throws EvertokenException with `misuse` if the core broke off, which is a defect.
     */
    @Throws(EvertokenException::class)
    public fun explain(): Explanation = shell.explain()

    /**
     * Makes the URL of a path of the API, as the vendor's documentation prints it.
     *
     * @param path a path, or a URL of the API.
     * @throws EvertokenException with `origin_not_allowed` for what is outside of the API.
     */
    @Throws(EvertokenException::class)
    public fun url(path: String): String = shell.api.resolve(path)

    /**
     * Returns the media type of JSON bodies for a path or URL of the API, such as `application/vnd.api+json`.
     *
     * @param path a path, or a URL of the API.
     * @throws EvertokenException with `origin_not_allowed` for what is outside of the API.
     */
    @Throws(EvertokenException::class)
    public fun contentType(path: String): String =
        shell.api.mediaType(url(path))?.ifEmpty { null } ?: "application/json"

    /** Shows no secret. */
    override fun toString(): String = "TokenSource(${provider.name})"

    private suspend fun obtainedHeaders(minValidMillis: Long, patienceMillis: Long?): Map<String, String> =
        shell.obtain(minValidMillis, patienceMillis).headers

    private suspend fun snapshot(minValidMillis: Long, patienceMillis: Long?): HeldSnapshot {
        if (minValidMillis == 0L) shell.fresh()?.let { return it }
        return shell.obtain(minValidMillis, patienceMillis)
    }

    private fun snapshotBlocking(minValidMillis: Long, patienceMillis: Long?): HeldSnapshot {
        if (minValidMillis == 0L) shell.fresh()?.let { return it }
        return blocking { shell.obtain(minValidMillis, patienceMillis) }
    }

    /** Credentials may name the client, which is part of what a token is for. */
    private fun contract(credentials: Credentials, bodyLimitBytes: Long): Contract {
        val isRaw = provider.isSecret || (credentials !== provider.credentials && credentials.known().isNotEmpty())
        if (isRaw && !isSecretAllowed) {
            throw invalidOption(
                "provider: its secret would be open to everybody who has this app",
                "Let a server of yours keep it and use broker(url, api), or set dangerouslyAllowSecretInApp.",
            )
        }
        val grant = refusable { Grant(provider.options, credentials.known(), provider.api?.core()) }
        val environment = platform.environment
        return Contract(provider, grant, grant.fields(), credentials, transport, policy, bodyLimitBytes, environment)
    }

    private fun Api.core(): CoreApi? = half?.let { Grant(it).use(Grant::api) }

    /** What is wrong with the policy is said in the names that the user wrote. */
    private fun machine(): Machine =
        try {
            refusable { Machine(policy) }
        } catch (refused: ConfigurationException) {
            throw exception(failureOf(refused.code, refused.description?.camelCase(), refused.fix.camelCase()))
        }
}
