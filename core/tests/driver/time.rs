//! Virtual time: a clock and timers that move when a test says so.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use evertoken::{
    Instant,
    driver::{Clock, Timer},
};

/// A clock and its timers; clones are the same.
#[derive(Clone)]
pub(crate) struct VirtualTime(Arc<Mutex<State>>);

struct State {
    mono: u64,
    wall: u64,
    last: u64,
    sleepers: BTreeMap<u64, (u64, Option<Waker>)>,
}

/// A wait for a virtual instant; nothing of it stays behind when it is dropped.
pub(crate) struct VirtualSleep {
    time: VirtualTime,
    number: u64,
    due: u64,
}

impl VirtualTime {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { mono: 1_000, wall: 1_700_000_000_000, last: 0, sleepers: BTreeMap::new() })))
    }

    /// Moves both clocks and returns the wakers of the timers that are due, in their order.
    pub(crate) fn advance(&self, ms: u64) {
        let mut state = self.0.lock().unwrap();
        state.mono += ms;
        state.wall += ms;
        let mono = state.mono;
        let mut due: Vec<_> =
            state.sleepers.values_mut().filter(|(due, _)| *due <= mono).map(|(due, waker)| (*due, waker.take())).collect();
        drop(state);
        due.sort_by_key(|(due, _)| *due);
        due.into_iter().filter_map(|(_, waker)| waker).for_each(Waker::wake);
    }

    /// Returns how long it is to the next timer.
    pub(crate) fn next_ms(&self) -> Option<u64> {
        let state = self.0.lock().unwrap();
        state.sleepers.values().map(|(due, _)| due.saturating_sub(state.mono)).min()
    }

    pub(crate) fn mono(&self) -> u64 {
        self.0.lock().unwrap().mono
    }
}

impl Clock for VirtualTime {
    fn now(&self) -> Instant {
        let state = self.0.lock().unwrap();
        Instant { mono: state.mono, wall: state.wall }
    }

    fn entropy(&self) -> u64 {
        7
    }
}

impl Timer for VirtualTime {
    type Sleep = VirtualSleep;

    fn sleep(&self, ms: u64) -> VirtualSleep {
        let mut state = self.0.lock().unwrap();
        state.last += 1;
        let (number, due) = (state.last, state.mono + ms);
        state.sleepers.insert(number, (due, None));
        VirtualSleep { time: self.clone(), number, due }
    }
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.time.0.lock().unwrap();
        if state.mono >= self.due {
            return Poll::Ready(());
        }
        if let Some((_, waker)) = state.sleepers.get_mut(&self.number) {
            *waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for VirtualSleep {
    fn drop(&mut self) {
        let sleeper = self.time.0.lock().unwrap().sleepers.remove(&self.number);
        drop(sleeper);
    }
}
