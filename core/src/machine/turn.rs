//! One call of the machine: its time, its random numbers, its outputs.

use alloc::vec::Vec;

use crate::{
    error::Error,
    event::Event,
    io::{Output, SurfaceReason},
    time::{Instant, Now},
};

/// What is collected while an input is handled.
pub(super) struct Turn<T> {
    pub(super) now: Instant,
    entropy: u64,
    pub(super) outputs: Vec<Output<T>>,
    /// Tickets up to this one are answered by the snapshot that stands at the end of the turn.
    pub(super) settles: u64,
    pub(super) keep_fresh: bool,
}

/// A verdict whose snapshot is taken at the end of the turn.
pub(super) enum Decision {
    Use,
    Wait { ticket: u64, until_mono: u64 },
    RetryWith,
    RetryAfter { ms: u64 },
    Surface(SurfaceReason),
    Fail(Error),
    Done,
}

impl<T> Turn<T> {
    pub(super) fn new(now: Now) -> Self {
        Self { now: now.instant(), entropy: now.entropy, outputs: Vec::new(), settles: 0, keep_fresh: false }
    }

    pub(super) fn event(&mut self, event: Event) {
        self.outputs.push(Output::Event(event));
    }

    /// Draws a number from `low` to `high`, both included (splitmix64 over the host's entropy).
    pub(super) fn draw(&mut self, low: u64, high: u64) -> u64 {
        self.entropy = self.entropy.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.entropy;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let span = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(z % span)
    }
}
