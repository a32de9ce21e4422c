//! A token as callers see it.

use std::sync::Arc;

use evertoken::Snapshot as Core;
use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDict, PyMappingProxy, PyString, PyTuple},
};

/// A snapshot and what is handed out for it, made once and shared.
pub(crate) struct Shared {
    pub(crate) snapshot: Core,
    headers: PyOnceLock<Py<PyMappingProxy>>,
    raw: PyOnceLock<Py<PyTuple>>,
    value: PyOnceLock<Py<PyString>>,
}

impl Shared {
    pub(crate) fn new(snapshot: Core) -> Arc<Self> {
        Arc::new(Self { snapshot, headers: PyOnceLock::new(), raw: PyOnceLock::new(), value: PyOnceLock::new() })
    }

    /// Returns the header as a read-only mapping.
    #[inline]
    pub(crate) fn headers(&self, py: Python<'_>) -> PyResult<Py<PyMappingProxy>> {
        let made = self.headers.get_or_try_init(py, || {
            let headers = PyDict::new(py);
            headers.set_item(self.name(), self.value(py))?;
            PyResult::Ok(PyMappingProxy::new(py, headers.as_mapping()).unbind())
        })?;
        Ok(made.clone_ref(py))
    }

    fn raw(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let made = self.raw.get_or_try_init(py, || {
            let lower = self.name().to_ascii_lowercase();
            let parts = [self.name(), &lower, self.snapshot.token.header_value()];
            PyResult::Ok(PyTuple::new(py, parts.map(|part| PyBytes::new(py, part.as_bytes())))?.unbind())
        })?;
        Ok(made.clone_ref(py))
    }

    fn name(&self) -> &str {
        self.snapshot.token.header_name()
    }

    fn value(&self, py: Python<'_>) -> Py<PyString> {
        self.value.get_or_init(py, || PyString::new(py, self.snapshot.token.header_value()).unbind()).clone_ref(py)
    }
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
    fn header_value(&self, py: Python<'_>) -> Py<PyString> {
        self.0.value(py)
    }

    /// The header as bytes: its name, its name in lower case, its value.
    #[pyo3(signature = () -> "tuple[bytes, bytes, bytes]")]
    fn raw(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        self.0.raw(py)
    }

    /// The token alone.
    #[getter]
    fn token(&self) -> &str {
        self.0.snapshot.token.token()
    }

    fn __repr__(&self) -> String {
        format!("Snapshot(generation={}, redacted)", self.0.snapshot.generation)
    }
}
