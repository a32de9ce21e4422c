//! A token as callers see it.

use std::sync::Arc;

use evertoken::Snapshot as Core;
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDict, PyMappingProxy, PyString, PyTuple},
};

use crate::machine::{Time, told};

/// A snapshot and what is handed out for it, made once and shared.
pub(crate) struct Shared {
    pub(crate) snapshot: Arc<Core>,
    headers: PyOnceLock<Py<PyMappingProxy>>,
    raw: PyOnceLock<Py<PyTuple>>,
    value: PyOnceLock<Py<PyString>>,
    token: PyOnceLock<Py<PyString>>,
}

impl Shared {
    pub(crate) fn new(snapshot: Arc<Core>) -> Arc<Self> {
        let (headers, raw, value, token) = (PyOnceLock::new(), PyOnceLock::new(), PyOnceLock::new(), PyOnceLock::new());
        Arc::new(Self { snapshot, headers, raw, value, token })
    }

    /// Returns the header as a read-only mapping.
    #[inline]
    pub(crate) fn headers(&self, py: Python<'_>) -> PyResult<Py<PyMappingProxy>> {
        once(py, &self.headers, || {
            let headers = PyDict::new(py);
            headers.set_item(self.name(), self.value(py)?)?;
            Ok(PyMappingProxy::new(py, headers.as_mapping()).unbind())
        })
    }

    fn raw(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        once(py, &self.raw, || {
            let lower = self.name().to_ascii_lowercase();
            let parts = [self.name(), &lower, self.snapshot.token.header_value()];
            Ok(PyTuple::new(py, parts.map(|part| PyBytes::new(py, part.as_bytes())))?.unbind())
        })
    }

    fn value(&self, py: Python<'_>) -> PyResult<Py<PyString>> {
        once(py, &self.value, || Ok(PyString::new(py, self.snapshot.token.header_value()).unbind()))
    }

    fn name(&self) -> &str {
        self.snapshot.token.header_name()
    }
}

/// Makes an object once. Unlike the cell's own way it may meet itself: making an object may run a finaliser, which may want
/// the same object.
#[inline]
fn once<T>(py: Python<'_>, cell: &PyOnceLock<Py<T>>, make: impl FnOnce() -> PyResult<Py<T>>) -> PyResult<Py<T>> {
    if let Some(made) = cell.get(py) {
        return Ok(made.clone_ref(py));
    }
    let made = make()?;
    let ours = made.clone_ref(py);
    Ok(match cell.set(py, made) {
        Ok(()) => ours,
        Err(_) => cell.get(py).map_or(ours, |theirs| theirs.clone_ref(py)),
    })
}

/// A valid token with the header that carries it.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Snapshot(pub(crate) Arc<Shared>);

#[pymethods]
impl Snapshot {
    /// Counts the tokens of a source.
    #[getter]
    fn generation(&self) -> u64 {
        self.0.snapshot.generation
    }

    /// The header as a read-only mapping of one item, shared by all who ask.
    #[pyo3(signature = () -> "Any")]
    fn headers(&self, py: Python<'_>) -> PyResult<Py<PyMappingProxy>> {
        self.0.headers(py)
    }

    #[getter]
    fn header_name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn header_value(&self, py: Python<'_>) -> PyResult<Py<PyString>> {
        self.0.value(py)
    }

    /// The header as bytes: its name, its name in lower case, its value.
    #[pyo3(signature = () -> "tuple[bytes, bytes, bytes]")]
    fn raw(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        self.0.raw(py)
    }

    /// The token alone.
    #[getter]
    fn token(&self, py: Python<'_>) -> PyResult<Py<PyString>> {
        once(py, &self.0.token, || Ok(PyString::new(py, self.0.snapshot.token.token()).unbind()))
    }

    /// What precedes the token in the header, and the whole seconds that are left of it.
    #[pyo3(signature = (now=None))]
    fn kind_and_seconds(&self, now: Time) -> (&str, u64) {
        let header = self.0.snapshot.token.header_value();
        let prefix = header.strip_suffix(self.0.snapshot.token.token()).unwrap_or_default().trim();
        (if prefix.is_empty() { "Bearer" } else { prefix }, self.0.snapshot.left_ms(told(now)) / 1_000)
    }

    fn __repr__(&self) -> String {
        format!("Snapshot(generation={}, redacted)", self.0.snapshot.generation)
    }
}
