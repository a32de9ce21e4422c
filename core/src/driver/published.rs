//! The snapshot that stands, read by every call without a lock.

use alloc::{
    sync::{Arc, Weak},
    vec::Vec,
};
use core::cell::RefCell;

use crate::io::Snapshot;

use super::sync::{ArcSwapOption, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError, thread_local};

/// How many sources a thread remembers; more than that share the places in turn.
const REMEMBERED: usize = 8;

thread_local! {
    static RECENT: RefCell<Recent> = const { RefCell::new(Recent { copies: Vec::new(), next: 0 }) };
}

/// The standing snapshot of one source.
///
/// A reference count that all threads share does not scale, so each thread has a copy of its own, which it finds by the
/// source and the version. The source owns the copies and the threads only remember them: a token that was replaced,
/// retracted or whose source is gone is not kept alive, unwiped, by threads that happen to be idle.
pub(super) struct Published {
    source: u64,
    /// Odd while the snapshot is being replaced.
    version: AtomicU64,
    current: ArcSwapOption<Snapshot>,
    copies: Mutex<Vec<Arc<Snapshot>>>,
}

struct Recent {
    copies: Vec<Copy>,
    next: usize,
}

struct Copy {
    source: u64,
    version: u64,
    snapshot: Weak<Snapshot>,
}

impl Published {
    pub(super) fn new(source: u64) -> Self {
        Self { source, version: AtomicU64::new(0), current: ArcSwapOption::empty(), copies: Mutex::default() }
    }

    /// Returns this thread's copy of the snapshot.
    #[inline]
    pub(super) fn get(&self) -> Option<Arc<Snapshot>> {
        let version = self.version.load(Ordering::Acquire);
        let remembered = RECENT.try_with(|recent| recent.try_borrow().ok()?.find(self.source, version)).ok().flatten();
        remembered.or_else(|| self.copy(version))
    }

    /// Returns the snapshot, to look at under the lock under which it is replaced.
    pub(super) fn current(&self) -> Option<Arc<Snapshot>> {
        self.current.load_full()
    }

    /// Replaces the snapshot by a newer one, under the source's lock.
    pub(super) fn publish(&self, snapshot: Option<Arc<Snapshot>>) {
        // An odd version: from here on nobody uses a copy of the old snapshot, as another thread may have seen the new one.
        self.version.fetch_add(1, Ordering::Relaxed);
        self.current.store(snapshot);
        // Who reads the new version finds the new snapshot, and no copy of an old version is added from here on.
        self.version.fetch_add(1, Ordering::Release);
        self.copies().clear();
    }

    #[cold]
    fn copy(&self, version: u64) -> Option<Arc<Snapshot>> {
        let current = self.current.load_full()?;
        if version % 2 == 1 {
            return Some(current);
        }
        let copy = Arc::new(Snapshot::clone(&current));
        {
            let mut copies = self.copies();
            if self.version.load(Ordering::Acquire) != version {
                return Some(current);
            }
            if copies.len() == copies.capacity() {
                // Threads that have ended, or forgotten their copy, leave it behind.
                copies.retain(|copy| Arc::weak_count(copy) > 0);
            }
            copies.push(Arc::clone(&copy));
        }
        let entry = Copy { source: self.source, version, snapshot: Arc::downgrade(&copy) };
        let remember = |recent: &RefCell<Recent>| recent.try_borrow_mut().ok().map(|mut recent| recent.remember(entry));
        // A thread that is ending has no memory any more.
        let _ = RECENT.try_with(remember);
        Some(copy)
    }

    fn copies(&self) -> MutexGuard<'_, Vec<Arc<Snapshot>>> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    #[inline]
    fn find(&self, source: u64, version: u64) -> Option<Arc<Snapshot>> {
        self.copies.iter().find(|copy| copy.source == source && copy.version == version)?.snapshot.upgrade()
    }

    fn remember(&mut self, entry: Copy) {
        if let Some(own) = self.copies.iter_mut().find(|copy| copy.source == entry.source) {
            *own = entry;
        } else if self.copies.len() < REMEMBERED {
            self.copies.push(entry);
        } else if let Some(oldest) = self.copies.get_mut(self.next) {
            *oldest = entry;
            self.next = (self.next + 1) % REMEMBERED;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::super::std::thread;
    use super::*;
    use crate::{secret::AccessToken, time::Instant};

    fn snapshot(generation: u64) -> Arc<Snapshot> {
        let at = Instant { mono: 0, wall: 0 };
        let token = AccessToken::new("Authorization", "Bearer ", "not-a-token");
        Arc::new(Snapshot { generation, revision: 1, token, ask_at: at, use_until: at, issued_at: at, lifetime_ms: 1 })
    }

    #[test]
    fn a_thread_reads_its_own_copy_until_the_next_is_published() {
        let published = Published::new(1);
        assert_eq!(published.get(), None);
        published.publish(Some(snapshot(1)));
        let first = published.get().unwrap();
        assert!(Arc::ptr_eq(&first, &published.get().unwrap()), "it is remembered");
        let elsewhere = thread::scope(|scope| scope.spawn(|| published.get().unwrap()).join().unwrap());
        assert!(!Arc::ptr_eq(&first, &elsewhere), "another thread has another reference count");
        published.publish(Some(snapshot(2)));
        assert_eq!(published.get().unwrap().generation, 2);
        published.publish(None);
        assert_eq!(published.get(), None);
    }

    #[test]
    fn a_replaced_snapshot_is_not_kept_alive_by_a_thread_that_read_it() {
        let published = Published::new(2);
        published.publish(Some(snapshot(1)));
        let token = Arc::downgrade(&published.get().unwrap());
        assert!(token.upgrade().is_some());
        published.publish(None);
        assert!(token.upgrade().is_none());
    }

    #[test]
    fn the_copies_of_threads_that_have_ended_are_dropped() {
        let published = Published::new(3);
        published.publish(Some(snapshot(1)));
        for _ in 0..100 {
            thread::scope(|scope| scope.spawn(|| published.get().unwrap()).join().unwrap());
        }
        assert!(published.copies().len() < 20);
    }

    #[test]
    fn a_thread_uses_more_sources_than_it_remembers() {
        let all: Vec<_> = (100..100 + 3 * REMEMBERED as u64).map(Published::new).collect();
        for (generation, published) in (1..).zip(&all) {
            published.publish(Some(snapshot(generation)));
        }
        for (generation, published) in (1..).zip(&all) {
            assert_eq!(published.get().unwrap().generation, generation);
            assert_eq!(published.get().unwrap().generation, generation);
        }
    }
}
