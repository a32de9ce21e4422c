//! Every number of the machine's behaviour, with its default.

use alloc::format;
use serde::Serialize;

use crate::{
    document::{Document, Read, Reader, Wrong, deserialize_as_document},
    error::{Code, Error},
};

macro_rules! policy {
    ($($(#[$doc:meta])+ $name:ident: $type:ty = $default:expr, $range:expr;)+) => {
        /// The machine's numbers. All are part of the compatibility promise; times are in milliseconds.
        ///
        /// `T` is a token's lifetime, `W` its refresh window, `H` its hard leeway. A `.._divisor` divides the named time.
        /// Build one with `Policy { patience_ms: 5_000, ..Policy::default() }` and pass it to [`crate::Machine::new`], which
        /// refuses what [`Policy::validate`] refuses.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
        pub struct Policy {
            $($(#[$doc])+ pub $name: $type,)+
        }

        impl Default for Policy {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Policy {
            const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];
            const RANGES: &'static [(u64, u64)] = &[$($range),+];

            fn numbers(&self) -> [u64; Self::NAMES.len()] {
                [$(u64::from(self.$name)),+]
            }
        }

        impl Read for Policy {
            fn read(document: &Document, reader: &mut Reader) -> Self {
                let mut numbers = Self::default().numbers();
                let mut members = reader.members(document, Self::NAMES);
                for (name, number) in Self::NAMES.iter().zip(&mut numbers) {
                    *number = members.given(name).unwrap_or(*number);
                }
                let [$($name),+] = numbers;
                // What does not fit is out of its range, too.
                Self { $($name: $name.try_into().unwrap_or(<$type>::MAX),)+ }
            }
        }

        impl Policy {
            /// Refuses numbers that make no sense, naming the field: [`Code::InvalidOption`].
            ///
            /// # Errors
            /// The first field out of its range, or a pair of fields that contradict each other.
            pub fn validate(&self) -> Result<(), Error> {
                for ((name, range), number) in Self::NAMES.iter().zip(Self::RANGES).zip(self.numbers()) {
                    in_range(name, number, *range)?;
                }
                self.validate_pairs()
            }
        }
    };
}

/// The longest time that any field may hold: ten years.
const MAX_MS: u64 = 315_360_000_000;
const ANY: (u64, u64) = (0, MAX_MS);
const SOME: (u64, u64) = (1, MAX_MS);
const DIVISOR: (u64, u64) = (1, 1_000_000);
/// A share of the lifetime that must not be all of it: every token would be due for a refresh as it comes.
const SHARE: (u64, u64) = (2, 1_000_000);

policy! {
    /// `W` is at most `T` divided by this.
    window_divisor: u64 = 4, SHARE;
    /// `W` is at most this; 0 refreshes only on expiry.
    window_max_ms: u64 = 3_600_000, ANY;
    /// A refresh begins up to `W` divided by this after the window's start, drawn once per token.
    window_spread_divisor: u64 = 5, DIVISOR;
    /// `H` is at most this.
    leeway_max_ms: u64 = 60_000, ANY;
    /// `H` is at most `T` divided by this.
    leeway_divisor: u64 = 10, DIVISOR;
    /// `H` is at most this many hundredths of `W`.
    leeway_window_percent: u64 = 80, (0, 100);
    /// Between `exp - H` and `exp`, and while a rejected token is withheld, a caller waits at most this.
    hard_wait_max_ms: u64 = 2_000, ANY;
    /// .. and at most `H` divided by this.
    hard_wait_divisor: u64 = 4, DIVISOR;
    /// A caller's `min_valid` counts as at most `T` divided by this.
    min_valid_divisor: u64 = 2, SHARE;
    /// A caller whose `min_valid` is not met waits at most `hard_wait_max_ms` and `T` divided by this.
    min_valid_wait_divisor: u64 = 40, DIVISOR;

    /// The first pause after a transient refresh failure.
    refresh_pause_ms: u64 = 5_000, SOME;
    /// .. and at most `W'` divided by this, where `W'` is the larger of `W` and `T` divided by `refresh_pause_life_divisor`.
    refresh_pause_divisor: u64 = 16, DIVISOR;
    /// See `refresh_pause_divisor`.
    refresh_pause_life_divisor: u64 = 16, DIVISOR;
    /// Such pauses double up to `W'` divided by this.
    refresh_pause_cap_divisor: u64 = 4, DIVISOR;
    /// The shortest such pause.
    refresh_pause_floor_ms: u64 = 250, SOME;
    /// A last try is made at `exp - H` if that is at least this far away.
    last_try_ms: u64 = 250, ANY;

    /// How many attempts a flight has while no token is held.
    fetch_attempts: u32 = 3, (1, 100);
    /// .. all within this time.
    fetch_budget_ms: u64 = 14_000, SOME;
    /// The delay after the first of them; it doubles.
    fetch_delay_ms: u64 = 500, ANY;
    /// The first pause after a transiently failed flight; it doubles.
    fetch_pause_ms: u64 = 2_000, SOME;
    /// .. up to this.
    fetch_pause_cap_ms: u64 = 15_000, SOME;
    /// The first pause after a terminal failure; it doubles.
    terminal_pause_ms: u64 = 5_000, SOME;
    /// .. up to this.
    terminal_pause_cap_ms: u64 = 300_000, SOME;
    /// A Retry-After counts up to this.
    retry_after_cap_ms: u64 = 3_600_000, SOME;
    /// Without a token, a caller waits out a pause that ends at least this much inside its patience.
    paused_wait_margin_ms: u64 = 1_000, ANY;
    /// The pause after the second abandoned attempt; it doubles.
    abandoned_pause_ms: u64 = 250, SOME;
    /// .. up to this.
    abandoned_pause_cap_ms: u64 = 5_000, SOME;
    /// `Retry` ends a pause without Retry-After when it is this old.
    retry_min_ms: u64 = 1_000, ANY;
    /// `Invalidate` ends a pause at most once in this time.
    invalidate_min_ms: u64 = 1_000, ANY;

    /// An attempt has failed when it takes this long.
    attempt_deadline_ms: u64 = 10_000, SOME;
    /// The host aborts an attempt's I/O when it takes this long.
    attempt_abort_ms: u64 = 30_000, SOME;
    /// How long a caller waits unless it says otherwise.
    patience_ms: u64 = 15_000, ANY;
    /// The longest body of an answer that a host reads, in bytes.
    body_limit_bytes: u64 = 1_048_576, (1, 1 << 30);

    /// A rejected token younger than this is tried again before it is replaced, because replicas lag.
    grace_max_ms: u64 = 10_000, ANY;
    /// .. and younger than `T` divided by this.
    grace_divisor: u64 = 10, DIVISOR;
    /// .. after at most this.
    grace_delay_max_ms: u64 = 1_000, ANY;
    /// .. and at most `T` divided by this.
    grace_delay_divisor: u64 = 10, DIVISOR;
    /// A rejection shortens a transient pause to at most this.
    rejected_pause_ms: u64 = 15_000, SOME;
    /// The shortest time between two forced refreshes; it doubles while fresh tokens are rejected.
    hold_ms: u64 = 60_000, SOME;
    /// .. up to the larger of `hold_ms` and the smaller of this and `T` divided by `hold_cap_divisor`.
    hold_cap_ms: u64 = 300_000, SOME;
    /// See `hold_cap_ms`.
    hold_cap_divisor: u64 = 4, DIVISOR;
    /// A rejected token is withheld for at least this while its replacement is fetched.
    withhold_floor_ms: u64 = 250, SOME;
    /// How many rejected tokens are remembered.
    rejected_memory: u32 = 8, (1, 1_000);

    /// After the same token came again, the next request is sent after what is left divided by this.
    same_token_divisor: u64 = 2, DIVISOR;
    /// .. but not within this.
    same_token_floor_ms: u64 = 1_000, SOME;
    /// .. nor within `H` divided by this.
    same_token_floor_divisor: u64 = 4, DIVISOR;
    /// Flights for tokens without a life of their own start at least this far apart.
    single_use_interval_ms: u64 = 1_000, SOME;

    /// The lifetime of a token of which nothing is known.
    default_lifetime_ms: u64 = 300_000, SOME;
    /// The longest lifetime that is believed.
    lifetime_max_ms: u64 = 31_536_000_000, SOME;
    /// The longest wake-up that a host is asked for.
    wake_max_ms: u64 = 3_600_000, (1_000, 2_147_483_647);
    /// The clocks may differ by this much in one step before it is reported.
    clock_step_ms: u64 = 30_000, SOME;
}

deserialize_as_document!(Policy);

impl Policy {
    /// Reads a policy from a JSON object; what is left out is the default.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidOption`] with the name of the field.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let document: Document = serde_json::from_str(json).map_err(|_| refused("", "is no JSON object"))?;
        Reader::read(&document).map_err(|Wrong { path, reason }| refused(&path, &reason))
    }

    fn validate_pairs(&self) -> Result<(), Error> {
        at_most("attempt_deadline_ms", self.attempt_deadline_ms, "attempt_abort_ms", self.attempt_abort_ms)?;
        at_most("fetch_pause_ms", self.fetch_pause_ms, "fetch_pause_cap_ms", self.fetch_pause_cap_ms)?;
        at_most("terminal_pause_ms", self.terminal_pause_ms, "terminal_pause_cap_ms", self.terminal_pause_cap_ms)?;
        at_most("abandoned_pause_ms", self.abandoned_pause_ms, "abandoned_pause_cap_ms", self.abandoned_pause_cap_ms)?;
        at_most("default_lifetime_ms", self.default_lifetime_ms, "lifetime_max_ms", self.lifetime_max_ms)?;
        at_most("fetch_delay_ms", self.fetch_delay_ms, "fetch_budget_ms", self.fetch_budget_ms)
    }

    /// Returns `W` for a lifetime.
    #[must_use]
    pub fn window_ms(&self, lifetime_ms: u64) -> u64 {
        (lifetime_ms / self.window_divisor).min(self.window_max_ms)
    }

    /// Returns `H` for a lifetime.
    #[must_use]
    pub fn leeway_ms(&self, lifetime_ms: u64) -> u64 {
        self.leeway_max_ms
            .min(lifetime_ms / self.leeway_divisor)
            .min(self.window_ms(lifetime_ms).saturating_mul(self.leeway_window_percent) / 100)
    }

    /// Returns how long a caller waits between `exp - H` and `exp`.
    #[must_use]
    pub fn hard_wait_ms(&self, lifetime_ms: u64) -> u64 {
        self.hard_wait_max_ms.min(self.leeway_ms(lifetime_ms) / self.hard_wait_divisor)
    }

    /// Returns how long a caller waits whose `min_valid` is not met.
    #[must_use]
    pub fn min_valid_wait_ms(&self, lifetime_ms: u64) -> u64 {
        self.hard_wait_max_ms.min(lifetime_ms / self.min_valid_wait_divisor)
    }

    /// Returns the age below which a rejected token is tried again.
    #[must_use]
    pub fn grace_ms(&self, lifetime_ms: u64) -> u64 {
        self.grace_max_ms.min(lifetime_ms / self.grace_divisor)
    }

    /// Returns the delay before a young rejected token is tried again.
    #[must_use]
    pub fn grace_delay_ms(&self, lifetime_ms: u64) -> u64 {
        self.grace_delay_max_ms.min(lifetime_ms / self.grace_delay_divisor)
    }

    /// Returns how long a rejected token is withheld.
    #[must_use]
    pub fn withhold_ms(&self, lifetime_ms: u64) -> u64 {
        self.hard_wait_ms(lifetime_ms).max(self.withhold_floor_ms)
    }

    /// Returns the longest time between two forced refreshes.
    #[must_use]
    pub fn hold_cap_for(&self, lifetime_ms: u64) -> u64 {
        self.hold_ms.max(self.hold_cap_ms.min(lifetime_ms / self.hold_cap_divisor))
    }

    /// Returns the undrawn pause after the `failures`-th (from 0) transient refresh failure.
    #[must_use]
    pub fn refresh_pause_for(&self, lifetime_ms: u64, failures: u32) -> u64 {
        let window = self.window_ms(lifetime_ms).max(lifetime_ms / self.refresh_pause_life_divisor);
        let first = self.refresh_pause_ms.min(window / self.refresh_pause_divisor);
        doubled(first, failures).min(window / self.refresh_pause_cap_divisor)
    }

    /// Returns the undrawn pause after the `failures`-th (from 0) transiently failed flight without a token.
    #[must_use]
    pub fn fetch_pause_for(&self, failures: u32) -> u64 {
        doubled(self.fetch_pause_ms, failures).min(self.fetch_pause_cap_ms)
    }

    /// Returns the pause after the `failures`-th (from 0) terminal failure.
    #[must_use]
    pub fn terminal_pause_for(&self, failures: u32) -> u64 {
        doubled(self.terminal_pause_ms, failures).min(self.terminal_pause_cap_ms)
    }

    /// Returns the pause after the `count`-th (from 1) abandoned attempt without a token; the first has none.
    #[must_use]
    pub fn abandoned_pause_for(&self, count: u32) -> u64 {
        if count <= 1 { 0 } else { doubled(self.abandoned_pause_ms, count - 2).min(self.abandoned_pause_cap_ms) }
    }

    /// Returns the pause after the same token came again.
    #[must_use]
    pub fn same_token_pause_ms(&self, left_ms: u64, lifetime_ms: u64) -> u64 {
        (left_ms / self.same_token_divisor).max(self.same_token_floor_ms).max(self.leeway_ms(lifetime_ms) / self.same_token_floor_divisor)
    }
}

/// Doubles `ms` `times` times without overflow.
#[must_use]
pub(crate) fn doubled(ms: u64, times: u32) -> u64 {
    ms.saturating_mul(1_u64.checked_shl(times).unwrap_or(u64::MAX))
}

fn in_range(field: &str, value: u64, (low, high): (u64, u64)) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(refused(field, format!("{value} is not between {low} and {high}").as_str()))
}

fn at_most(field: &str, value: u64, other: &str, limit: u64) -> Result<(), Error> {
    if value <= limit {
        return Ok(());
    }
    Err(refused(field, format!("{value} is more than {other} ({limit})").as_str()))
}

fn refused(field: &str, reason: &str) -> Error {
    let dot = if field.is_empty() { "" } else { "." };
    Error::new(Code::InvalidOption).with_description(["policy", dot, field, ": ", reason].concat())
}
