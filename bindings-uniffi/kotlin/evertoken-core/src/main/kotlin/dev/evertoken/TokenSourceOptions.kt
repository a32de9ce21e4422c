package dev.evertoken

import dev.evertoken.internal.SystemClock
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers

/** Holds what a [TokenSource] may be told beyond its provider; it is read when the source is made. */
public class TokenSourceOptions {
    /** The numbers of its behaviour. */
    public var policy: Policy = Policy()

    /** How long a call waits that does not say, in milliseconds; left out, the policy's `patienceMs`: 15 s. */
    public var patienceMillis: Long? = null

    /** A hook for tests: the system's clocks, random numbers and timers unless it is set. */
    public var clock: Clock = SystemClock

    /**
     * Where token requests run, and the functions for credentials and headers.
     *
     * The default has threads of its own, so that callers that block all other threads starve no token request.
     */
    public var dispatcher: CoroutineDispatcher = Dispatchers.IO.limitedParallelism(FLIGHTS, "evertoken")

    /**
     * Acknowledges that a secret in a shipped app is public, which whoever has the app can read and use.
     *
     * Without it a source on Android refuses a provider with a secret: use [broker] there.
     */
    public var dangerouslyAllowSecretInApp: Boolean = false

    private companion object {
        /** A function for credentials may block for ever, and keeps its thread. */
        const val FLIGHTS = 64
    }
}
