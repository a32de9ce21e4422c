/** The numbers that the machine follows; times in milliseconds. `T` is a token's lifetime, `W` its refresh window, `H` its hard leeway. */
export interface Policy {
    /** `W` is at most `T` divided by this. Default 4. */
    readonly windowDivisor: number;
    /** `W` is at most this; 0 refreshes only on expiry. Default 3600000. */
    readonly windowMaxMs: number;
    /** A refresh begins up to `W` divided by this after the window's start, drawn once per token. Default 5. */
    readonly windowSpreadDivisor: number;
    /** `H` is at most this. Default 60000. */
    readonly leewayMaxMs: number;
    /** `H` is at most `T` divided by this. Default 10. */
    readonly leewayDivisor: number;
    /** `H` is at most this many hundredths of `W`. Default 80. */
    readonly leewayWindowPercent: number;
    /** Between `exp - H` and `exp`, and while a rejected token is withheld, a caller waits at most this. Default 2000. */
    readonly hardWaitMaxMs: number;
    /** .. and at most `H` divided by this. Default 4. */
    readonly hardWaitDivisor: number;
    /** A caller's `minValid` counts as at most `T` divided by this. Default 2. */
    readonly minValidDivisor: number;
    /** A caller whose `minValid` is not met waits at most `hardWaitMaxMs` and `T` divided by this. Default 40. */
    readonly minValidWaitDivisor: number;
    /** The first pause after a transient refresh failure. Default 5000. */
    readonly refreshPauseMs: number;
    /** .. and at most `W'` divided by this, where `W'` is the larger of `W` and `T` divided by `refreshPauseLifeDivisor`. Default 16. */
    readonly refreshPauseDivisor: number;
    /** See `refreshPauseDivisor`. Default 16. */
    readonly refreshPauseLifeDivisor: number;
    /** Such pauses double up to `W'` divided by this. Default 4. */
    readonly refreshPauseCapDivisor: number;
    /** The shortest such pause. Default 250. */
    readonly refreshPauseFloorMs: number;
    /** A last try is made at `exp - H` if that is at least this far away. Default 250. */
    readonly lastTryMs: number;
    /** How many attempts a flight has while no token is held. Default 3. */
    readonly fetchAttempts: number;
    /** .. all within this time. Default 14000. */
    readonly fetchBudgetMs: number;
    /** The delay after the first of them; it doubles. Default 500. */
    readonly fetchDelayMs: number;
    /** The first pause after a transiently failed flight; it doubles. Default 2000. */
    readonly fetchPauseMs: number;
    /** .. up to this. Default 15000. */
    readonly fetchPauseCapMs: number;
    /** The first pause after a terminal failure; it doubles. Default 5000. */
    readonly terminalPauseMs: number;
    /** .. up to this. Default 300000. */
    readonly terminalPauseCapMs: number;
    /** A Retry-After counts up to this. Default 3600000. */
    readonly retryAfterCapMs: number;
    /** Without a token, a caller waits out a pause that ends at least this much inside its patience. Default 1000. */
    readonly pausedWaitMarginMs: number;
    /** The pause after the second abandoned attempt; it doubles. Default 250. */
    readonly abandonedPauseMs: number;
    /** .. up to this. Default 5000. */
    readonly abandonedPauseCapMs: number;
    /** `Retry` ends a pause without Retry-After when it is this old. Default 1000. */
    readonly retryMinMs: number;
    /** `Invalidate` ends a pause at most once in this time. Default 1000. */
    readonly invalidateMinMs: number;
    /** An attempt has failed when it takes this long. Default 10000. */
    readonly attemptDeadlineMs: number;
    /** The host aborts an attempt's I/O when it takes this long. Default 30000. */
    readonly attemptAbortMs: number;
    /** How long a caller waits unless it says otherwise. Default 15000. */
    readonly patienceMs: number;
    /** The longest body of an answer that a host reads, in bytes. Default 1048576. */
    readonly bodyLimitBytes: number;
    /** A rejected token younger than this is tried again before it is replaced, because replicas lag. Default 10000. */
    readonly graceMaxMs: number;
    /** .. and younger than `T` divided by this. Default 10. */
    readonly graceDivisor: number;
    /** .. after at most this. Default 1000. */
    readonly graceDelayMaxMs: number;
    /** .. and at most `T` divided by this. Default 10. */
    readonly graceDelayDivisor: number;
    /** A rejection shortens a transient pause to at most this. Default 15000. */
    readonly rejectedPauseMs: number;
    /** The shortest time between two forced refreshes; it doubles while fresh tokens are rejected. Default 60000. */
    readonly holdMs: number;
    /** .. up to the larger of `holdMs` and the smaller of this and `T` divided by `holdCapDivisor`. Default 300000. */
    readonly holdCapMs: number;
    /** See `holdCapMs`. Default 4. */
    readonly holdCapDivisor: number;
    /** A rejected token is withheld for at least this while its replacement is fetched. Default 250. */
    readonly withholdFloorMs: number;
    /** How many rejected tokens are remembered. Default 8. */
    readonly rejectedMemory: number;
    /** After the same token came again, the next request is sent after what is left divided by this. Default 2. */
    readonly sameTokenDivisor: number;
    /** .. but not within this. Default 1000. */
    readonly sameTokenFloorMs: number;
    /** .. nor within `H` divided by this. Default 4. */
    readonly sameTokenFloorDivisor: number;
    /** Flights for tokens without a life of their own start at least this far apart. Default 1000. */
    readonly singleUseIntervalMs: number;
    /** The lifetime of a token of which nothing is known. Default 300000. */
    readonly defaultLifetimeMs: number;
    /** The longest lifetime that is believed. Default 31536000000. */
    readonly lifetimeMaxMs: number;
    /** The longest wake-up that a host is asked for. Default 3600000. */
    readonly wakeMaxMs: number;
    /** The clocks may differ by this much in one step before it is reported. Default 30000. */
    readonly clockStepMs: number;
}
