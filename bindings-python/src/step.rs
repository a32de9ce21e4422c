//! What Python does after the machine was called: outside of every lock.

use std::sync::Arc;

use evertoken::{Error, io::SurfaceReason, time::Instant};
use pyo3::prelude::*;

use crate::{
    failure::Failure,
    seat::{Place, Seat},
    snapshot::{Shared, Snapshot},
};

/// A verdict for the caller that brought the input.
pub(crate) enum Ruling {
    Use(Arc<Shared>),
    RetryWith(Arc<Shared>),
    Wait(Arc<Place>, u64),
    RetryAfter(u64),
    Surface(SurfaceReason),
    Fail(Error),
    Done,
}

/// An attempt to be started: run an exchange and report its end.
#[pyclass(frozen, module = "evertoken._native")]
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    /// Names it in the report.
    #[pyo3(get)]
    pub(crate) number: u64,
    pub(crate) sent: Instant,
    pub(crate) abort_at: Instant,
}

/// What comes of one input: first `wakes`, `given_up` and `starts` are carried out, then the verdict is obeyed.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Step {
    pub(crate) ruling: Ruling,
    pub(crate) starts: Vec<Attempt>,
    pub(crate) given_up: Vec<u64>,
    pub(crate) places: Vec<Arc<Place>>,
}

#[pymethods]
impl Attempt {
    /// The moment from which the token's life counts: monotonic and Unix milliseconds.
    #[getter]
    fn sent(&self) -> (u64, u64) {
        (self.sent.mono, self.sent.wall)
    }

    /// How long its I/O may take, in milliseconds.
    #[getter]
    fn abort_after_ms(&self) -> u64 {
        self.abort_at.left_ms(self.sent)
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
            Ruling::Surface(_) => "surface",
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
            Ruling::Wait(place, _) => Some(Seat(Arc::clone(place))),
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

    /// Why `surface` gives the caller the API's own answer.
    #[getter]
    fn reason(&self) -> Option<&'static str> {
        match self.ruling {
            Ruling::Surface(SurfaceReason::AlreadyRetried) => Some("already_retried"),
            Ruling::Surface(SurfaceReason::NotReplayable) => Some("not_replayable"),
            Ruling::Surface(SurfaceReason::Paused) => Some("paused"),
            Ruling::Surface(SurfaceReason::TooSoon) => Some("too_soon"),
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
        self.starts.clone()
    }

    /// Attempts whose I/O is to be aborted; their end is reported already.
    #[getter]
    fn given_up(&self) -> Vec<u64> {
        self.given_up.clone()
    }

    /// What wakes the callers that have news.
    #[getter]
    fn wakes(&self, py: Python<'_>) -> Vec<Py<PyAny>> {
        self.places.iter().filter_map(|place| place.wake(py)).collect()
    }
}
