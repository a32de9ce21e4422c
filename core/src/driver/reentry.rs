//! Tells whether a call comes from within the transport's own call.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::sync::thread_local;

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
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    SOURCES.with(|sources| sources.borrow_mut().push(source));
    Inside(())
}

/// Says whether the transport of a source is being called on this thread.
#[inline]
pub(super) fn is_inside(source: u64) -> bool {
    DEPTH.with(Cell::get) > 0 && SOURCES.with(|sources| sources.borrow().contains(&source))
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
        SOURCES.with(|sources| sources.borrow_mut().pop());
    }
}
