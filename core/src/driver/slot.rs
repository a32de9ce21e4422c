//! The one place where flights live: shared by all callers and owned by none.

use alloc::vec::Vec;

use crate::time::Instant;

/// The flights of a source: at most one that still counts, and those that were given up and may yet bring a late answer.
///
/// A flight is taken out while it is started or polled, so that no lock is held meanwhile; its entry stays, and one that
/// is gone when the flight comes back says that the flight is to be dropped.
pub(super) struct Slot<F> {
    entries: Vec<Entry<F>>,
}

struct Entry<F> {
    attempt: u64,
    abort_at: Instant,
    /// `None` while somebody starts or polls it.
    flight: Option<F>,
}

impl<F> Default for Slot<F> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<F> Slot<F> {
    /// Makes the entry of an attempt that is about to start.
    pub(super) fn open(&mut self, attempt: u64, abort_at: Instant) {
        self.entries.push(Entry { attempt, abort_at, flight: None });
    }

    /// Takes out the flights, unless somebody else starts or polls one: then that one looks again afterwards.
    pub(super) fn take(&mut self) -> Vec<(u64, F)> {
        if self.entries.iter().any(|entry| entry.flight.is_none()) {
            return Vec::new();
        }
        self.entries.iter_mut().filter_map(|entry| Some((entry.attempt, entry.flight.take()?))).collect()
    }

    /// Puts a flight in, or hands it back when its attempt was given up meanwhile.
    pub(super) fn put(&mut self, attempt: u64, flight: F) -> Option<F> {
        match self.entries.iter_mut().find(|entry| entry.attempt == attempt) {
            Some(entry) => entry.flight.replace(flight),
            None => Some(flight),
        }
    }

    /// Closes the entry of an attempt that has ended; says whether it was still open.
    pub(super) fn close(&mut self, attempt: u64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.attempt != attempt);
        self.entries.len() < before
    }

    /// Removes the attempts whose I/O is to be aborted by now; their flights are dropped without a lock.
    pub(super) fn overdue(&mut self, now: Instant) -> Vec<(u64, Option<F>)> {
        self.entries.extract_if(.., |entry| entry.abort_at.is_over(now)).map(|entry| (entry.attempt, entry.flight)).collect()
    }

    /// Removes all attempts; their flights are dropped without a lock.
    pub(super) fn clear(&mut self) -> Vec<(u64, Option<F>)> {
        self.entries.drain(..).map(|entry| (entry.attempt, entry.flight)).collect()
    }

    /// Returns the next time at which an attempt's I/O is to be aborted.
    pub(super) fn next_abort(&self) -> Option<Instant> {
        self.entries.iter().map(|entry| entry.abort_at).reduce(Instant::earlier)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const LATER: Instant = Instant { mono: 100, wall: 100 };

    #[test]
    fn a_flight_that_is_polled_is_out_of_the_slot_and_comes_back() {
        let mut slot = Slot::default();
        slot.open(1, LATER);
        assert!(slot.take().is_empty(), "it is not started yet");
        assert_eq!(slot.put(1, "flight"), None);
        assert_eq!(slot.take(), [(1, "flight")]);
        assert!(slot.take().is_empty());
        assert_eq!(slot.put(1, "flight"), None);
        assert!(slot.close(1));
        assert!(!slot.close(1));
    }

    #[test]
    fn nothing_is_handed_out_while_somebody_polls() {
        let mut slot = Slot::default();
        slot.open(1, LATER);
        slot.put(1, "first");
        let polled = slot.take();
        slot.open(2, LATER);
        slot.put(2, "second");
        // Who polls the first clears the news of both, and looks for more when it is back.
        assert!(slot.take().is_empty());
        for (attempt, flight) in polled {
            slot.put(attempt, flight);
        }
        assert_eq!(slot.take().len(), 2);
    }

    #[test]
    fn a_flight_that_was_given_up_meanwhile_is_handed_back() {
        let mut slot = Slot::default();
        slot.open(1, LATER);
        assert_eq!(slot.clear(), [(1, None)]);
        assert_eq!(slot.put(1, "flight"), Some("flight"));
    }

    #[test]
    fn only_an_overdue_flight_is_removed() {
        let mut slot = Slot::default();
        slot.open(1, LATER);
        slot.open(2, LATER.plus(1));
        slot.put(1, "first");
        assert_eq!(slot.overdue(Instant { mono: 99, wall: 99 }), []);
        assert_eq!(slot.overdue(LATER), [(1, Some("first"))]);
        assert_eq!(slot.next_abort(), Some(LATER.plus(1)));
        slot.clear();
        assert!(slot.is_empty());
    }
}
