//! What Python does after the machine was called: outside of every lock.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

use evertoken::{Error, time::Instant};
use pyo3::prelude::*;

use crate::{
    failure::Failure,
    seat::{Seat, Waiter},
    snapshot::{Shared, Snapshot},
};

/// A verdict for the caller that brought the input.
pub(crate) enum Ruling {
    Use(Arc<Shared>),
    RetryWith(Arc<Shared>),
    Wait(Arc<Waiter>, u64),
    RetryAfter(u64),
    Surface,
    Fail(Error),
    Done,
}

/// An attempt to be started: run an exchange and report its end.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Attempt(Arc<Start>);

/// An attempt that the machine has ordered. One that nobody runs, because the exception of a signal came in between, is told
/// to the machine as abandoned.
pub(crate) struct Start {
    pub(crate) number: u64,
    pub(crate) sent: Instant,
    pub(crate) abort_at: Instant,
    begun: AtomicBool,
    thread: ThreadId,
    lost: Arc<Lost>,
}

/// The attempts that nobody runs.
#[derive(Default)]
pub(crate) struct Lost(Mutex<Vec<u64>>);

impl Start {
    pub(crate) fn new(number: u64, sent: Instant, abort_at: Instant, lost: &Arc<Lost>) -> Arc<Self> {
        let (begun, thread) = (AtomicBool::new(false), thread::current().id());
        Arc::new(Self { number, sent, abort_at, begun, thread, lost: Arc::clone(lost) })
    }

    /// Says whether this thread was to start it and did not; from then on it counts as told.
    pub(crate) fn forsake(&self) -> bool {
        self.thread == thread::current().id() && !self.begun.swap(true, Ordering::Relaxed)
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        if !*self.begun.get_mut() {
            self.lost.lock().push(self.number);
        }
    }
}

impl Lost {
    pub(crate) fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.lock())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes of one input: first `wakes`, `given_up` and `starts` are carried out, then the verdict is obeyed.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Step {
    pub(crate) ruling: Ruling,
    pub(crate) starts: Vec<Arc<Start>>,
    pub(crate) given_up: Vec<u64>,
    pub(crate) waiters: Vec<Arc<Waiter>>,
}

#[pymethods]
impl Attempt {
    /// Names it in the report.
    #[getter]
    fn number(&self) -> u64 {
        self.0.number
    }

    /// Says that somebody runs it, who will report its end.
    fn begin(&self) {
        self.0.begun.store(true, Ordering::Relaxed);
    }

    /// The moment from which the token's life counts: monotonic and Unix milliseconds.
    #[getter]
    fn sent(&self) -> (u64, u64) {
        (self.0.sent.mono, self.0.sent.wall)
    }

    /// How long its I/O may take, in milliseconds.
    #[getter]
    fn abort_after_ms(&self) -> u64 {
        self.0.abort_at.left_ms(self.0.sent)
    }
}

#[pymethods]
impl Step {
    /// One of `use`, `retry_with`, `wait`, `retry_after`, `surface`, `fail`, `done`.
    #[getter]
    fn verdict(&self) -> &'static str {
        match self.ruling {
            Ruling::Use(_) => "use",
            Ruling::RetryWith(_) => "retry_with",
            Ruling::Wait(..) => "wait",
            Ruling::RetryAfter(_) => "retry_after",
            Ruling::Surface => "surface",
            Ruling::Fail(_) => "fail",
            Ruling::Done => "done",
        }
    }

    /// The token of `use` and `retry_with`.
    #[getter]
    fn snapshot(&self) -> Option<Snapshot> {
        match &self.ruling {
            Ruling::Use(shared) | Ruling::RetryWith(shared) => Some(Snapshot(Arc::clone(shared))),
            _ => None,
        }
    }

    /// The seat of `wait`.
    #[getter]
    fn seat(&self) -> Option<Seat> {
        match &self.ruling {
            Ruling::Wait(waiter, _) => Some(Seat(Arc::clone(waiter))),
            _ => None,
        }
    }

    /// Until when `wait` waits, in monotonic milliseconds.
    #[getter]
    fn until_ms(&self) -> Option<u64> {
        match self.ruling {
            Ruling::Wait(_, until_ms) => Some(until_ms),
            _ => None,
        }
    }

    /// How long `retry_after` rests, in milliseconds.
    #[getter]
    fn rest_ms(&self) -> Option<u64> {
        match self.ruling {
            Ruling::RetryAfter(ms) => Some(ms),
            _ => None,
        }
    }

    /// The error of `fail`.
    #[getter]
    fn failure(&self) -> Option<Failure> {
        match &self.ruling {
            Ruling::Fail(error) => Some(Failure(error.clone())),
            _ => None,
        }
    }

    /// Attempts to start.
    #[getter]
    fn starts(&self) -> Vec<Attempt> {
        self.starts.iter().map(|start| Attempt(Arc::clone(start))).collect()
    }

    /// Attempts whose I/O is to be aborted; their end is reported already.
    #[getter]
    fn given_up(&self) -> Vec<u64> {
        self.given_up.clone()
    }

    /// What wakes the callers that have news.
    #[getter]
    fn wakes(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        self.waiters.iter().filter_map(|waiter| waiter.wake(py)).collect()
    }
}
