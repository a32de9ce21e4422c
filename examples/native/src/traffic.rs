//! What is on its way, for runners in virtual time.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

/// Counts the requests of a client, so that a test in virtual time knows when to move its clock: while no answer is on its way.
///
/// Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Traffic(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Traffic {
    /// Returns how many requests have begun: token requests, and each hop of the API's calls.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.0.begun.load(SeqCst)
    }

    /// Returns how many of them have ended: by a token request's whole answer, by the head of an API's, by a failure, or given up.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.0.ended.load(SeqCst)
    }

    pub(crate) fn begin(&self) -> Trip {
        self.0.begun.fetch_add(1, SeqCst);
        Trip(self.clone())
    }
}

/// A request on its way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Trip(Traffic);

impl Drop for Trip {
    fn drop(&mut self) {
        self.0.0.ended.fetch_add(1, SeqCst);
    }
}
