//! The documented numbers, written down a second time; `T` is a token's lifetime, `W` its window, `H` its hard leeway.

use std::ops::RangeInclusive;

/// How long a caller waits unless it says otherwise.
pub const PATIENCE: u64 = 15_000;
/// An attempt has failed when it takes this long.
pub const ATTEMPT: u64 = 10_000;
/// All attempts of a flight without a token.
pub const FLIGHT: u64 = 14_000;
/// .. at most so many.
pub const ATTEMPTS: u32 = 3;
/// Nobody keeps a connection open for longer.
pub const ABORT: u64 = 30_000;
/// A server's word counts up to an hour.
pub const RETRY_AFTER_CAP: u64 = 3_600_000;
/// What ends a pause by hand does so after a second.
pub const BY_HAND: u64 = 1_000;
/// A caller waits out a pause that ends so long inside its patience.
pub const MARGIN: u64 = 1_000;
/// A rejection shortens a pause to this.
pub const REJECTED_PAUSE: u64 = 15_000;
/// The first distance of two forced refreshes.
pub const HOLD: u64 = 60_000;
/// Flights for tokens of a single use begin so far apart.
pub const SINGLE_USE: u64 = 1_000;
/// So many rejected tokens are remembered.
pub const REMEMBERED: usize = 8;
/// No lifetime above a year is believed.
pub const LONGEST_LIFE: u64 = 31_536_000_000;

/// The window: a quarter of the life, at most an hour.
#[must_use]
pub fn window(life: u64) -> u64 {
    (life / 4).min(60 * 60_000)
}

/// The hard leeway: a tenth of the life, at most a minute, at most four fifths of the window.
#[must_use]
pub fn leeway(life: u64) -> u64 {
    (life / 10).min(60_000).min(window(life) * 4 / 5)
}

/// How late in the window a refresh may begin: in its first fifth.
#[must_use]
pub fn spread(life: u64) -> u64 {
    window(life) / 5
}

/// How long a caller waits in the hard zone.
#[must_use]
pub fn hard_wait(life: u64) -> u64 {
    (leeway(life) / 4).min(2_000)
}

/// How long a caller waits that needs a longer life.
#[must_use]
pub fn min_valid_wait(life: u64) -> u64 {
    (life / 40).min(2_000)
}

/// What a caller's `min_valid` counts as.
#[must_use]
pub fn min_valid(asked: u64, life: u64) -> u64 {
    asked.min(life / 2)
}

/// How long a rejected token is withheld.
#[must_use]
pub fn withheld(life: u64) -> u64 {
    hard_wait(life).max(250)
}

/// The age below which a rejected token is tried again.
#[must_use]
pub fn young(life: u64) -> u64 {
    (life / 10).min(10_000)
}

/// .. after this.
#[must_use]
pub fn young_delay(life: u64) -> u64 {
    (life / 10).min(1_000)
}

/// The longest distance of two forced refreshes.
#[must_use]
pub fn longest_hold(life: u64) -> u64 {
    (life / 4).clamp(60_000, 5 * 60_000)
}

/// The pause after a transiently failed refresh, the `nth` from 0.
#[must_use]
pub fn refresh_pause(life: u64, nth: u32) -> RangeInclusive<u64> {
    let window = window(life).max(life / 16);
    let delay = twice((window / 16).min(5_000), nth).min(window / 4);
    (delay / 2).max(250)..=delay.max(250)
}

/// The pause after a transiently failed flight without a token, the `nth` from 0.
#[must_use]
pub fn fetch_pause(nth: u32) -> RangeInclusive<u64> {
    let delay = twice(2_000, nth).min(15_000);
    delay / 2..=delay
}

/// The pause after a terminal failure, the `nth` from 0.
#[must_use]
pub fn terminal_pause(nth: u32) -> u64 {
    twice(5_000, nth).min(5 * 60_000)
}

/// The pause after an abandoned attempt without a token, the `nth` from 0.
#[must_use]
pub fn abandoned_pause(nth: u32) -> u64 {
    if nth == 0 { 0 } else { twice(250, nth - 1).min(5_000) }
}

/// The delay before a flight's next attempt, the `nth` from 0.
#[must_use]
pub fn next_attempt(nth: u32) -> u64 {
    twice(500, nth)
}

/// The pause after the same token came again.
#[must_use]
pub fn same_token_pause(left: u64, life: u64) -> u64 {
    (left / 2).max(1_000).max(leeway(life) / 4)
}

fn twice(ms: u64, times: u32) -> u64 {
    ms.saturating_mul(1_u64.checked_shl(times).unwrap_or(u64::MAX))
}
