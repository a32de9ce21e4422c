//! Instants on two clocks: over when either clock says so.

use evertoken::Instant;

/// Says whether an instant has come.
pub(crate) const fn over(at: Instant, now: Instant) -> bool {
    at.mono <= now.mono || at.wall <= now.wall
}

/// Returns what is left until an instant by the nearer clock.
pub(crate) fn left(at: Instant, now: Instant) -> u64 {
    let (mono, wall) = (at.mono.saturating_sub(now.mono), at.wall.saturating_sub(now.wall));
    mono.min(wall)
}

/// Returns the instant `ms` after another.
pub(crate) const fn after(at: Instant, ms: u64) -> Instant {
    Instant { mono: at.mono.saturating_add(ms), wall: at.wall.saturating_add(ms) }
}

/// Returns the instant `ms` before another.
pub(crate) const fn before(at: Instant, ms: u64) -> Instant {
    Instant { mono: at.mono.saturating_sub(ms), wall: at.wall.saturating_sub(ms) }
}

/// Returns the earlier of two instants, on each clock.
pub(crate) fn first(a: Instant, b: Instant) -> Instant {
    Instant { mono: a.mono.min(b.mono), wall: a.wall.min(b.wall) }
}

/// Returns the later of two instants, on each clock.
pub(crate) fn last(a: Instant, b: Instant) -> Instant {
    Instant { mono: a.mono.max(b.mono), wall: a.wall.max(b.wall) }
}

/// Returns when something was over that is noticed now: the time that mono has passed since counts on both clocks, and
/// what only the wall clock says is over has come now.
pub(crate) fn came(at: Instant, now: Instant) -> Instant {
    if at.mono > now.mono {
        return now;
    }
    let since = now.mono - at.mono;
    Instant { mono: at.mono, wall: at.wall.min(now.wall.saturating_sub(since)) }
}

/// Says whether an instant is before another on no clock.
pub(crate) const fn reaches(at: Instant, other: Instant) -> bool {
    at.mono >= other.mono && at.wall >= other.wall
}
