//! What the machine does and will do next.

use pyo3::prelude::*;

/// A picture of a machine: as JSON and in words.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Explained {
    #[pyo3(get)]
    pub(crate) json: String,
    #[pyo3(get)]
    pub(crate) text: String,
}
