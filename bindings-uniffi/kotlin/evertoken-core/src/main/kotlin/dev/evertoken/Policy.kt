package dev.evertoken

import dev.evertoken.internal.Numbers

/**
 * Holds the numbers of a source's behaviour; only those that are set differ from the default.
 *
 * Times are in milliseconds. `T` is a token's lifetime, `W` its refresh window, `H` its hard leeway; a divisor divides
 * the named time. A [TokenSource] refuses what makes no sense with `invalid_option`.
 */
public class Policy {
    internal val numbers: Numbers = Numbers()

    /** `W` is at most `T` divided by this. Default 4. */
    public var windowDivisor: Long? by numbers

    /** `W` is at most this; 0 refreshes only on expiry. Default 3_600_000. */
    public var windowMaxMs: Long? by numbers

    /** A refresh begins up to `W` divided by this after the window's start, drawn once per token. Default 5. */
    public var windowSpreadDivisor: Long? by numbers

    /** `H` is at most this. Default 60_000. */
    public var leewayMaxMs: Long? by numbers

    /** `H` is at most `T` divided by this. Default 10. */
    public var leewayDivisor: Long? by numbers

    /** `H` is at most this many hundredths of `W`. Default 80. */
    public var leewayWindowPercent: Long? by numbers

    /**
     * Between `exp - H` and `exp`, and while a rejected token is withheld, a caller waits at most this. Default 2_000.
     */
    public var hardWaitMaxMs: Long? by numbers

    /** Between `exp - H` and `exp` a caller waits at most `H` divided by this. Default 4. */
    public var hardWaitDivisor: Long? by numbers

    /** A caller's `minValidMillis` counts as at most `T` divided by this. Default 2. */
    public var minValidDivisor: Long? by numbers

    /** A caller whose `minValidMillis` is not met waits at most [hardWaitMaxMs] and `T` divided by this. Default 40. */
    public var minValidWaitDivisor: Long? by numbers

    /** The first pause after a transient refresh failure. Default 5_000. */
    public var refreshPauseMs: Long? by numbers

    /**
     * The first pause after a transient refresh failure is at most `W'` divided by this, where `W'` is the larger of
     * `W` and `T` divided by [refreshPauseLifeDivisor]. Default 16.
     */
    public var refreshPauseDivisor: Long? by numbers

    /** See [refreshPauseDivisor]. Default 16. */
    public var refreshPauseLifeDivisor: Long? by numbers

    /** Such pauses double up to `W'` divided by this. Default 4. */
    public var refreshPauseCapDivisor: Long? by numbers

    /** The shortest such pause. Default 250. */
    public var refreshPauseFloorMs: Long? by numbers

    /** A last try is made at `exp - H` if that is at least this far away. Default 250. */
    public var lastTryMs: Long? by numbers

    /** How many attempts a flight has while no token is held. Default 3. */
    public var fetchAttempts: Long? by numbers

    /** All attempts of a flight are made within this. Default 14_000. */
    public var fetchBudgetMs: Long? by numbers

    /** The delay after the first of them; it doubles. Default 500. */
    public var fetchDelayMs: Long? by numbers

    /** The first pause after a transiently failed flight; it doubles. Default 2_000. */
    public var fetchPauseMs: Long? by numbers

    /** Pauses after transiently failed flights double up to this. Default 15_000. */
    public var fetchPauseCapMs: Long? by numbers

    /** The first pause after a terminal failure; it doubles. Default 5_000. */
    public var terminalPauseMs: Long? by numbers

    /** Pauses after terminal failures double up to this. Default 300_000. */
    public var terminalPauseCapMs: Long? by numbers

    /** A Retry-After counts up to this. Default 3_600_000. */
    public var retryAfterCapMs: Long? by numbers

    /** Without a token, a caller waits out a pause that ends at least this much inside its patience. Default 1_000. */
    public var pausedWaitMarginMs: Long? by numbers

    /** The pause after the second abandoned attempt; it doubles. Default 250. */
    public var abandonedPauseMs: Long? by numbers

    /** Pauses after abandoned attempts double up to this. Default 5_000. */
    public var abandonedPauseCapMs: Long? by numbers

    /** [TokenSource.retry] ends a pause without Retry-After when it is this old. Default 1_000. */
    public var retryMinMs: Long? by numbers

    /** [TokenSource.invalidate] ends a pause at most once in this time. Default 1_000. */
    public var invalidateMinMs: Long? by numbers

    /** An attempt has failed when it takes this long. Default 10_000. */
    public var attemptDeadlineMs: Long? by numbers

    /** The host aborts an attempt's I/O when it takes this long. Default 30_000. */
    public var attemptAbortMs: Long? by numbers

    /** How long a caller waits unless it says otherwise. Default 15_000. */
    public var patienceMs: Long? by numbers

    /** The longest body of an answer that a host reads, in bytes. Default 1_048_576. */
    public var bodyLimitBytes: Long? by numbers

    /**
     * A rejected token younger than this is tried again before it is replaced, because replicas lag. Default 10_000.
     */
    public var graceMaxMs: Long? by numbers

    /** A rejected token younger than `T` divided by this is tried again before it is replaced. Default 10. */
    public var graceDivisor: Long? by numbers

    /** It is tried again after at most this. Default 1_000. */
    public var graceDelayMaxMs: Long? by numbers

    /** It is tried again after at most `T` divided by this. Default 10. */
    public var graceDelayDivisor: Long? by numbers

    /** A rejection shortens a transient pause to at most this. Default 15_000. */
    public var rejectedPauseMs: Long? by numbers

    /** The shortest time between two forced refreshes; it doubles while fresh tokens are rejected. Default 60_000. */
    public var holdMs: Long? by numbers

    /**
     * The time between two forced refreshes doubles up to the larger of [holdMs] and the smaller of this and `T`
     * divided by [holdCapDivisor]. Default 300_000.
     */
    public var holdCapMs: Long? by numbers

    /** See [holdCapMs]. Default 4. */
    public var holdCapDivisor: Long? by numbers

    /** A rejected token is withheld for at least this while its replacement is fetched. Default 250. */
    public var withholdFloorMs: Long? by numbers

    /** How many rejected tokens are remembered. Default 8. */
    public var rejectedMemory: Long? by numbers

    /** After the same token came again, the next request is sent after what is left divided by this. Default 2. */
    public var sameTokenDivisor: Long? by numbers

    /** After the same token came again, no request is sent within this. Default 1_000. */
    public var sameTokenFloorMs: Long? by numbers

    /** After the same token came again, no request is sent within `H` divided by this. Default 4. */
    public var sameTokenFloorDivisor: Long? by numbers

    /** Flights for tokens without a life of their own start at least this far apart. Default 1_000. */
    public var singleUseIntervalMs: Long? by numbers

    /** The lifetime of a token of which nothing is known. Default 300_000. */
    public var defaultLifetimeMs: Long? by numbers

    /** The longest lifetime that is believed. Default 31_536_000_000. */
    public var lifetimeMaxMs: Long? by numbers

    /** The longest wake-up that a host is asked for. Default 3_600_000. */
    public var wakeMaxMs: Long? by numbers

    /** The clocks may differ by this much in one step before it is reported. Default 30_000. */
    public var clockStepMs: Long? by numbers
}
