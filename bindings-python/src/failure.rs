//! A failure as data; the exceptions are Python's.

use evertoken::{Code, Error};
use pyo3::{exceptions::PyValueError, intern, prelude::*};

/// What failed, why, and what to do about it; nothing secret.
#[pyclass(frozen, eq, module = "evertoken._native")]
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) Error);

#[pymethods]
impl Failure {
    /// Makes a failure of a code of `errors.json`.
    #[new]
    #[pyo3(signature = (code, description=None, fix=None, status=None, provider_code=None))]
    fn new(code: &str, description: Option<&str>, fix: Option<String>, status: Option<u16>, provider_code: Option<&str>) -> PyResult<Self> {
        let code = Code::from_name(code).ok_or_else(|| PyValueError::new_err("no such code"))?;
        // A text of a library or of a server: one line, bounded, nothing shaped like a token.
        let error = Error::new(code).with_server_text(provider_code, description);
        let error = status.into_iter().fold(error, Error::with_status);
        Ok(Self(fix.into_iter().fold(error, Error::with_fix)))
    }

    #[getter]
    fn code(&self) -> &'static str {
        self.0.code.as_str()
    }

    /// The class of `errors.json` that the code belongs to.
    #[getter]
    fn error_class(&self) -> &'static str {
        self.0.class().as_str()
    }

    #[getter]
    fn retryable(&self) -> bool {
        self.0.retryable()
    }

    /// When the source itself asks again, in Unix milliseconds.
    #[getter]
    fn retry_at_ms(&self) -> Option<u64> {
        Some(self.0.retry_at?.wall)
    }

    #[getter]
    fn status(&self) -> Option<u16> {
        self.0.status()
    }

    #[getter]
    fn provider_code(&self) -> Option<&str> {
        self.0.provider_code()
    }

    #[getter]
    fn description(&self) -> Option<&str> {
        self.0.description()
    }

    #[getter]
    fn fix(&self) -> &str {
        self.0.fix()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Failure({})", self.0)
    }
}

/// Makes the package's own exception of a failure.
pub(crate) fn exception(py: Python<'_>, error: Error) -> PyErr {
    let raised = || {
        let module = py.import(intern!(py, "evertoken._errors"))?;
        module.call_method1(intern!(py, "exception"), (Failure(error),))
    };
    raised().map_or_else(|failed| failed, PyErr::from_value)
}
