//! The time as a host tells it.

use evertoken::{Instant as Core, Now as CoreNow};

/// An instant on both clocks, in milliseconds.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct Instant {
    /// Of a clock that never runs backwards.
    pub mono: u64,
    /// Since the Unix epoch.
    pub wall: u64,
}

/// The present, and a random number.
#[derive(Clone, Copy, Debug, uniffi::Record)]
pub struct Now {
    /// Milliseconds of a clock that never runs backwards.
    pub mono: u64,
    /// Milliseconds since the Unix epoch.
    pub wall: u64,
    /// Spreads what many clients would do at once.
    pub entropy: u64,
}

impl From<Instant> for Core {
    fn from(Instant { mono, wall }: Instant) -> Self {
        Self { mono, wall }
    }
}

impl From<Core> for Instant {
    fn from(Core { mono, wall }: Core) -> Self {
        Self { mono, wall }
    }
}

impl From<Now> for CoreNow {
    fn from(Now { mono, wall, entropy }: Now) -> Self {
        Self { mono, wall, entropy }
    }
}
