//! The API that a token is for.

use std::hash::{DefaultHasher, Hash, Hasher};

use evertoken::{Judgement, ResolvedApi, judge, judge::reads_body, url};
use pyo3::prelude::*;

use crate::failure::exception;

/// Where a token may go, in which header, and which answers reject it.
#[pyclass(frozen, eq, hash, module = "evertoken._native")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Api(pub(crate) ResolvedApi);

#[pymethods]
impl Api {
    /// What paths are appended to.
    #[getter]
    fn base_url(&self) -> String {
        self.0.base_url()
    }

    #[getter]
    fn header_name(&self) -> &str {
        &self.0.header().name
    }

    #[getter]
    fn header_prefix(&self) -> &str {
        &self.0.header().prefix
    }

    /// What may be wrong if new tokens are rejected too.
    #[getter]
    fn rejection_hint(&self) -> Option<&str> {
        self.0.rejection_hint()
    }

    /// Makes the URL of a path, as the vendor's documentation prints it, or of a URL of the API; raises for any other.
    fn resolve(&self, py: Python<'_>, path_or_url: &str) -> PyResult<String> {
        self.0.resolve(path_or_url, url::parse).map_err(|error| exception(py, error))
    }

    /// Says whether a request to a URL may carry the token.
    fn allows(&self, url: &str) -> bool {
        url::parse(url).is_some_and(|url| self.0.allows(&url).is_ok())
    }

    /// Returns the `Accept` to add to a request that has headers of these names.
    fn accept(&self, url: &str, names: Vec<String>) -> Option<&str> {
        self.0.accept(&path(url), names.iter().map(String::as_str))
    }

    /// Returns the `Content-Type` to add to a JSON body of a request that has headers of these names.
    fn content_type(&self, url: &str, names: Vec<String>) -> Option<&str> {
        self.0.content_type(&path(url), names.iter().map(String::as_str))
    }

    /// Says whether answers of a status are looked into.
    fn inspects(&self, status: u16) -> bool {
        self.0.inspects(status)
    }

    /// Says whether `judge` wants the body.
    fn reads_body(&self, status: u16, headers: Vec<(String, String)>) -> bool {
        reads_body(&self.0, status, &headers)
    }

    /// Says whether an answer to a request with our token rejects the token.
    #[pyo3(signature = (status, headers, body=None))]
    fn judge(&self, status: u16, headers: Vec<(String, String)>, body: Option<&[u8]>) -> bool {
        judge(&self.0, status, &headers, body) == Judgement::TokenRejected
    }

    /// The facts by which a URL is matched, as JSON.
    #[getter]
    fn facts(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    fn __repr__(&self) -> String {
        format!("Api({}, {:?})", self.0.base_url(), self.0.prefix())
    }
}

/// The path by which a media type is found; of a text that is no URL, none.
fn path(text: &str) -> String {
    url::parse(text).map(|url| url.path).unwrap_or_default()
}

/// A hash that is the same for equal values within one process.
pub(crate) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
