//! Tells the host what happened: one event after another, in their order, without a lock.

use super::std::panic::catch_unwind;
use alloc::{boxed::Box, collections::VecDeque};
use core::panic::AssertUnwindSafe;

use crate::event::Event;

use super::sync::{Mutex, MutexGuard, PoisonError};

/// What a host listens with.
pub(super) type Listen = Box<dyn Fn(&Event) + Send + Sync>;

/// The listener and the events that it has not heard yet.
#[derive(Default)]
pub(super) struct Listener {
    listen: Option<Listen>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    events: VecDeque<Event>,
    delivering: bool,
}

impl Listener {
    pub(super) fn new(listen: Option<Listen>) -> Self {
        Self { listen, queue: Mutex::default() }
    }

    /// Queues an event, under the lock under which it happened.
    pub(super) fn push(&self, event: Event) {
        if self.listen.is_some() {
            self.queue().events.push_back(event);
        }
    }

    /// Calls the listener with all that is queued, unless another call does so already.
    ///
    /// A listener may call back into the source: what happens meanwhile is told after it returns. Its panic stays its own.
    pub(super) fn deliver(&self) {
        let Some(listen) = &self.listen else { return };
        let mut queue = self.queue();
        if queue.delivering {
            return;
        }
        queue.delivering = true;
        while let Some(event) = queue.events.pop_front() {
            drop(queue);
            // The panic hook has told of it.
            let _ = catch_unwind(AssertUnwindSafe(|| listen(&event)));
            queue = self.queue();
        }
        queue.delivering = false;
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
