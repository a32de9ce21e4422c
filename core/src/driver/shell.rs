//! The loop between callers and the machine: it carries out what the machine says, and decides nothing.

use super::std::panic::catch_unwind;
use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::{
    mem::take,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::{
    error::{Code, Error},
    event::Event,
    io::{Freshness, Input, Outcome, Output, Reset, Snapshot, Step, SurfaceReason, Verdict},
    machine::Machine,
    policy::Policy,
    provider::{Credentials, Grant},
    time::{Instant, Now},
};

use super::{
    clock::Clock,
    listener::Listener,
    published::Published,
    reentry,
    slot::Slot,
    sync::{Mutex, MutexGuard, PoisonError},
    timer::Timer,
    transport::{Attempt, Transport},
    waiters::{Seat, Waiters},
};

/// How often one call polls flights that wake themselves before it leaves that to the next call.
const POLLS: usize = 4;

/// Who sees each call of the machine.
pub(super) type Watch = Box<dyn Fn(Now, &Input, &Step) + Send + Sync>;

/// All that the handles of one source share.
pub(super) struct Shell<Tr: Transport, Ti, C> {
    pub(super) source: u64,
    pub(super) grant: Arc<Grant>,
    pub(super) transport: Tr,
    pub(super) timer: Ti,
    pub(super) clock: Arc<C>,
    pub(super) policy: Arc<Policy>,
    pub(super) published: Published,
    pub(super) waiters: Arc<Waiters>,
    /// Wakes all who wait.
    pub(super) waker: Waker,
    pub(super) listener: Listener,
    pub(super) watch: Option<Watch>,
    pub(super) state: Mutex<State<Tr::Flight>>,
}

/// What is guarded by the one short lock.
pub(super) struct State<F> {
    pub(super) machine: Machine,
    pub(super) credentials: Arc<Credentials>,
    pub(super) slot: Slot<F>,
    /// The machine's wake-up; each caller that waits has a timer of its own for it.
    pub(super) wake_at: Option<Instant>,
    /// The last generation that was published.
    pub(super) generation: u64,
}

/// What is done after the lock is released.
struct Aftermath<F> {
    starts: Vec<Attempt>,
    wakers: Vec<Waker>,
    dropped: Vec<F>,
}

/// A verdict as a caller obeys it.
pub(super) enum Ruling {
    Use(Arc<Snapshot>),
    Wait { seat: Seat, until_mono: u64 },
    RetryWith(Arc<Snapshot>),
    RetryAfter { ms: u64 },
    Surface(SurfaceReason),
    Fail(Error),
    Done,
}

impl<Tr: Transport, Ti: Timer, C: Clock> Shell<Tr, Ti, C> {
    /// Returns the snapshot if it serves by comparing numbers; in the window the machine is asked on the way.
    #[inline]
    pub(super) fn good(&self, min_valid_ms: u64) -> Option<Arc<Snapshot>> {
        if reentry::is_inside(self.source) {
            return None;
        }
        if self.waiters.has_news() {
            self.collect();
        }
        let snapshot = self.published.get()?;
        match snapshot.freshness(self.clock.now(), min_valid_ms) {
            Freshness::Fresh => Some(snapshot),
            Freshness::Window => {
                // The verdict can only be to use the token, which this caller does already.
                let _ = self.enter(Input::Want { min_valid_ms, patience_ms: 0, waited: true });
                Some(snapshot)
            }
            Freshness::Ask => None,
        }
    }

    /// Brings the machine an input: collects finished answers first, carries out what comes of it.
    pub(super) fn enter(&self, input: Input) -> Ruling {
        self.enter_with(|_| input)
    }

    /// As [`Shell::enter`], with an input that is made, and a state that may be changed, under the lock.
    pub(super) fn enter_with(&self, input: impl FnOnce(&mut State<Tr::Flight>) -> Input) -> Ruling {
        self.collect();
        let mut aftermath = Aftermath::default();
        let ruling = {
            let mut state = self.lock();
            let input = input(&mut state);
            // What is on its way when credentials change or the source starts over does not count any more.
            let given_up =
                if matches!(input, Input::CredentialsChanged { .. } | Input::Reset(_)) { state.slot.clear() } else { Vec::new() };
            let verdict = self.handle(&mut state, input, &mut aftermath);
            let overdue = state.slot.overdue(self.clock.now());
            for (attempt, flight) in given_up.into_iter().chain(overdue) {
                aftermath.dropped.extend(flight);
                let _ = self.handle(&mut state, Input::Abandoned { attempt }, &mut aftermath);
            }
            self.ruling(verdict)
        };
        if self.carry_out(aftermath) {
            self.collect();
        }
        ruling
    }

    /// Polls the flights that have something to say and brings the machine their ends.
    pub(super) fn collect(&self) {
        for _ in 0..POLLS {
            if !self.waiters.has_news() {
                return;
            }
            let Some(aftermath) = self.poll_flights() else { return };
            self.carry_out(aftermath);
        }
        if self.waiters.has_news() {
            // A flight that wakes itself all the time shares the thread with others: who waits comes again.
            self.waiters.everybody().into_iter().for_each(Waker::wake);
        }
    }

    /// Polls each flight once; `None` if somebody else is at it, who will look for news afterwards.
    fn poll_flights(&self) -> Option<Aftermath<Tr::Flight>> {
        let flights = {
            let mut state = self.lock();
            let flights = state.slot.take();
            if flights.is_empty() && !state.slot.is_empty() {
                return None;
            }
            self.waiters.forget_news();
            flights
        };
        let polled: Vec<_> = flights.into_iter().map(|(attempt, flight)| (attempt, self.poll(flight))).collect();
        let mut aftermath = Aftermath::default();
        let mut state = self.lock();
        for (attempt, polled) in polled {
            match polled {
                Polled::Pending(flight) => aftermath.dropped.extend(state.slot.put(attempt, flight)),
                Polled::Ended(outcome) => {
                    if state.slot.close(attempt) {
                        let _ = self.handle(&mut state, Input::Finished { attempt, outcome }, &mut aftermath);
                    }
                }
            }
        }
        drop(state);
        Some(aftermath)
    }

    fn poll(&self, mut flight: Tr::Flight) -> Polled<Tr::Flight> {
        let _inside = reentry::enter(self.source);
        let mut cx = Context::from_waker(&self.waker);
        // Whatever a flight that panicked is dropped with stays inside as well.
        let polled = catch_unwind(AssertUnwindSafe(move || match Pin::new(&mut flight).poll(&mut cx) {
            Poll::Pending => Polled::Pending(flight),
            Poll::Ready(outcome) => Polled::Ended(outcome),
        }));
        polled.unwrap_or_else(|_| Polled::Ended(panicked()))
    }

    /// Hands an input to the machine and sorts its outputs into what is done now and what without the lock.
    fn handle(&self, state: &mut State<Tr::Flight>, input: Input, aftermath: &mut Aftermath<Tr::Flight>) -> Verdict {
        let now = self.clock.now();
        if matches!(input, Input::Tick { .. }) {
            // The machine says when the next one is, if there is one.
            state.wake_at.take_if(|at| at.is_over(now));
        }
        let at = Now { mono: now.mono, wall: now.wall, entropy: self.clock.entropy() };
        let watched = self.watch.as_ref().map(|watch| (watch, input.clone()));
        let step = state.machine.handle(at, input);
        if let Some((watch, input)) = watched {
            // The panic hook has told of it.
            let _ = catch_unwind(AssertUnwindSafe(|| watch(at, &input, &step)));
        }
        let mut changed = false;
        for output in step.outputs {
            changed |= !matches!(output, Output::Event(_) | Output::WakeAt { .. });
            match output {
                Output::Start { attempt, abort_at, .. } => {
                    state.slot.open(attempt, abort_at);
                    aftermath.starts.push(self.attempt(attempt, state, now, abort_at));
                }
                Output::Publish { snapshot, settles } => {
                    state.generation = snapshot.generation;
                    let snapshot = Arc::new(snapshot);
                    self.published.publish(Some(Arc::clone(&snapshot)));
                    aftermath.wakers.extend(self.waiters.settle(settles, &Ok(snapshot)));
                }
                Output::Hand { snapshot, settles } => {
                    aftermath.wakers.extend(self.waiters.settle(settles, &Ok(Arc::new(snapshot))));
                }
                Output::Fail { settles, error } => aftermath.wakers.extend(self.waiters.settle(settles, &Err(error))),
                Output::Retract { generation } => self.retract(generation),
                Output::WakeAt { until } => {
                    let earlier = state.wake_at.is_none_or(|before| until.mono < before.mono || until.wall < before.wall);
                    if earlier {
                        aftermath.wakers.extend(self.waiters.everybody());
                    }
                    state.wake_at = Some(until);
                }
                Output::Event(event) => {
                    if let Event::Expired { generation } = event {
                        self.retract(generation);
                    }
                    self.listener.push(event);
                }
            }
        }
        if changed {
            aftermath.wakers.extend(self.waiters.drivers());
        }
        step.verdict
    }

    fn attempt(&self, number: u64, state: &State<Tr::Flight>, sent_at: Instant, abort_at: Instant) -> Attempt {
        Attempt {
            source: self.source,
            number,
            grant: Arc::clone(&self.grant),
            credentials: Arc::clone(&state.credentials),
            sent_at,
            abort_at,
            policy: Arc::clone(&self.policy),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
        }
    }

    fn retract(&self, generation: u64) {
        if self.published.current().is_some_and(|snapshot| snapshot.generation == generation) {
            self.published.publish(None);
        }
    }

    /// Obeys the rest of a verdict that needs the lock: a ticket gets its seat before anybody can settle it.
    fn ruling(&self, verdict: Verdict) -> Ruling {
        match verdict {
            Verdict::Use(snapshot) => Ruling::Use(self.shared(snapshot)),
            Verdict::RetryWith(snapshot) => Ruling::RetryWith(self.shared(snapshot)),
            Verdict::Wait { ticket, until_mono } => Ruling::Wait { seat: self.waiters.sit(Some(ticket)), until_mono },
            Verdict::RetryAfter { ms } => Ruling::RetryAfter { ms },
            Verdict::Surface(reason) => Ruling::Surface(reason),
            Verdict::Fail(error) => Ruling::Fail(error),
            Verdict::Done => Ruling::Done,
        }
    }

    fn shared(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        self.published.current().filter(|current| **current == snapshot).unwrap_or_else(|| Arc::new(snapshot))
    }

    /// Does what no lock may be held for; says whether a flight was started, which wants its first poll.
    fn carry_out(&self, aftermath: Aftermath<Tr::Flight>) -> bool {
        let Aftermath { starts, wakers, mut dropped } = aftermath;
        let started = !starts.is_empty();
        for attempt in starts {
            dropped.extend(self.start(attempt));
        }
        drop_quietly(dropped);
        wakers.into_iter().for_each(Waker::wake);
        self.listener.deliver();
        started
    }

    /// Starts an attempt; returns a flight that is not wanted any more.
    fn start(&self, attempt: Attempt) -> Option<Tr::Flight> {
        let number = attempt.number();
        let started = {
            let _inside = reentry::enter(self.source);
            catch_unwind(AssertUnwindSafe(|| self.transport.start(attempt)))
        };
        let Ok(flight) = started else {
            let mut aftermath = Aftermath::default();
            let mut state = self.lock();
            if state.slot.close(number) {
                let _ = self.handle(&mut state, Input::Finished { attempt: number, outcome: panicked() }, &mut aftermath);
            }
            drop(state);
            self.carry_out(aftermath);
            return None;
        };
        let unwanted = self.lock().slot.put(number, flight);
        self.waiters.note_news();
        unwanted
    }

    /// Says when a caller that waits has to look again, at the latest.
    pub(super) fn alarm(&self) -> Option<Instant> {
        let state = self.lock();
        match (state.wake_at, state.slot.next_abort()) {
            (Some(wake_at), Some(abort_at)) => Some(wake_at.earlier(abort_at)),
            (wake_at, abort_at) => wake_at.or(abort_at),
        }
    }

    /// Tells the machine that its wake-up has come, once for all whose timers fired.
    pub(super) fn tick(&self) {
        let now = self.clock.now();
        if !self.alarm().is_some_and(|at| at.is_over(now)) {
            return;
        }
        let _ = self.enter(Input::Tick { keep_fresh: false });
    }

    pub(super) fn reset(&self, reset: Reset) {
        let _ = self.enter(Input::Reset(reset));
        self.waiters.drivers().into_iter().for_each(Waker::wake);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<Tr::Flight>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Tr: Transport, Ti, C> Drop for Shell<Tr, Ti, C> {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop_quietly(take(&mut state.slot).clear().into_iter().filter_map(|(_, flight)| flight).collect());
        // Drivers learn that there is nothing left to drive.
        self.waiters.everybody().into_iter().for_each(Waker::wake);
    }
}

impl<F> Default for Aftermath<F> {
    fn default() -> Self {
        Self { starts: Vec::new(), wakers: Vec::new(), dropped: Vec::new() }
    }
}

enum Polled<F> {
    Pending(F),
    Ended(Outcome),
}

/// Drops flights, which aborts their I/O; a panic of one harms neither the others nor the caller.
fn drop_quietly<F>(flights: Vec<F>) {
    for flight in flights {
        let _ = catch_unwind(AssertUnwindSafe(move || drop(flight)));
    }
}

fn panicked() -> Outcome {
    let error = Error::new(Code::TransportFailed).with_description("the transport panicked").with_fix("Mend the transport: it panicked.");
    Outcome::Failed { error, retry_after_ms: None }
}
