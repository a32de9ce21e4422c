//! Virtual time: both clocks, the timers and the random numbers of a source, moved by whoever runs it.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use evertoken::{
    Instant,
    driver::{Clock, Timer},
};

use crate::machine::entropy_for;

/// The entropy that makes the first draw of each call of the machine its lowest value.
///
/// A draw from `low` to `high` is `low + splitmix64(entropy) % (high - low + 1)`, and splitmix64 of this number is 0.
pub const LOWEST: u64 = entropy_for(0);

/// A clock and its timers, which stand still until they are moved; clones are the same.
///
/// Moving the clocks and firing the timers are two things, because what a server answers at an instant is handed over before
/// the timers of that instant fire.
#[derive(Clone)]
pub struct VirtualTime(Arc<Mutex<State>>);

struct State {
    now: Instant,
    entropy: Box<dyn FnMut() -> u64 + Send>,
    last: u64,
    sleepers: BTreeMap<u64, Sleeper>,
}

struct Sleeper {
    due_mono: u64,
    fired: bool,
    waker: Option<Waker>,
}

/// A wait for a virtual instant; it ends when its timer is fired, and nothing of it stays behind when it is dropped.
#[derive(Debug)]
pub struct VirtualSleep {
    time: VirtualTime,
    number: u64,
    /// A wait for nothing lets others have their turn first: who waits so again and again must not stop the thread.
    yields: bool,
}

impl VirtualTime {
    /// Makes clocks that stand at this instant; draws take their lowest value.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(State { now, entropy: Box::new(|| LOWEST), last: 0, sleepers: BTreeMap::new() })))
    }

    /// Sets what each reading of the entropy delivers.
    pub fn set_entropy(&self, entropy: impl FnMut() -> u64 + Send + 'static) {
        self.state().entropy = Box::new(entropy);
    }

    /// Moves both clocks; no timer fires.
    pub fn pass(&self, ms: u64) {
        let mut state = self.state();
        state.now = state.now.plus(ms);
    }

    /// Moves the wall clock alone, as a sleep of the machine does where the monotonic clock stands still.
    pub fn suspend(&self, ms: u64) {
        let mut state = self.state();
        state.now.wall = state.now.wall.saturating_add(ms);
    }

    /// Sets the wall clock forward or back.
    pub fn step_wall(&self, ms: i64) {
        let mut state = self.state();
        state.now.wall = state.now.wall.saturating_add_signed(ms);
    }

    /// Returns how long it is to the next timer, in milliseconds; 0 when one is due.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<u64> {
        let state = self.state();
        state.sleepers.values().filter(|sleeper| !sleeper.fired).map(|sleeper| sleeper.due_mono.saturating_sub(state.now.mono)).min()
    }

    /// Fires the timers that are due, the earliest first and of one instant the one that was set first; returns how many.
    pub fn fire(&self) -> usize {
        let mut state = self.state();
        let mono = state.now.mono;
        let due = state.sleepers.iter_mut().filter(|(_, sleeper)| !sleeper.fired && sleeper.due_mono <= mono);
        let mut fired: Vec<_> = due
            .map(|(number, sleeper)| {
                sleeper.fired = true;
                (sleeper.due_mono, *number, sleeper.waker.take())
            })
            .collect();
        // A waker may run an executor that sets or drops timers.
        drop(state);
        fired.sort_by_key(|(due_mono, number, _)| (*due_mono, *number));
        let count = fired.len();
        fired.into_iter().filter_map(|(_, _, waker)| waker).for_each(Waker::wake);
        count
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualTime {
    fn now(&self) -> Instant {
        self.state().now
    }

    fn entropy(&self) -> u64 {
        (self.state().entropy)()
    }
}

impl Timer for VirtualTime {
    type Sleep = VirtualSleep;

    fn sleep(&self, ms: u64) -> VirtualSleep {
        let mut state = self.state();
        state.last += 1;
        let (number, due_mono) = (state.last, state.now.mono.saturating_add(ms));
        state.sleepers.insert(number, Sleeper { due_mono, fired: ms == 0, waker: None });
        VirtualSleep { time: self.clone(), number, yields: ms == 0 }
    }
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::take(&mut self.yields) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut state = self.time.state();
        match state.sleepers.get_mut(&self.number) {
            Some(sleeper) if !sleeper.fired => {
                let before = sleeper.waker.replace(cx.waker().clone());
                drop(state);
                drop(before);
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }
}

impl Drop for VirtualSleep {
    fn drop(&mut self) {
        let sleeper = self.time.state().sleepers.remove(&self.number);
        drop(sleeper);
    }
}

impl fmt::Debug for VirtualTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("VirtualTime").field("now", &state.now).field("sleepers", &state.sleepers.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use std::{sync::mpsc, task::Wake};

    use evertoken::{Input, Machine, Outcome, Policy, time::Now};

    use super::*;

    const START: Instant = Instant { mono: 1_000, wall: 1_800_000_000_000 };

    struct Told(u64, mpsc::Sender<u64>);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            self.1.send(self.0).unwrap();
        }
    }

    fn poll(sleep: &mut VirtualSleep, waker: &Waker) -> bool {
        Pin::new(sleep).poll(&mut Context::from_waker(waker)).is_ready()
    }

    #[test]
    fn due_timers_fire_in_their_order_and_the_others_not_at_all() {
        let time = VirtualTime::new(START);
        let (told, heard) = mpsc::channel();
        let mut sleeps: Vec<_> = [300, 100, 200, 100, 400].into_iter().map(|ms| time.sleep(ms)).collect();
        for (number, sleep) in (0..).zip(&mut sleeps) {
            assert!(!poll(sleep, &Waker::from(Arc::new(Told(number, told.clone())))));
        }
        assert_eq!(time.next_due_ms(), Some(100));
        time.pass(300);
        assert_eq!(time.next_due_ms(), Some(0));
        assert!(!poll(&mut sleeps[1], Waker::noop()), "the clock has moved and the timer was not fired yet");
        assert_eq!(time.fire(), 4);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [3, 2, 0], "the one that was polled again has another waker");
        assert!(poll(&mut sleeps[1], Waker::noop()));
        assert_eq!(time.next_due_ms(), Some(100));
        sleeps.clear();
        assert_eq!(time.next_due_ms(), None, "a dropped wait leaves nothing behind");
    }

    #[test]
    fn a_wait_for_nothing_is_over_after_everybody_elses_turn() {
        let (told, heard) = mpsc::channel();
        let mut sleep = VirtualTime::new(START).sleep(0);
        assert!(!poll(&mut sleep, &Waker::from(Arc::new(Told(1, told)))));
        assert_eq!(heard.try_iter().count(), 1, "it asks to be polled again");
        assert!(poll(&mut sleep, Waker::noop()));
    }

    #[test]
    fn each_movement_moves_the_clocks_that_it_names() {
        let time = VirtualTime::new(START);
        time.pass(10);
        time.suspend(100);
        time.step_wall(-1_000);
        assert_eq!(time.now(), Instant { mono: 1_010, wall: 1_799_999_999_110 });
    }

    #[test]
    fn the_usual_entropy_makes_a_refresh_begin_at_the_start_of_its_window() {
        let mut machine: Machine<u8> = Machine::new(Policy::default()).unwrap();
        let now = Now { mono: START.mono, wall: START.wall, entropy: VirtualTime::new(START).entropy() };
        let _ = machine.handle(now, Input::Want { min_valid_ms: 0, patience_ms: 1_000, waited: false });
        let _ = machine.handle(now, Input::Finished { attempt: 1, outcome: Outcome::Granted { token: 1, lifetime_ms: 1_800_000 } });
        assert_eq!(machine.explain(now).token.unwrap().refresh_at, START.plus(1_350_000));
    }
}
