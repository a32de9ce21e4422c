extension TokenSource {
    /// The numbers behind the behaviour of a source; each is the default until it is set.
    ///
    /// `T` is a token's lifetime, `W` its refresh window, `H` its hard leeway. Names that end in `Ms` hold
    /// milliseconds; a `..Divisor` divides the named time. A number that makes no sense is refused by the source's
    /// initialiser, with the code `invalid_option`.
    public struct Policy: Sendable, Hashable {
        /// By the core's names.
        private(set) var numbers: [String: UInt64] = [:]

        /// Makes a policy of which every number is the default.
        public init() {}

        /// `W` is at most `T` divided by this. Default: 4.
        public var windowDivisor: UInt64? {
            get { numbers["window_divisor"] }
            set { numbers["window_divisor"] = newValue }
        }

        /// `W` is at most this; 0 refreshes only on expiry. Default: 3_600_000.
        public var windowMaxMs: UInt64? {
            get { numbers["window_max_ms"] }
            set { numbers["window_max_ms"] = newValue }
        }

        /// A refresh begins up to `W` divided by this after the window's start, drawn once per token. Default: 5.
        public var windowSpreadDivisor: UInt64? {
            get { numbers["window_spread_divisor"] }
            set { numbers["window_spread_divisor"] = newValue }
        }

        /// `H` is at most this. Default: 60_000.
        public var leewayMaxMs: UInt64? {
            get { numbers["leeway_max_ms"] }
            set { numbers["leeway_max_ms"] = newValue }
        }

        /// `H` is at most `T` divided by this. Default: 10.
        public var leewayDivisor: UInt64? {
            get { numbers["leeway_divisor"] }
            set { numbers["leeway_divisor"] = newValue }
        }

        /// `H` is at most this many hundredths of `W`. Default: 80.
        public var leewayWindowPercent: UInt64? {
            get { numbers["leeway_window_percent"] }
            set { numbers["leeway_window_percent"] = newValue }
        }

        /// Between `exp - H` and `exp`, and while a rejected token is withheld, a caller waits at most this. Default:
        /// 2_000.
        public var hardWaitMaxMs: UInt64? {
            get { numbers["hard_wait_max_ms"] }
            set { numbers["hard_wait_max_ms"] = newValue }
        }

        /// And at most `H` divided by this. Default: 4.
        public var hardWaitDivisor: UInt64? {
            get { numbers["hard_wait_divisor"] }
            set { numbers["hard_wait_divisor"] = newValue }
        }

        /// A caller's `minValid` counts as at most `T` divided by this. Default: 2.
        public var minValidDivisor: UInt64? {
            get { numbers["min_valid_divisor"] }
            set { numbers["min_valid_divisor"] = newValue }
        }

        /// A caller whose `minValid` is not met waits at most ``hardWaitMaxMs`` and `T` divided by this. Default: 40.
        public var minValidWaitDivisor: UInt64? {
            get { numbers["min_valid_wait_divisor"] }
            set { numbers["min_valid_wait_divisor"] = newValue }
        }

        /// The first pause after a transient refresh failure. Default: 5_000.
        public var refreshPauseMs: UInt64? {
            get { numbers["refresh_pause_ms"] }
            set { numbers["refresh_pause_ms"] = newValue }
        }

        /// And at most `W'` divided by this, where `W'` is the larger of `W` and `T` divided by
        /// ``refreshPauseLifeDivisor``. Default: 16.
        public var refreshPauseDivisor: UInt64? {
            get { numbers["refresh_pause_divisor"] }
            set { numbers["refresh_pause_divisor"] = newValue }
        }

        /// See ``refreshPauseDivisor``. Default: 16.
        public var refreshPauseLifeDivisor: UInt64? {
            get { numbers["refresh_pause_life_divisor"] }
            set { numbers["refresh_pause_life_divisor"] = newValue }
        }

        /// Such pauses double up to `W'` divided by this. Default: 4.
        public var refreshPauseCapDivisor: UInt64? {
            get { numbers["refresh_pause_cap_divisor"] }
            set { numbers["refresh_pause_cap_divisor"] = newValue }
        }

        /// The shortest such pause. Default: 250.
        public var refreshPauseFloorMs: UInt64? {
            get { numbers["refresh_pause_floor_ms"] }
            set { numbers["refresh_pause_floor_ms"] = newValue }
        }

        /// A last try is made at `exp - H` if that is at least this far away. Default: 250.
        public var lastTryMs: UInt64? {
            get { numbers["last_try_ms"] }
            set { numbers["last_try_ms"] = newValue }
        }

        /// How many attempts a flight has while no token is held. Default: 3.
        public var fetchAttempts: UInt64? {
            get { numbers["fetch_attempts"] }
            set { numbers["fetch_attempts"] = newValue }
        }

        /// All of them within this time. Default: 14_000.
        public var fetchBudgetMs: UInt64? {
            get { numbers["fetch_budget_ms"] }
            set { numbers["fetch_budget_ms"] = newValue }
        }

        /// The delay after the first of them; it doubles. Default: 500.
        public var fetchDelayMs: UInt64? {
            get { numbers["fetch_delay_ms"] }
            set { numbers["fetch_delay_ms"] = newValue }
        }

        /// The first pause after a transiently failed flight; it doubles. Default: 2_000.
        public var fetchPauseMs: UInt64? {
            get { numbers["fetch_pause_ms"] }
            set { numbers["fetch_pause_ms"] = newValue }
        }

        /// They do so up to this. Default: 15_000.
        public var fetchPauseCapMs: UInt64? {
            get { numbers["fetch_pause_cap_ms"] }
            set { numbers["fetch_pause_cap_ms"] = newValue }
        }

        /// The first pause after a terminal failure; it doubles. Default: 5_000.
        public var terminalPauseMs: UInt64? {
            get { numbers["terminal_pause_ms"] }
            set { numbers["terminal_pause_ms"] = newValue }
        }

        /// They do so up to this. Default: 300_000.
        public var terminalPauseCapMs: UInt64? {
            get { numbers["terminal_pause_cap_ms"] }
            set { numbers["terminal_pause_cap_ms"] = newValue }
        }

        /// A Retry-After counts up to this. Default: 3_600_000.
        public var retryAfterCapMs: UInt64? {
            get { numbers["retry_after_cap_ms"] }
            set { numbers["retry_after_cap_ms"] = newValue }
        }

        /// Without a token, a caller waits out a pause that ends at least this much inside its patience. Default:
        /// 1_000.
        public var pausedWaitMarginMs: UInt64? {
            get { numbers["paused_wait_margin_ms"] }
            set { numbers["paused_wait_margin_ms"] = newValue }
        }

        /// The pause after the second abandoned attempt; it doubles. Default: 250.
        public var abandonedPauseMs: UInt64? {
            get { numbers["abandoned_pause_ms"] }
            set { numbers["abandoned_pause_ms"] = newValue }
        }

        /// They do so up to this. Default: 5_000.
        public var abandonedPauseCapMs: UInt64? {
            get { numbers["abandoned_pause_cap_ms"] }
            set { numbers["abandoned_pause_cap_ms"] = newValue }
        }

        /// ``TokenSource/retry()`` ends a pause without Retry-After when it is this old. Default: 1_000.
        public var retryMinMs: UInt64? {
            get { numbers["retry_min_ms"] }
            set { numbers["retry_min_ms"] = newValue }
        }

        /// ``TokenSource/invalidate()`` ends a pause at most once in this time. Default: 1_000.
        public var invalidateMinMs: UInt64? {
            get { numbers["invalidate_min_ms"] }
            set { numbers["invalidate_min_ms"] = newValue }
        }

        /// An attempt has failed when it takes this long. Default: 10_000.
        public var attemptDeadlineMs: UInt64? {
            get { numbers["attempt_deadline_ms"] }
            set { numbers["attempt_deadline_ms"] = newValue }
        }

        /// The host aborts an attempt's I/O when it takes this long. Default: 30_000.
        public var attemptAbortMs: UInt64? {
            get { numbers["attempt_abort_ms"] }
            set { numbers["attempt_abort_ms"] = newValue }
        }

        /// How long a caller waits unless it says otherwise. Default: 15_000.
        public var patienceMs: UInt64? {
            get { numbers["patience_ms"] }
            set { numbers["patience_ms"] = newValue }
        }

        /// The longest body of an answer that a host reads, in bytes. Default: 1_048_576.
        public var bodyLimitBytes: UInt64? {
            get { numbers["body_limit_bytes"] }
            set { numbers["body_limit_bytes"] = newValue }
        }

        /// A rejected token younger than this is tried again before it is replaced, because replicas lag. Default:
        /// 10_000.
        public var graceMaxMs: UInt64? {
            get { numbers["grace_max_ms"] }
            set { numbers["grace_max_ms"] = newValue }
        }

        /// And younger than `T` divided by this. Default: 10.
        public var graceDivisor: UInt64? {
            get { numbers["grace_divisor"] }
            set { numbers["grace_divisor"] = newValue }
        }

        /// It is tried again after at most this. Default: 1_000.
        public var graceDelayMaxMs: UInt64? {
            get { numbers["grace_delay_max_ms"] }
            set { numbers["grace_delay_max_ms"] = newValue }
        }

        /// And at most `T` divided by this. Default: 10.
        public var graceDelayDivisor: UInt64? {
            get { numbers["grace_delay_divisor"] }
            set { numbers["grace_delay_divisor"] = newValue }
        }

        /// A rejection shortens a transient pause to at most this. Default: 15_000.
        public var rejectedPauseMs: UInt64? {
            get { numbers["rejected_pause_ms"] }
            set { numbers["rejected_pause_ms"] = newValue }
        }

        /// The shortest time between two forced refreshes; it doubles while fresh tokens are rejected. Default: 60_000.
        public var holdMs: UInt64? {
            get { numbers["hold_ms"] }
            set { numbers["hold_ms"] = newValue }
        }

        /// They do so up to the larger of ``holdMs`` and the smaller of this and `T` divided by ``holdCapDivisor``.
        /// Default: 300_000.
        public var holdCapMs: UInt64? {
            get { numbers["hold_cap_ms"] }
            set { numbers["hold_cap_ms"] = newValue }
        }

        /// See ``holdCapMs``. Default: 4.
        public var holdCapDivisor: UInt64? {
            get { numbers["hold_cap_divisor"] }
            set { numbers["hold_cap_divisor"] = newValue }
        }

        /// A rejected token is withheld for at least this while its replacement is fetched. Default: 250.
        public var withholdFloorMs: UInt64? {
            get { numbers["withhold_floor_ms"] }
            set { numbers["withhold_floor_ms"] = newValue }
        }

        /// How many rejected tokens are remembered. Default: 8.
        public var rejectedMemory: UInt64? {
            get { numbers["rejected_memory"] }
            set { numbers["rejected_memory"] = newValue }
        }

        /// After the same token came again, the next request is sent after what is left divided by this. Default: 2.
        public var sameTokenDivisor: UInt64? {
            get { numbers["same_token_divisor"] }
            set { numbers["same_token_divisor"] = newValue }
        }

        /// But not within this. Default: 1_000.
        public var sameTokenFloorMs: UInt64? {
            get { numbers["same_token_floor_ms"] }
            set { numbers["same_token_floor_ms"] = newValue }
        }

        /// Nor within `H` divided by this. Default: 4.
        public var sameTokenFloorDivisor: UInt64? {
            get { numbers["same_token_floor_divisor"] }
            set { numbers["same_token_floor_divisor"] = newValue }
        }

        /// Flights for tokens without a life of their own start at least this far apart. Default: 1_000.
        public var singleUseIntervalMs: UInt64? {
            get { numbers["single_use_interval_ms"] }
            set { numbers["single_use_interval_ms"] = newValue }
        }

        /// The lifetime of a token of which nothing is known. Default: 300_000.
        public var defaultLifetimeMs: UInt64? {
            get { numbers["default_lifetime_ms"] }
            set { numbers["default_lifetime_ms"] = newValue }
        }

        /// The longest lifetime that is believed. Default: 31_536_000_000.
        public var lifetimeMaxMs: UInt64? {
            get { numbers["lifetime_max_ms"] }
            set { numbers["lifetime_max_ms"] = newValue }
        }

        /// The longest wake-up that a host is asked for. Default: 3_600_000.
        public var wakeMaxMs: UInt64? {
            get { numbers["wake_max_ms"] }
            set { numbers["wake_max_ms"] = newValue }
        }

        /// The clocks may differ by this much in one step before it is reported. Default: 30_000.
        public var clockStepMs: UInt64? {
            get { numbers["clock_step_ms"] }
            set { numbers["clock_step_ms"] = newValue }
        }

        /// Writes the core's names in a text as they are written here.
        static func renamed(_ text: String) -> String {
            text.split(separator: " ", omittingEmptySubsequences: false).map { word in
                let parts = word.split(separator: "_", omittingEmptySubsequences: false)
                return parts.dropFirst().reduce(String(parts[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
            }.joined(separator: " ")
        }
    }
}
