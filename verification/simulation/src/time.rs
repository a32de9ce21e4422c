//! Virtual time: three clocks, timers and a network, all of which move only when a plan says so.
//!
//! The true time is what servers live by. The client's monotonic clock stands still while its device sleeps, and its wall
//! clock can be set: neither is the truth.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use evertoken::{
    Instant,
    driver::{Clock, Timer},
};

/// So many readings of a clock in one instant mean that somebody turns in circles; time then creeps on, so that it ends.
const STANDSTILL: u64 = 300_000;

/// The clocks of a simulated world, its timers and its network; clones are the same.
#[derive(Clone)]
pub struct VirtualTime(Arc<Mutex<State>>);

struct State {
    truth: u64,
    mono: u64,
    wall: u64,
    entropy: fastrand::Rng,
    last: u64,
    /// By the monotonic time at which they are due.
    timers: BTreeMap<(u64, u64), Option<Waker>>,
    /// By the true time at which they arrive.
    network: BTreeMap<(u64, u64), Option<Waker>>,
    readings: u64,
    stood_still: bool,
}

/// What a wait follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Mono,
    Truth,
}

/// A wait for a virtual instant; nothing of it stays behind when it is dropped.
pub struct Wait {
    time: VirtualTime,
    by: By,
    key: (u64, u64),
}

impl VirtualTime {
    /// Starts the clocks; `entropy` is the seed of the client's random numbers.
    #[must_use]
    pub fn new(entropy: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            truth: 1_000_000_000,
            mono: 5_000_000,
            wall: 1_763_712_000_000,
            entropy: fastrand::Rng::with_seed(entropy),
            last: 0,
            timers: BTreeMap::new(),
            network: BTreeMap::new(),
            readings: 0,
            stood_still: false,
        })))
    }

    /// Returns the true time in milliseconds.
    #[must_use]
    pub fn truth(&self) -> u64 {
        self.lock().truth
    }

    /// Returns the client's two clocks.
    #[must_use]
    pub fn instant(&self) -> Instant {
        let state = self.lock();
        Instant { mono: state.mono, wall: state.wall }
    }

    /// Says whether somebody read the clocks without end in one instant.
    #[must_use]
    pub fn stood_still(&self) -> bool {
        self.lock().stood_still
    }

    /// Returns how many timers of the client are armed.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.lock().timers.len()
    }

    /// Moves every clock.
    pub fn pass(&self, ms: u64) {
        let mut state = self.lock();
        state.readings = 0;
        (state.truth, state.mono, state.wall) = (state.truth + ms, state.mono + ms, state.wall + ms);
    }

    /// Lets the client's device sleep: its monotonic clock stands still.
    pub fn sleep_device(&self, ms: u64) {
        let mut state = self.lock();
        (state.truth, state.wall) = (state.truth + ms, state.wall + ms);
    }

    /// Sets the client's wall clock forward or back.
    pub fn step_wall(&self, ms: i64) {
        let mut state = self.lock();
        state.wall = state.wall.saturating_add_signed(ms);
    }

    /// Breaks the client's monotonic clock.
    pub fn step_mono_back(&self, ms: u64) {
        let mut state = self.lock();
        state.mono = state.mono.saturating_sub(ms);
    }

    /// Returns how long it is to the next timer or arrival.
    #[must_use]
    pub fn next_ms(&self) -> Option<u64> {
        let state = self.lock();
        let timer = state.timers.keys().next().map(|(due, _)| due.saturating_sub(state.mono));
        let arrival = state.network.keys().next().map(|(due, _)| due.saturating_sub(state.truth));
        timer.into_iter().chain(arrival).min()
    }

    /// Wakes whose timers are due.
    pub fn ring(&self) {
        let mut state = self.lock();
        let now = state.mono;
        let due = wake_due(&mut state.timers, now);
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// Wakes for whom something arrives.
    pub fn deliver(&self) {
        let mut state = self.lock();
        let now = state.truth;
        let due = wake_due(&mut state.network, now);
        drop(state);
        due.into_iter().for_each(Waker::wake);
    }

    /// Waits as a message on the network does: by the true time.
    #[must_use]
    pub fn travel(&self, ms: u64) -> Wait {
        self.wait(By::Truth, ms)
    }

    fn wait(&self, by: By, ms: u64) -> Wait {
        let mut state = self.lock();
        state.last += 1;
        let from = if by == By::Mono { state.mono } else { state.truth };
        let key = (from.saturating_add(ms), state.last);
        state.queue(by).insert(key, None);
        drop(state);
        Wait { time: self.clone(), by, key }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    const fn queue(&mut self, by: By) -> &mut BTreeMap<(u64, u64), Option<Waker>> {
        match by {
            By::Mono => &mut self.timers,
            By::Truth => &mut self.network,
        }
    }
}

/// Takes the wakers of what is due; the entries themselves go with their waits, but do not count as due any more.
fn wake_due(queue: &mut BTreeMap<(u64, u64), Option<Waker>>, now: u64) -> Vec<Waker> {
    let later = queue.split_off(&(now + 1, 0));
    std::mem::replace(queue, later).into_values().flatten().collect()
}

impl Clock for VirtualTime {
    fn now(&self) -> Instant {
        let mut state = self.lock();
        state.readings += 1;
        if state.readings > STANDSTILL {
            state.stood_still = true;
            (state.truth, state.mono, state.wall) = (state.truth + 1, state.mono + 1, state.wall + 1);
        }
        Instant { mono: state.mono, wall: state.wall }
    }

    fn entropy(&self) -> u64 {
        self.lock().entropy.u64(..)
    }
}

impl Timer for VirtualTime {
    type Sleep = Wait;

    fn sleep(&self, ms: u64) -> Wait {
        self.wait(By::Mono, ms)
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (by, key) = (self.by, self.key);
        let mut state = self.time.lock();
        let now = if by == By::Mono { state.mono } else { state.truth };
        if now >= key.0 {
            return Poll::Ready(());
        }
        state.queue(by).insert(key, Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let waker = self.time.lock().queue(self.by).remove(&self.key);
        drop(waker);
    }
}
