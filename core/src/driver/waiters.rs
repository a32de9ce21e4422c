//! The callers that wait, and the waker that a flight gets: it wakes all of them.

use super::std::task::Wake;
use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use core::task::Waker;

use crate::{error::Error, io::Snapshot};

use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering, PoisonError};

/// What a ticket is answered with.
pub(super) type Answer = Result<Arc<Snapshot>, Error>;

/// The seats of all callers that wait, of whatever runtime.
///
/// A flight is polled with this as its waker and not with that of the caller who happens to poll it: that caller may be
/// cancelled, or its runtime dropped, and the others still have to learn of the end.
#[derive(Default)]
pub(super) struct Waiters {
    seats: Mutex<Seats>,
    /// A flight has called its waker since it was polled last.
    news: AtomicBool,
}

#[derive(Default)]
struct Seats {
    last: u64,
    taken: BTreeMap<u64, Sitter>,
}

struct Sitter {
    /// The machine's ticket; `None` for a driver, which every change concerns.
    ticket: Option<u64>,
    waker: Option<Waker>,
    answer: Option<Answer>,
    called: bool,
}

/// A caller's place; leaving it, also by being cancelled, takes the caller's waker along.
pub(super) struct Seat {
    waiters: Arc<Waiters>,
    number: u64,
}

impl Waiters {
    /// Gives a caller a place, under the lock under which its ticket was issued.
    pub(super) fn sit(self: &Arc<Self>, ticket: Option<u64>) -> Seat {
        let mut seats = self.lock();
        seats.last += 1;
        let number = seats.last;
        seats.taken.insert(number, Sitter { ticket, waker: None, answer: None, called: false });
        drop(seats);
        Seat { waiters: Arc::clone(self), number }
    }

    /// Answers the tickets up to this one and returns the wakers of their callers, to be called without a lock.
    pub(super) fn settle(&self, settles: u64, answer: &Answer) -> Vec<Waker> {
        let mut seats = self.lock();
        let settled = seats.taken.values_mut().filter(|sitter| sitter.ticket.is_some_and(|ticket| ticket <= settles));
        settled
            .filter_map(|sitter| {
                sitter.answer.get_or_insert_with(|| answer.clone());
                sitter.call()
            })
            .collect()
    }

    /// Returns the wakers of the drivers, to be called without a lock.
    pub(super) fn drivers(&self) -> Vec<Waker> {
        self.lock().taken.values_mut().filter(|sitter| sitter.ticket.is_none()).filter_map(Sitter::call).collect()
    }

    /// Returns the wakers of everybody, to be called without a lock.
    pub(super) fn everybody(&self) -> Vec<Waker> {
        self.lock().taken.values_mut().filter_map(Sitter::call).collect()
    }

    /// Says whether a flight is worth a poll.
    #[inline]
    pub(super) fn has_news(&self) -> bool {
        self.news.load(Ordering::Acquire)
    }

    /// Notes that a flight is worth a poll, because its waker was called or because it was never polled.
    pub(super) fn note_news(&self) {
        self.news.store(true, Ordering::Release);
    }

    /// Forgets the news, right before the flights are polled.
    pub(super) fn forget_news(&self) {
        self.news.store(false, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.note_news();
        self.everybody().into_iter().for_each(Waker::wake);
    }
}

impl Sitter {
    fn call(&mut self) -> Option<Waker> {
        self.called = true;
        self.waker.take()
    }
}

impl Seat {
    /// Registers the caller's waker; whatever is checked after this cannot be missed.
    pub(super) fn register(&self, waker: &Waker) {
        let waker = waker.clone();
        // The waker before is dropped without the lock: dropping it may run the caller's executor.
        let before = self.waiters.lock().taken.get_mut(&self.number).and_then(|sitter| sitter.waker.replace(waker));
        drop(before);
    }

    /// Takes the answer to the caller's ticket.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.waiters.lock().taken.get_mut(&self.number)?.answer.take()
    }

    /// Says whether somebody called this seat since the last time.
    pub(super) fn was_called(&self) -> bool {
        self.waiters.lock().taken.get_mut(&self.number).is_some_and(|sitter| core::mem::take(&mut sitter.called))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Its waker is dropped without the lock as well.
        let sitter = self.waiters.lock().taken.remove(&self.number);
        drop(sitter);
    }
}
