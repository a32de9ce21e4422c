//! The present, as the host's clocks tell it.

use crate::time::Instant;

/// Tells the time on both clocks and draws random numbers.
///
/// The one in use is [`SystemClock`]; tests inject their own to run in virtual time. A clock is read under a lock, so that
/// two threads cannot bring their readings in the wrong order: it must not call back into the source.
pub trait Clock: Send + Sync + 'static {
    /// Reads both clocks: monotonic milliseconds of this process and Unix milliseconds.
    fn now(&self) -> Instant;

    /// Draws a random number, which spreads refreshes and pauses; it need not be secret.
    fn entropy(&self) -> u64;
}

/// The clocks of the operating system.
///
/// On Linux the coarse ones: a step of some milliseconds is nothing to a token, and they cost a quarter of the exact ones.
/// A monotonic clock that stands still while the machine sleeps is made up for by the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Instant {
        Instant { mono: system::mono(), wall: system::wall() }
    }

    fn entropy(&self) -> u64 {
        fastrand::u64(..)
    }
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::time::{ClockId, clock_gettime};

    #[inline]
    pub(super) fn mono() -> u64 {
        read(ClockId::MonotonicCoarse)
    }

    #[inline]
    pub(super) fn wall() -> u64 {
        read(ClockId::RealtimeCoarse)
    }

    /// A wall clock before 1970 counts as 1970.
    #[inline]
    fn read(clock: ClockId) -> u64 {
        let time = clock_gettime(clock);
        u64::try_from(time.tv_sec).unwrap_or_default() * 1000 + u64::try_from(time.tv_nsec).unwrap_or_default() / 1_000_000
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::super::std::{
        sync::OnceLock,
        time::{Duration, Instant, SystemTime},
    };

    static START: OnceLock<Instant> = OnceLock::new();

    pub(super) fn mono() -> u64 {
        in_ms(START.get_or_init(Instant::now).elapsed())
    }

    /// A wall clock before 1970 counts as 1970.
    pub(super) fn wall() -> u64 {
        in_ms(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }

    fn in_ms(time: Duration) -> u64 {
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
    }
}
