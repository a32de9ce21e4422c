//! Callers that wait.

use alloc::collections::BTreeSet;

/// Open tickets by the time at which their callers stop waiting; numbers only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tickets {
    last: u64,
    open: BTreeSet<(u64, u64)>,
}

impl Tickets {
    pub(super) fn issue(&mut self, until_mono: u64) -> u64 {
        self.last += 1;
        self.open.insert((until_mono, self.last));
        self.last
    }

    /// Drops the tickets whose callers have stopped waiting.
    pub(super) fn lapse(&mut self, now_mono: u64) {
        while self.open.first().is_some_and(|(until_mono, _)| *until_mono <= now_mono) {
            self.open.pop_first();
        }
    }

    /// Closes all tickets and returns the number up to which they are settled.
    pub(super) fn settle(&mut self) -> u64 {
        self.open.clear();
        self.last
    }

    pub(super) fn any_open(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn count(&self) -> usize {
        self.open.len()
    }
}
