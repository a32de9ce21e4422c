//! The default policy, written down again: `T` is a token's lifetime, `W` its window, `H` its hard leeway.

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const YEAR: u64 = 365 * 24 * HOUR;

/// An attempt counts as failed after this ..
pub(crate) const ATTEMPT_MS: u64 = 10 * SECOND;
/// .. and its I/O is aborted after this.
pub(crate) const ABORT_MS: u64 = 30 * SECOND;
/// Without a token a flight has this many attempts ..
pub(crate) const ATTEMPTS: u32 = 3;
/// .. in this time.
pub(crate) const FLIGHT_MS: u64 = 14 * SECOND;
/// Attempts that never reported their end are remembered up to this number.
pub(crate) const FENCED: usize = 16;
/// A refresh pause is never shorter, unless the token ends first.
pub(crate) const REFRESH_FLOOR_MS: u64 = 250;
/// A last try is made where `exp - H` is at least this far away.
pub(crate) const LAST_TRY_MS: u64 = 250;
/// A Retry-After counts up to this.
pub(crate) const RETRY_AFTER_MS: u64 = HOUR;
/// Without a token, a pause must end this much inside a caller's patience.
pub(crate) const PATIENCE_MARGIN_MS: u64 = SECOND;
/// `Retry` ends a pause of this age.
pub(crate) const RETRY_MS: u64 = SECOND;
/// `Invalidate` ends a pause once in this time.
pub(crate) const INVALIDATE_MS: u64 = SECOND;
/// A rejection shortens a pause to this.
pub(crate) const REJECTED_PAUSE_MS: u64 = 15 * SECOND;
/// The first distance of forced refreshes.
pub(crate) const HOLD_MS: u64 = MINUTE;
/// So many rejected tokens are remembered.
pub(crate) const REMEMBERED: usize = 8;
/// Flights for tokens of a single use begin so far apart.
pub(crate) const SINGLE_USE_MS: u64 = SECOND;
/// The longest wake-up.
pub(crate) const WAKE_MS: u64 = HOUR;
/// A difference between the clocks' movements that is reported.
pub(crate) const STEP_MS: u64 = 30 * SECOND;
/// The longest wait of anybody while a token is held.
pub(crate) const HELD_WAIT_MS: u64 = 2 * SECOND;

pub(crate) fn window(life: u64) -> u64 {
    (life / 4).min(HOUR)
}

/// The refresh begins up to this long after the window's start.
pub(crate) fn spread(life: u64) -> u64 {
    window(life) / 5
}

pub(crate) fn leeway(life: u64) -> u64 {
    (life / 10).min(MINUTE).min(window(life) * 80 / 100)
}

pub(crate) fn hard_wait(life: u64) -> u64 {
    (leeway(life) / 4).min(HELD_WAIT_MS)
}

pub(crate) const fn most_min_valid(life: u64) -> u64 {
    life / 2
}

pub(crate) fn min_valid_wait(life: u64) -> u64 {
    (life / 40).min(HELD_WAIT_MS)
}

pub(crate) fn withhold(life: u64) -> u64 {
    hard_wait(life).max(250)
}

pub(crate) fn grace(life: u64) -> u64 {
    (life / 10).min(10 * SECOND)
}

pub(crate) fn grace_delay(life: u64) -> u64 {
    (life / 10).min(SECOND)
}

pub(crate) fn hold_cap(life: u64) -> u64 {
    (life / 4).clamp(HOLD_MS, 5 * MINUTE)
}

/// The delay after the `used`-th attempt of a flight, from 1.
pub(crate) fn attempt_delay(used: u32) -> u64 {
    doubled(500, used.saturating_sub(1), u64::MAX)
}

/// The longest pause after the transient failure of a refresh that `failures` came before.
pub(crate) fn refresh_pause(life: u64, failures: u32) -> u64 {
    let wide = window(life).max(life / 16);
    doubled((wide / 16).min(5 * SECOND), failures, wide / 4)
}

/// The longest pause after the transient failure of a flight that `failures` came before.
pub(crate) fn fetch_pause(failures: u32) -> u64 {
    doubled(2 * SECOND, failures, 15 * SECOND)
}

pub(crate) fn terminal_pause(failures: u32) -> u64 {
    doubled(5 * SECOND, failures, 5 * MINUTE)
}

/// The pause after an abandoned attempt without a token that `before` came before.
pub(crate) fn abandoned_pause(before: u32) -> u64 {
    before.checked_sub(1).map_or(0, |times| doubled(250, times, 5 * SECOND))
}

pub(crate) fn same_token_pause(left: u64, life: u64) -> u64 {
    (left / 2).max(SECOND).max(leeway(life) / 4)
}

fn doubled(ms: u64, times: u32, cap: u64) -> u64 {
    2_u64.checked_pow(times).map_or(u64::MAX, |factor| ms.saturating_mul(factor)).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_policy_s_page() {
        assert_eq!((window(HOUR), leeway(HOUR), hard_wait(HOUR)), (15 * MINUTE, MINUTE, 2 * SECOND));
        assert_eq!((window(10 * SECOND), leeway(10 * SECOND), hard_wait(10 * SECOND)), (2_500, SECOND, 250));
        assert_eq!((window(3), leeway(3), spread(3)), (0, 0, 0));
        assert_eq!((0..9).map(|n| refresh_pause(HOUR, n)).max(), Some(225_000));
        assert_eq!([0, 1, 2, 3, 9].map(fetch_pause), [2_000, 4_000, 8_000, 15_000, 15_000]);
        assert_eq!([0, 1, 2, 70].map(terminal_pause), [5_000, 10_000, 20_000, 300_000]);
        assert_eq!([0, 1, 2, 3, 99].map(abandoned_pause), [0, 250, 500, 1_000, 5_000]);
        assert_eq!([1, 2, 3].map(attempt_delay), [500, 1_000, 2_000]);
        assert_eq!((hold_cap(MINUTE), hold_cap(10 * MINUTE), hold_cap(HOUR)), (60_000, 150_000, 300_000));
    }
}
