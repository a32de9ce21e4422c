//! One attempt to turn credentials into a token, request by request.

use std::sync::{Arc, Mutex};

use evertoken::{Exchange as Core, Next, Outcome as CoreOutcome, Policy, Request as CoreRequest, Response, time::Instant};
use pyo3::{exceptions::PyValueError, prelude::*, sync::MutexExt, types::PyBytes};

use crate::{credentials::Credentials, failure::Failure, grant::Grant, machine::policy_of};

/// One run of an exchange: `next` gives a request to send, `answer` or `fail` takes what came of it, until `next` gives an outcome.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Exchange {
    exchange: Mutex<Core>,
}

/// How an attempt ended.
#[pyclass(frozen, module = "evertoken._native")]
#[derive(Clone)]
pub(crate) struct Outcome(pub(crate) CoreOutcome);

/// A token request, to be sent byte for byte and shown nowhere.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Request(CoreRequest);

#[pymethods]
impl Exchange {
    /// Begins; a token's life counts from `sent`, a pair of monotonic and Unix milliseconds. A refusal is the first outcome.
    #[staticmethod]
    #[pyo3(signature = (grant, credentials, sent, policy=None) -> "Exchange | Outcome")]
    fn begin(py: Python<'_>, grant: &Grant, credentials: &Credentials, sent: (u64, u64), policy: Option<&str>) -> PyResult<Py<PyAny>> {
        let policy: Policy = policy_of(py, policy)?;
        match Core::new(Arc::clone(&grant.0), &credentials.0, instant(sent)) {
            Ok(exchange) => Ok(Py::new(py, Self { exchange: Mutex::new(exchange.with_policy(&policy)) })?.into_any()),
            Err(error) => Ok(Py::new(py, Outcome::failed(error))?.into_any()),
        }
    }

    /// Says what to do next; a request gets headers that only the host knows, such as the session and CSRF headers of a broker.
    #[pyo3(signature = (headers) -> "Request | Outcome")]
    fn next(&self, py: Python<'_>, headers: Vec<(String, String)>) -> PyResult<Py<PyAny>> {
        let next = self.lock(py).next_with(headers);
        match next {
            Next::Send(request) => Ok(Py::new(py, Request(request))?.into_any()),
            Next::Done(outcome) => Ok(Py::new(py, Outcome(outcome))?.into_any()),
            _ => Err(PyValueError::new_err("the exchange asks for something unknown")),
        }
    }

    /// Takes an answer of any status; `now` is the moment of its arrival.
    #[pyo3(signature = (now, status, headers, body, truncated=false))]
    fn answer(&self, py: Python<'_>, now: (u64, u64), status: u16, headers: Vec<(String, String)>, body: &[u8], truncated: bool) {
        let response = Response { status, headers, body: body.to_vec(), truncated };
        self.lock(py).answer(instant(now), Ok(response));
    }

    /// Takes the reason why there is no answer.
    fn fail(&self, py: Python<'_>, now: (u64, u64), failure: &Failure) {
        self.lock(py).answer(instant(now), Err(failure.0.clone()));
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("{:?}", *self.lock(py))
    }
}

impl Exchange {
    fn lock(&self, py: Python<'_>) -> std::sync::MutexGuard<'_, Core> {
        self.exchange.lock_py_attached(py).unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[pymethods]
impl Outcome {
    /// Makes the outcome of an attempt that failed.
    #[new]
    fn new(failure: &Failure) -> Self {
        Self::failed(failure.0.clone())
    }

    /// Why the attempt failed; none for a token.
    #[getter]
    fn failure(&self) -> Option<Failure> {
        match &self.0 {
            CoreOutcome::Granted { .. } => None,
            CoreOutcome::Failed { error, .. } => Some(Failure(error.clone())),
        }
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl Outcome {
    fn failed(error: evertoken::Error) -> Self {
        Self(CoreOutcome::Failed { error, retry_after_ms: None })
    }
}

#[pymethods]
impl Request {
    #[getter]
    fn method(&self) -> &str {
        self.0.method()
    }

    /// The absolute URL; its query may carry a secret.
    #[getter]
    fn url(&self) -> &str {
        self.0.url()
    }

    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        self.0.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.body().map(|body| PyBytes::new(py, body))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

fn instant((mono, wall): (u64, u64)) -> Instant {
    Instant { mono, wall }
}
