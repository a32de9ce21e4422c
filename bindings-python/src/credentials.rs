//! Secrets on their way to an exchange.

use std::collections::HashMap;

use evertoken::Credentials as Core;
use pyo3::{exceptions::PyTypeError, prelude::*};

use crate::api::hash;

/// Named secrets: never shown, never pickled, wiped when dropped. Python's own copies of them are out of its reach.
#[pyclass(frozen, eq, module = "evertoken._native")]
#[derive(PartialEq, Eq)]
pub(crate) struct Credentials(pub(crate) Core);

#[pymethods]
impl Credentials {
    #[new]
    fn new(named: HashMap<String, String>) -> Self {
        Self(Core::new(named))
    }

    /// Adds what is missing, from elsewhere.
    fn completed(&self, named: HashMap<String, String>) -> Self {
        Self(self.0.completed(named))
    }

    /// Equal secrets have equal names, and no more than that is told of them.
    fn __hash__(&self) -> u64 {
        hash(&format!("{:?}", self.0))
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }

    fn __reduce__(&self) -> PyResult<Py<PyAny>> {
        Err(PyTypeError::new_err(
            "credentials that were given as text cannot be pickled: leave them to the environment variables, or give an importable function as `credentials`",
        ))
    }
}
