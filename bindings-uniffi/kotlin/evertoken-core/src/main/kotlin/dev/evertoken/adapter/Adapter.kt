package dev.evertoken.adapter

import dev.evertoken.EvertokenException
import dev.evertoken.Header
import dev.evertoken.TokenSource
import dev.evertoken.internal.blocking

/**
 * Puts the tokens of a source on the requests of an HTTP library, and gets another one when the API rejects it.
 *
 * This is for authors of adapters. Before a request: [admits], and [token], and [accept] where the request says nothing
 * itself. After the answer to a request with our token: [inspects], [readsBody], [rejects] and [recover]. Whatever
 * there is beyond that is the library's.
 */
public class Adapter(
    /** Where the tokens come from. */
    public val source: TokenSource,
) {
    private val shell = source.shell
    private val api = shell.api

    /** The name of the header that carries the token. */
    public val headerName: String get() = api.headerName

    /** Says whether a request to a URL may carry the token; if not, it is left alone. */
    public fun admits(url: String): Boolean = api.mediaType(url) != null

    /** Returns the media type that a request accepts unless it says so itself; none where the API wants none. */
    public fun accept(url: String): String? = api.mediaType(url)?.ifEmpty { null }

    /**
     * Returns a token, waiting for one if need be.
     *
     * @param patienceMillis how long at most; the source's unless given.
     * @throws EvertokenException if there is none.
     */
    @JvmSynthetic
    public suspend fun token(patienceMillis: Long? = null): SentToken {
        val fresh = shell.fresh()
        return if (fresh != null) fresh.sent else shell.obtain(0, patienceMillis).sent
    }

    /**
     * Returns a token, blocking this thread if need be.
     *
     * @param patienceMillis how long at most; the source's unless given.
     * @throws EvertokenException if there is none.
     * @throws InterruptedException if the thread is interrupted.
     */
    @JvmOverloads
    @Throws(EvertokenException::class, InterruptedException::class)
    public fun tokenBlocking(patienceMillis: Long? = null): SentToken =
        (shell.fresh() ?: blocking { shell.obtain(0, patienceMillis) }).sent

    /** Says whether an answer of this status may tell that the token is bad. */
    public fun inspects(status: Int): Boolean = api.inspects(status)

    /** Says whether [rejects] wants the body of such an answer: its first [LOOKED_INTO] bytes. */
    public fun readsBody(status: Int, headers: List<Header>): Boolean = api.readsBody(status, headers)

    /**
     * Says whether an answer to a request with our token rejects the token.
     *
     * @param body none if it is longer than [LOOKED_INTO] or could not be read.
     */
    public fun rejects(status: Int, headers: List<Header>, body: ByteArray?): Boolean =
        api.rejects(status, headers, body)

    /**
     * Reports a rejected token, and returns the one with which the request is sent a second time.
     *
     * @param replayable the request can be sent again.
     * @param retried it was sent again already.
     * @param patienceMillis how long to wait at most; the source's unless given.
     * @return none if the caller gets the API's own answer.
     * @throws EvertokenException with `invalid_option` for a patience below 0.
     */
    @JvmSynthetic
    public suspend fun recover(
        rejected: SentToken,
        replayable: Boolean,
        retried: Boolean,
        patienceMillis: Long? = null,
    ): SentToken? = shell.recover(rejected.snapshot, replayable, retried, patienceMillis)?.sent

    /**
     * Does what [recover] does, blocking this thread.
     *
     * @throws EvertokenException with `invalid_option` for a patience below 0.
     * @throws InterruptedException if the thread is interrupted.
     */
    @JvmOverloads
    @Throws(EvertokenException::class, InterruptedException::class)
    public fun recoverBlocking(
        rejected: SentToken,
        replayable: Boolean,
        retried: Boolean,
        patienceMillis: Long? = null,
    ): SentToken? = blocking { shell.recover(rejected.snapshot, replayable, retried, patienceMillis) }?.sent

    public companion object {
        /** How much of an answer's body may tell that it rejects the token, in bytes. */
        public const val LOOKED_INTO: Int = 64 * 1024
    }
}
