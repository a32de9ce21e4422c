//! Time as data: the core reads no clock, each call brings [`Now`].

use serde::{Deserialize, Serialize};

/// An instant on both clocks, in milliseconds; it is over when *either* clock says so.
///
/// A monotonic clock may stand still while a device sleeps, and a wall clock may be set: together they miss neither.
/// `mono` counts from any fixed point of the process and never crosses to another; `wall` is Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Instant {
    /// Monotonic milliseconds.
    pub mono: u64,
    /// Unix milliseconds.
    pub wall: u64,
}

impl Instant {
    /// Says whether this instant has come, by either clock.
    #[must_use]
    pub const fn is_over(self, now: Self) -> bool {
        now.mono >= self.mono || now.wall >= self.wall
    }

    /// Returns the milliseconds that are left by the clock that is nearer, 0 when over.
    #[must_use]
    pub fn left_ms(self, now: Self) -> u64 {
        self.mono.saturating_sub(now.mono).min(self.wall.saturating_sub(now.wall))
    }

    /// Returns the instant `ms` milliseconds later.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self { mono: self.mono.saturating_add(ms), wall: self.wall.saturating_add(ms) }
    }

    /// Returns the instant `ms` milliseconds earlier.
    #[must_use]
    pub const fn minus(self, ms: u64) -> Self {
        Self { mono: self.mono.saturating_sub(ms), wall: self.wall.saturating_sub(ms) }
    }

    /// Returns when this instant came, which a call after a long silence sees late; now if mono does not say so.
    pub(crate) fn came_at(self, now: Self) -> Self {
        now.minus(now.mono.saturating_sub(self.mono)).earlier(if self.mono <= now.mono { self } else { now })
    }

    /// Returns the earlier of two instants, on each clock.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        Self { mono: self.mono.min(other.mono), wall: self.wall.min(other.wall) }
    }

    /// Returns the later of two instants, on each clock.
    #[must_use]
    pub fn later(self, other: Self) -> Self {
        Self { mono: self.mono.max(other.mono), wall: self.wall.max(other.wall) }
    }
}

/// What a host knows of the present: both clocks and a fresh random number.
///
/// `entropy` only spreads refreshes and pauses over time; it need not be secret. A fixed sequence makes a run repeatable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Now {
    /// Monotonic milliseconds; never smaller than in an earlier call.
    pub mono: u64,
    /// Unix milliseconds.
    pub wall: u64,
    /// A random number drawn by the host for this call.
    pub entropy: u64,
}

impl Now {
    /// Returns the two clocks without the entropy.
    #[must_use]
    pub const fn instant(self) -> Instant {
        Instant { mono: self.mono, wall: self.wall }
    }
}
