//! Loom's primitives in the place of the driver's.

pub(super) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
pub(super) use std::sync::PoisonError;

use std::sync::Arc;

use loom::sync::atomic::AtomicUsize;

/// Loom's own macro is older than `const` blocks.
macro_rules! of_each_thread {
    ($($(#[$attribute:meta])* static $name:ident: $type:ty = const $init:block;)+) => {
        $(loom::thread_local! { $(#[$attribute])* static $name: $type = $init; })+
    };
}

pub(super) use of_each_thread as thread_local;

/// As `arc_swap` keeps its word to its users: a load sees some value that was stored, and with it what came before its store.
///
/// How `arc_swap` frees what it replaces is its own affair, which its own tests check; here nothing is freed before the end.
pub(super) struct ArcSwapOption<T> {
    stored: std::sync::Mutex<Vec<Option<Arc<T>>>>,
    newest: AtomicUsize,
}

impl<T> ArcSwapOption<T> {
    pub(super) fn empty() -> Self {
        Self { stored: std::sync::Mutex::new(vec![None]), newest: AtomicUsize::new(0) }
    }

    pub(super) fn load_full(&self) -> Option<Arc<T>> {
        let at = self.newest.load(Ordering::Acquire);
        self.stored.lock().unwrap()[at].clone()
    }

    /// Called by one thread at a time: the source's lock is held.
    pub(super) fn store(&self, value: Option<Arc<T>>) {
        let at = {
            let mut stored = self.stored.lock().unwrap();
            stored.push(value);
            stored.len() - 1
        };
        self.newest.store(at, Ordering::Release);
    }
}
