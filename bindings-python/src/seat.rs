//! The seat of a caller that waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evertoken::Error;
use pyo3::{prelude::*, sync::MutexExt};

use crate::{failure::Failure, snapshot::Shared, snapshot::Snapshot};

/// What a ticket is answered with.
pub(crate) type Answer = Result<Arc<Shared>, Error>;

/// A caller that waits, as the machine's side sees it; one that goes away just drops its [`Seat`].
pub(crate) struct Waiter {
    filled: Mutex<Filled>,
}

#[derive(Default)]
struct Filled {
    wake: Option<Py<PyAny>>,
    answer: Option<Answer>,
}

/// The seat of one caller that waits for a token.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Seat(pub(crate) Arc<Waiter>);

impl Waiter {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { filled: Mutex::default() })
    }

    /// Answers the ticket, unless it was answered before.
    pub(crate) fn settle(&self, py: Python<'_>, answer: &Answer) {
        self.lock(py).answer.get_or_insert_with(|| answer.clone());
    }

    /// Returns what wakes the caller.
    pub(crate) fn wake(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.lock(py).wake.as_ref().map(|wake| wake.clone_ref(py))
    }

    fn lock(&self, py: Python<'_>) -> MutexGuard<'_, Filled> {
        self.filled.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Seat {
    /// Says how the caller is woken; look for an answer after it.
    fn register(&self, py: Python<'_>, wake: Py<PyAny>) {
        let before = self.0.lock(py).wake.replace(wake);
        drop(before);
    }

    /// Returns the answer, if there is one.
    #[pyo3(signature = () -> "Snapshot | Failure | None")]
    fn answer(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let answer = self.0.lock(py).answer.clone();
        Ok(match answer {
            None => None,
            Some(Ok(shared)) => Some(Py::new(py, Snapshot(shared))?.into_any()),
            Some(Err(error)) => Some(Py::new(py, Failure(error))?.into_any()),
        })
    }
}
