//! Tells whether a call comes from within the transport's own call.

use super::std::thread_local;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

thread_local! {
    /// How many of a transport's calls are on this thread's stack; read on the hot path.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Whose they are.
    static SOURCES: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Marks this thread as inside of a source's transport until it is dropped.
pub(super) struct Inside(());

/// Says that the transport of a source is called from here on.
pub(super) fn enter(source: u64) -> Inside {
    DEPTH.set(DEPTH.get() + 1);
    SOURCES.with_borrow_mut(|sources| sources.push(source));
    Inside(())
}

/// Says whether the transport of a source is being called on this thread.
#[inline]
pub(super) fn is_inside(source: u64) -> bool {
    DEPTH.get() > 0 && SOURCES.with_borrow(|sources| sources.contains(&source))
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
        SOURCES.with_borrow_mut(|sources| {
            sources.pop();
        });
    }
}
