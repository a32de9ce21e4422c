//! A token as callers see it.

use std::sync::Arc;

use evertoken::Snapshot as Core;
use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict, types::PyMappingProxy};

/// A snapshot and the mapping that is handed out for it, made once and shared.
pub(crate) struct Shared {
    pub(crate) snapshot: Core,
    headers: PyOnceLock<Py<PyMappingProxy>>,
}

impl Shared {
    pub(crate) fn new(snapshot: Core) -> Arc<Self> {
        Arc::new(Self { snapshot, headers: PyOnceLock::new() })
    }

    /// Returns the header as a read-only mapping.
    #[inline]
    pub(crate) fn headers(&self, py: Python<'_>) -> PyResult<Py<PyMappingProxy>> {
        let made = self.headers.get_or_try_init(py, || {
            let headers = PyDict::new(py);
            headers.set_item(self.snapshot.token.header_name(), self.snapshot.token.header_value())?;
            PyResult::Ok(PyMappingProxy::new(py, headers.as_mapping()).unbind())
        })?;
        Ok(made.clone_ref(py))
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
        self.0.snapshot.token.header_name()
    }

    #[getter]
    fn header_value(&self) -> &str {
        self.0.snapshot.token.header_value()
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
