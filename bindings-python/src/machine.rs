//! The machine, the snapshot that stands, and the callers that wait, under one short lock.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use evertoken::{
    Code, Error, Event, Freshness, Input, Machine as Core, Output, Policy, Reset, Verdict,
    driver::{Clock, SystemClock},
    time::{Instant, Now},
};
use pyo3::{exceptions::PyValueError, prelude::*, sync::MutexExt, types::PyMappingProxy};

use crate::{
    exchange::Outcome,
    explanation::Explained,
    failure::exception,
    seat::{Answer, Waiter},
    snapshot::{Shared, Snapshot},
    step::{Lost, Ruling, Start, Step},
};

/// Both clocks and a random number, where a test tells the time: monotonic ms, Unix ms, entropy.
type Time = Option<(u64, u64, u64)>;

/// The token machine of one source.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Machine {
    published: ArcSwapOption<Shared>,
    state: Mutex<State>,
    lost: Arc<Lost>,
    /// Somebody hands out an event right now.
    telling: Arc<AtomicBool>,
}

/// An event that is being handed out; the next one is taken when it is gone, however that comes about.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Told {
    /// The event as JSON.
    #[pyo3(get)]
    json: String,
    telling: Arc<AtomicBool>,
}

impl Drop for Told {
    fn drop(&mut self) {
        self.telling.store(false, Ordering::Release);
    }
}

struct State {
    machine: Core,
    random: fastrand::Rng,
    /// The attempts on their way and when their I/O is aborted.
    attempts: Vec<(u64, Instant)>,
    /// Who waits, by ticket.
    waiters: Vec<(u64, Weak<Waiter>)>,
    wake_at: Option<Instant>,
    generation: u64,
    events: VecDeque<Event>,
    /// Attempts that were ordered and perhaps not begun.
    starts: Vec<Weak<Start>>,
}

/// How many events wait for a listener that is slow; the oldest are forgotten.
const MAX_EVENTS: usize = 10_000;

#[pymethods]
impl Machine {
    /// Makes a machine of a policy as JSON, which may leave out what is the default.
    #[new]
    #[pyo3(signature = (seed, policy=None))]
    fn new(py: Python<'_>, seed: u64, policy: Option<&str>) -> PyResult<Self> {
        let machine = Core::new(policy_of(py, policy)?).map_err(|error| exception(py, error))?;
        let state = State {
            machine,
            random: fastrand::Rng::with_seed(seed),
            attempts: Vec::new(),
            waiters: Vec::new(),
            wake_at: None,
            generation: 0,
            events: VecDeque::new(),
            starts: Vec::new(),
        };
        Ok(Self { published: ArcSwapOption::empty(), state: Mutex::new(state), lost: Arc::default(), telling: Arc::default() })
    }

    /// Returns the header while it is good by comparing numbers; `want` decides everything else.
    #[pyo3(signature = () -> "Any")]
    fn fresh(&self, py: Python<'_>) -> PyResult<Option<Py<PyMappingProxy>>> {
        match &*self.published.load() {
            Some(shared) if is_fresh(shared) => shared.headers(py).map(Some),
            _ => Ok(None),
        }
    }

    /// Returns what `fresh` does, with the generation that an API's rejection is told of.
    fn fresh_snapshot(&self) -> Option<Snapshot> {
        self.published.load().as_ref().filter(|shared| is_fresh(shared)).map(|shared| Snapshot(Arc::clone(shared)))
    }

    /// Brings the wish for a token.
    #[pyo3(signature = (min_valid_ms, patience_ms, waited, now=None))]
    fn want(&self, py: Python<'_>, min_valid_ms: u64, patience_ms: u64, waited: bool, now: Time) -> Step {
        let standing = self.published.load_full();
        let read = told(now);
        let window = standing.filter(|shared| !waited && shared.snapshot.freshness(read, min_valid_ms) != Freshness::Ask);
        let Some(shared) = window else {
            return self.enter(py, now, |_| Input::Want { min_valid_ms, patience_ms, waited });
        };
        if shared.snapshot.freshness(read, min_valid_ms) == Freshness::Fresh {
            return Step { ruling: Ruling::Use(shared), starts: Vec::new(), given_up: Vec::new(), waiters: Vec::new() };
        }
        // The verdict can only be to use the token, which this caller does already.
        let step = self.enter(py, now, |_| Input::Want { min_valid_ms, patience_ms: 0, waited: true });
        Step { ruling: Ruling::Use(shared), ..step }
    }

    /// Brings an API's rejection of the token of a generation.
    #[pyo3(signature = (generation, replayable, retried, patience_ms, now=None))]
    fn rejected(&self, py: Python<'_>, generation: u64, replayable: bool, retried: bool, patience_ms: u64, now: Time) -> Step {
        self.enter(py, now, |_| Input::Rejected { generation, replayable, retried, patience_ms })
    }

    /// Brings the end of an attempt.
    #[pyo3(signature = (attempt, outcome, now=None))]
    fn finished(&self, py: Python<'_>, attempt: u64, outcome: &Outcome, now: Time) -> Step {
        let outcome = outcome.0.clone();
        self.enter(py, now, |state| {
            state.attempts.retain(|(number, _)| *number != attempt);
            Input::Finished { attempt, outcome }
        })
    }

    /// Brings the end of an attempt that has no outcome: its task or thread was ended.
    #[pyo3(signature = (attempt, now=None))]
    fn abandoned(&self, py: Python<'_>, attempt: u64, now: Time) -> Step {
        self.enter(py, now, |state| {
            state.attempts.retain(|(number, _)| *number != attempt);
            Input::Abandoned { attempt }
        })
    }

    /// Drops the token of a generation, or the one that is held.
    #[pyo3(signature = (generation=None, now=None))]
    fn invalidate(&self, py: Python<'_>, generation: Option<u64>, now: Time) -> Step {
        self.enter(py, now, |state| Input::Invalidate { generation: generation.unwrap_or(state.generation) })
    }

    /// Says that the credentials are other ones from here on.
    #[pyo3(signature = (drop_token, now=None))]
    fn credentials_changed(&self, py: Python<'_>, drop_token: bool, now: Time) -> Step {
        self.enter(py, now, |_| Input::CredentialsChanged { drop_token })
    }

    /// Ends a pause, if it may be ended.
    #[pyo3(signature = (now=None))]
    fn retry(&self, py: Python<'_>, now: Time) -> Step {
        self.enter(py, now, |_| Input::Retry)
    }

    /// Drops the token and everything on its way.
    #[pyo3(signature = (now=None))]
    fn logout(&self, py: Python<'_>, now: Time) -> Step {
        self.enter(py, now, |_| Input::Reset(Reset::Logout))
    }

    /// Ends the source for good.
    #[pyo3(signature = (now=None))]
    fn close(&self, py: Python<'_>, now: Time) -> Step {
        self.enter(py, now, |_| Input::Reset(Reset::Close))
    }

    /// Starts over in a child process: attempts and callers stayed behind, the token is kept, random numbers are others.
    #[pyo3(signature = (seed, now=None))]
    fn fork(&self, py: Python<'_>, seed: u64, now: Time) -> Step {
        drop(self.lost.take());
        self.telling.store(false, Ordering::Release);
        self.enter(py, now, |state| {
            state.random = fastrand::Rng::with_seed(seed);
            state.waiters.clear();
            state.attempts.clear();
            state.starts.clear();
            Input::Reset(Reset::Fork)
        })
    }

    /// Says that a timer fired.
    #[pyo3(signature = (now=None))]
    fn tick(&self, py: Python<'_>, now: Time) -> Step {
        self.enter(py, now, |_| Input::Tick { keep_fresh: false })
    }

    /// Says that an exception ended a call of this thread: what it was to start and has not is abandoned.
    #[pyo3(signature = (now=None))]
    fn forsake(&self, py: Python<'_>, now: Time) -> Step {
        let starts = std::mem::take(&mut self.lock(py).starts);
        let forsaken = starts.iter().filter_map(Weak::upgrade).filter(|start| start.forsake());
        let forsaken: Vec<_> = forsaken.map(|start| start.number).collect();
        self.lock(py).starts.extend(starts);
        self.enter_after(py, now, forsaken, |_| Input::Tick { keep_fresh: false })
    }

    /// Returns how long a caller may wait before it calls `tick`, in milliseconds.
    #[pyo3(signature = (now=None))]
    fn alarm_ms(&self, py: Python<'_>, now: Time) -> Option<u64> {
        let read = told(now);
        if !self.lost.is_empty() {
            return Some(0);
        }
        Some(self.lock(py).alarm()?.left_ms(read))
    }

    /// Reads the clocks that the machine is told: monotonic and Unix milliseconds.
    #[staticmethod]
    fn now() -> (u64, u64) {
        let now = SystemClock.now();
        (now.mono, now.wall)
    }

    /// Says what the machine does and will do next.
    #[pyo3(signature = (now=None))]
    fn explain(&self, py: Python<'_>, now: Time) -> Explained {
        let Instant { mono, wall } = told(now);
        let explanation = self.lock(py).machine.explain(Now { mono, wall, entropy: 0 });
        Explained { json: serde_json::to_string(&explanation).unwrap_or_default(), text: explanation.to_string() }
    }

    /// Takes the next event, unless somebody else hands out one right now.
    fn take_event(&self, py: Python<'_>) -> Option<Told> {
        if self.telling.swap(true, Ordering::Acquire) {
            return None;
        }
        let event = self.lock(py).events.pop_front();
        let Some(event) = event else {
            self.telling.store(false, Ordering::Release);
            return None;
        };
        Some(Told { json: serde_json::to_string(&event).unwrap_or_default(), telling: Arc::clone(&self.telling) })
    }

    /// Returns a number of the policy.
    fn policy_number(&self, py: Python<'_>, name: &str) -> PyResult<u64> {
        let policy = serde_json::to_value(self.lock(py).machine.policy()).unwrap_or_default();
        policy.get(name).and_then(serde_json::Value::as_u64).ok_or_else(|| PyValueError::new_err("no such number"))
    }
}

impl Machine {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, State> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the machine an input, which is made under the lock, and sorts its outputs.
    fn enter(&self, py: Python<'_>, now: Time, input: impl FnOnce(&mut State) -> Input) -> Step {
        self.enter_after(py, now, self.lost.take(), input)
    }

    /// The same, after attempts that nobody runs were abandoned.
    fn enter_after(&self, py: Python<'_>, now: Time, lost: Vec<u64>, input: impl FnOnce(&mut State) -> Input) -> Step {
        let mut state = self.lock(py);
        let mut step = Step { ruling: Ruling::Done, starts: Vec::new(), given_up: Vec::new(), waiters: Vec::new() };
        for attempt in lost {
            state.attempts.retain(|(number, _)| *number != attempt);
            let _ = self.handle(py, &mut state, now, Input::Abandoned { attempt }, &mut step);
        }
        let input = input(&mut state);
        // What is on its way when credentials change or the source starts over does not count any more.
        let cleared = matches!(input, Input::CredentialsChanged { .. } | Input::Reset(_));
        let given_up = if cleared { std::mem::take(&mut state.attempts) } else { Vec::new() };
        let verdict = self.handle(py, &mut state, now, input, &mut step);
        let read = told(now);
        let overdue: Vec<_> = state.attempts.extract_if(.., |(_, abort_at)| abort_at.is_over(read)).collect();
        for (attempt, _) in given_up.into_iter().chain(overdue) {
            step.given_up.push(attempt);
            let _ = self.handle(py, &mut state, now, Input::Abandoned { attempt }, &mut step);
        }
        step.ruling = self.ruling(verdict, &mut state);
        step
    }

    fn handle(&self, py: Python<'_>, state: &mut State, now: Time, input: Input, step: &mut Step) -> Verdict {
        let read = told(now);
        if matches!(input, Input::Tick { .. }) {
            // The machine says when the next one is, if there is one.
            state.wake_at.take_if(|at| at.is_over(read));
        }
        let entropy = now.map_or_else(|| state.random.u64(..), |(_, _, entropy)| entropy);
        let answer = state.machine.handle(Now { mono: read.mono, wall: read.wall, entropy }, input);
        for output in answer.outputs {
            match output {
                Output::Start { attempt, abort_at, .. } => {
                    state.attempts.push((attempt, abort_at));
                    let start = Start::new(attempt, read, abort_at, &self.lost);
                    state.starts.retain(|start| start.strong_count() > 0);
                    state.starts.push(Arc::downgrade(&start));
                    step.starts.push(start);
                }
                Output::Publish { snapshot, settles } => {
                    state.generation = snapshot.generation;
                    let shared = Shared::new(snapshot);
                    self.published.store(Some(Arc::clone(&shared)));
                    state.settle(py, settles, &Ok(shared), step);
                }
                Output::Hand { snapshot, settles } => state.settle(py, settles, &Ok(Shared::new(snapshot)), step),
                Output::Fail { settles, error } => state.settle(py, settles, &Err(error), step),
                Output::Retract { generation } => self.retract(generation),
                Output::WakeAt { until } => {
                    let earlier = state.wake_at.is_none_or(|before| until.mono < before.mono || until.wall < before.wall);
                    state.wake_at = Some(until);
                    if earlier {
                        // Who waits sets its timer anew.
                        step.waiters.extend(state.waiters.iter().filter_map(|(_, waiter)| waiter.upgrade()));
                    }
                }
                Output::Event(event) => {
                    if let Event::Expired { generation } = event {
                        self.retract(generation);
                    }
                    if state.events.len() == MAX_EVENTS {
                        state.events.pop_front();
                    }
                    state.events.push_back(event);
                }
            }
        }
        answer.verdict
    }

    fn retract(&self, generation: u64) {
        if self.published.load().as_ref().is_some_and(|shared| shared.snapshot.generation == generation) {
            self.published.store(None);
        }
    }

    /// A ticket gets its waiter before anybody can settle it.
    fn ruling(&self, verdict: Verdict, state: &mut State) -> Ruling {
        match verdict {
            Verdict::Use(snapshot) => Ruling::Use(self.shared(snapshot)),
            Verdict::RetryWith(snapshot) => Ruling::RetryWith(self.shared(snapshot)),
            Verdict::Wait { ticket, until_mono } => {
                let waiter = Waiter::new();
                state.waiters.retain(|(_, waiter)| waiter.strong_count() > 0);
                state.waiters.push((ticket, Arc::downgrade(&waiter)));
                Ruling::Wait(waiter, until_mono)
            }
            Verdict::RetryAfter { ms } => Ruling::RetryAfter(ms),
            Verdict::Surface(_) => Ruling::Surface,
            Verdict::Fail(error) => Ruling::Fail(error),
            Verdict::Done => Ruling::Done,
        }
    }

    fn shared(&self, snapshot: evertoken::Snapshot) -> Arc<Shared> {
        self.published.load_full().filter(|shared| shared.snapshot == snapshot).unwrap_or_else(|| Shared::new(snapshot))
    }
}

impl State {
    fn settle(&mut self, py: Python<'_>, settles: u64, answer: &Answer, step: &mut Step) {
        let settled = self.waiters.extract_if(.., |(ticket, _)| *ticket <= settles).filter_map(|(_, waiter)| waiter.upgrade());
        let settled: Vec<_> = settled.collect();
        settled.iter().for_each(|waiter| waiter.settle(py, answer));
        step.waiters.extend(settled);
    }

    /// When somebody who waits has to call, at the latest.
    fn alarm(&self) -> Option<Instant> {
        self.attempts.iter().map(|(_, abort_at)| *abort_at).chain(self.wake_at).reduce(Instant::earlier)
    }
}

fn is_fresh(shared: &Shared) -> bool {
    shared.snapshot.freshness(SystemClock.now(), 0) == Freshness::Fresh
}

fn told(now: Time) -> Instant {
    now.map_or_else(|| SystemClock.now(), |(mono, wall, _)| Instant { mono, wall })
}

/// Reads a policy; fields that are left out are the default.
pub(crate) fn policy_of(py: Python<'_>, json: Option<&str>) -> PyResult<Policy> {
    let Some(json) = json else { return Ok(Policy::default()) };
    serde_json::from_str(json).map_err(|error| {
        exception(
            py,
            Error::new(Code::InvalidOption)
                .with_description(format!("policy: {error}"))
                .with_fix("Give the fields of the policy by their names, in whole milliseconds."),
        )
    })
}
