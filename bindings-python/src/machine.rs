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
    Code, Desk, Error, Event, Freshness, Input, Policy, Reset,
    desk::{Answer, Errands, Ruling as CoreRuling},
    driver::{Clock, SystemClock},
    time::{Instant, Now},
};
use pyo3::{exceptions::PyValueError, prelude::*, sync::MutexExt, types::PyMappingProxy};

use crate::{
    exchange::Outcome,
    explanation::Explained,
    failure::exception,
    seat::Waiter,
    snapshot::{Shared, Snapshot},
    step::{Lost, Ruling, Start, Step},
};

/// Both clocks and a random number, where a test tells the time: monotonic ms, Unix ms, entropy.
pub(crate) type Time = Option<(u64, u64, u64)>;

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
    desk: Desk<Weak<Waiter>>,
    random: fastrand::Rng,
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
        let desk = Desk::new(policy_of(py, policy)?).map_err(|error| exception(py, error))?;
        let random = fastrand::Rng::with_seed(seed);
        let state = State { desk, random, events: VecDeque::new(), starts: Vec::new() };
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
        self.enter_after(py, now, self.lost.take(), |state, at, seat| state.desk.want(at, min_valid_ms, patience_ms, waited, seat))
    }

    /// Brings an API's rejection of the token of a generation.
    #[pyo3(signature = (generation, replayable, retried, patience_ms, now=None))]
    fn rejected(&self, py: Python<'_>, generation: u64, replayable: bool, retried: bool, patience_ms: u64, now: Time) -> Step {
        self.enter(py, now, |_| Input::Rejected { generation, replayable, retried, patience_ms })
    }

    /// Brings the end of an attempt.
    #[pyo3(signature = (attempt, outcome, now=None))]
    fn finished(&self, py: Python<'_>, attempt: u64, outcome: &Outcome, now: Time) -> Step {
        self.enter(py, now, |_| Input::Finished { attempt, outcome: outcome.0.clone() })
    }

    /// Brings the end of an attempt that has no outcome: its task or thread was ended.
    #[pyo3(signature = (attempt, now=None))]
    fn abandoned(&self, py: Python<'_>, attempt: u64, now: Time) -> Step {
        self.enter(py, now, |_| Input::Abandoned { attempt })
    }

    /// Drops the token of a generation, or the one that is held.
    #[pyo3(signature = (generation=None, now=None))]
    fn invalidate(&self, py: Python<'_>, generation: Option<u64>, now: Time) -> Step {
        self.enter(py, now, |state| Input::Invalidate { generation: generation.unwrap_or(state.desk.generation()) })
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
        self.enter_after(py, now, forsaken, |state, at, seat| state.desk.enter(at, Input::Tick { keep_fresh: false }, seat))
    }

    /// Returns how long a caller may wait before it calls `tick`, in milliseconds.
    #[pyo3(signature = (now=None))]
    fn alarm_ms(&self, py: Python<'_>, now: Time) -> Option<u64> {
        let read = told(now);
        if !self.lost.is_empty() {
            return Some(0);
        }
        Some(self.lock(py).desk.alarm()?.left_ms(read))
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
        let explanation = self.lock(py).desk.explain(told(now));
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
        let policy = serde_json::to_value(self.lock(py).desk.policy()).unwrap_or_default();
        policy.get(name).and_then(serde_json::Value::as_u64).ok_or_else(|| PyValueError::new_err("no such number"))
    }
}

impl Machine {
    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, State> {
        self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the machine an input, which is made under the lock.
    fn enter(&self, py: Python<'_>, now: Time, input: impl FnOnce(&mut State) -> Input) -> Step {
        self.enter_after(py, now, self.lost.take(), |state, at, seat| {
            let input = input(state);
            state.desk.enter(at, input, seat)
        })
    }

    /// Calls the machine after attempts that nobody runs were abandoned, and sorts what comes of it.
    fn enter_after(
        &self,
        py: Python<'_>,
        now: Time,
        lost: Vec<u64>,
        call: impl FnOnce(&mut State, Now, &mut dyn FnMut(u64) -> Weak<Waiter>) -> (CoreRuling, Errands<Weak<Waiter>>),
    ) -> Step {
        let mut state = self.lock(py);
        let state = &mut *state;
        let mut step = Step { ruling: Ruling::Done, starts: Vec::new(), given_up: Vec::new(), waiters: Vec::new() };
        for attempt in lost {
            let at = state.now(now);
            let (_, errands) = state.desk.enter(at, Input::Abandoned { attempt }, |_| Weak::new());
            self.sort(py, state, errands, &mut step);
        }
        let at = state.now(now);
        let mut seated = None;
        let (ruling, errands) = call(state, at, &mut |_| Arc::downgrade(seated.insert(Waiter::new())));
        self.sort(py, state, errands, &mut step);
        step.ruling = match ruling {
            CoreRuling::Use(snapshot) => Ruling::Use(self.shared(&snapshot)),
            CoreRuling::RetryWith(snapshot) => Ruling::RetryWith(self.shared(&snapshot)),
            CoreRuling::Wait { until_mono, .. } => Ruling::Wait(seated.unwrap_or_else(Waiter::new), until_mono),
            CoreRuling::RetryAfter { ms } => Ruling::RetryAfter(ms),
            CoreRuling::Surface(_) => Ruling::Surface,
            CoreRuling::Fail(error) => Ruling::Fail(error),
            CoreRuling::Done => Ruling::Done,
        };
        step
    }

    /// Does what is done under the lock, and keeps the rest for Python.
    fn sort(&self, py: Python<'_>, state: &mut State, errands: Errands<Weak<Waiter>>, step: &mut Step) {
        let published = state.desk.published().map(|snapshot| self.shared(snapshot));
        self.published.store(published);
        step.given_up.extend(errands.given_up);
        for start in errands.starts {
            let start = Start::new(start.attempt, start.sent_at, start.abort_at, &self.lost);
            state.starts.retain(|start| start.strong_count() > 0);
            state.starts.push(Arc::downgrade(&start));
            step.starts.push(start);
        }
        for (waiter, answer) in errands.settled {
            if let Some(waiter) = waiter.upgrade() {
                waiter.settle(py, &self.answer(answer));
                step.waiters.push(waiter);
            }
        }
        state.desk.forget(|waiter| waiter.strong_count() == 0);
        if errands.alarm_is_earlier {
            // Who waits sets its timer anew.
            step.waiters.extend(state.desk.waiters().filter_map(Weak::upgrade));
        }
        state.events.extend(errands.events);
        let forgotten = state.events.len().saturating_sub(MAX_EVENTS);
        state.events.drain(..forgotten);
    }

    fn answer(&self, answer: Answer) -> Result<Arc<Shared>, Error> {
        answer.map(|snapshot| self.shared(&snapshot))
    }

    /// Returns the one that all share where it is the same.
    fn shared(&self, snapshot: &Arc<evertoken::Snapshot>) -> Arc<Shared> {
        let standing = self.published.load_full().filter(|shared| Arc::ptr_eq(&shared.snapshot, snapshot));
        standing.unwrap_or_else(|| Shared::new(Arc::clone(snapshot)))
    }
}

impl State {
    /// Reads the clocks, unless a test tells the time, and draws a random number.
    fn now(&mut self, time: Time) -> Now {
        let Instant { mono, wall } = told(time);
        Now { mono, wall, entropy: time.map_or_else(|| self.random.u64(..), |(_, _, entropy)| entropy) }
    }
}

fn is_fresh(shared: &Shared) -> bool {
    shared.snapshot.freshness(SystemClock.now(), 0) == Freshness::Fresh
}

pub(crate) fn told(now: Time) -> Instant {
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
