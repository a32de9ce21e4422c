//! The sandbox's own time: every issue date, expiry, latency and `Date` header comes from here.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A clock that runs with real time, can be moved at will, and can be frozen so that only `advance` moves it.
#[derive(Debug)]
pub(crate) struct Clock {
    state: Mutex<Hands>,
}

#[derive(Debug, Clone, Copy)]
struct Hands {
    base_us: u64,
    since: Instant,
    frozen: bool,
}

impl Hands {
    fn now_us(&self) -> u64 {
        if self.frozen { self.base_us } else { self.base_us.saturating_add(micros(self.since.elapsed())) }
    }

    fn moved_to(self, base_us: u64) -> Self {
        Self { base_us, since: Instant::now(), ..self }
    }
}

/// What the clock shows. Times are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockView {
    /// The sandbox's present time in milliseconds since 1970.
    pub now_ms: u64,
    /// Whether only `advance` and `set` move the clock.
    pub frozen: bool,
}

/// A change of the clock: `frozen` is applied first, then `set_ms`, then `advance_ms`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClockChange {
    /// Moves the clock forward by this many milliseconds.
    pub advance_ms: u64,
    /// Sets the clock to this time, in milliseconds since 1970. It may go back.
    pub set_ms: Option<u64>,
    /// Stops the clock, or lets it run with real time again.
    pub frozen: Option<bool>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let base_us = micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO));
        Self { state: Mutex::new(Hands { base_us, since: Instant::now(), frozen: false }) }
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_us(&self) -> u64 {
        self.hands().now_us()
    }

    pub(crate) fn view(&self) -> ClockView {
        let hands = *self.hands();
        ClockView { now_ms: hands.now_us() / 1000, frozen: hands.frozen }
    }

    pub(crate) fn change(&self, change: ClockChange) {
        let mut hands = self.hands();
        let mut now_us = hands.now_us();
        if let Some(frozen) = change.frozen {
            hands.frozen = frozen;
        }
        if let Some(ms) = change.set_ms {
            now_us = ms.saturating_mul(1000);
        }
        *hands = hands.moved_to(now_us.saturating_add(change.advance_ms.saturating_mul(1000)));
    }

    pub(crate) fn reset(&self) {
        *self.hands() = *Self::new().hands();
    }

    /// Real time until the clock shows `due_us`: zero when it does, `None` when it is frozen before it.
    pub(crate) fn real_time_until(&self, due_us: u64) -> Option<Duration> {
        let hands = *self.hands();
        match due_us.saturating_sub(hands.now_us()) {
            0 => Some(Duration::ZERO),
            _ if hands.frozen => None,
            rest => Some(Duration::from_micros(rest)),
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        system_time(self.now_us())
    }
}

/// Converts microseconds since 1970, bounded to what an HTTP date can show.
pub(crate) fn system_time(us: u64) -> SystemTime {
    const YEAR_9999_US: u64 = 253_402_300_799_000_000;
    UNIX_EPOCH + Duration::from_micros(us.min(YEAR_9999_US))
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
