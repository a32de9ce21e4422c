//! The API that a token is for.

use std::hash::{DefaultHasher, Hash, Hasher};

use evertoken::{
    Judgement, ResolvedApi, judge,
    judge::reads_body,
    url::{self, UrlParts},
};
use pyo3::prelude::*;

use crate::failure::exception;

/// Where a token may go, in which header, and which answers reject it.
#[pyclass(frozen, eq, hash, module = "evertoken._native")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Api {
    pub(crate) api: ResolvedApi,
    /// What a plain URL of the API begins with, and its parts.
    origin: String,
    base: Option<UrlParts>,
}

impl Api {
    pub(crate) fn new(api: ResolvedApi) -> Self {
        let base = url::parse(&api.base_url());
        Self { origin: base.as_ref().map(UrlParts::origin).unwrap_or_default(), base, api }
    }

    fn parts(&self, url: &str) -> Option<UrlParts> {
        self.plain(url).or_else(|| url::parse(url))
    }

    /// Takes apart a URL of the API's origin whose path no parser changes; parsing costs more than all else of a call.
    fn plain(&self, url: &str) -> Option<UrlParts> {
        let base = self.base.as_ref()?;
        let path = url.strip_prefix(&self.origin)?.split(['?', '#']).next().filter(|path| path.starts_with('/'))?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
        (path.bytes().all(is_plain) && !path.contains("/.")).then(|| UrlParts {
            path: path.to_owned(),
            scheme: base.scheme.clone(),
            host: base.host.clone(),
            port: base.port,
            query: None,
            user_info: false,
            fragment: false,
        })
    }
}

#[pymethods]
impl Api {
    /// What paths are appended to.
    #[getter]
    fn base_url(&self) -> String {
        self.api.base_url()
    }

    #[getter]
    fn header_name(&self) -> &str {
        &self.api.header().name
    }

    /// What may be wrong if new tokens are rejected too.
    #[getter]
    fn rejection_hint(&self) -> Option<&str> {
        self.api.rejection_hint()
    }

    /// Makes the URL of a path, as the vendor's documentation prints it, or of a URL of the API; raises for any other.
    fn resolve(&self, py: Python<'_>, path_or_url: &str) -> PyResult<String> {
        self.api.resolve(path_or_url, url::parse).map_err(|error| exception(py, error))
    }

    /// Says whether a request to a URL may carry the token.
    fn allows(&self, url: &str) -> bool {
        self.admits(url).is_some()
    }

    /// Returns the media type of a request that may carry the token, empty where the API wants none; none where it may not.
    fn admits(&self, url: &str) -> Option<&str> {
        let url = self.parts(url).filter(|url| self.api.allows(url).is_ok())?;
        Some(self.api.media_type(&url.path).unwrap_or_default())
    }

    /// Returns the `Accept` to add to a request that has headers of these names.
    fn accept(&self, url: &str, names: Vec<String>) -> Option<&str> {
        self.api.accept(&path(url), names.iter().map(String::as_str))
    }

    /// Returns the `Content-Type` to add to a JSON body of a request that has headers of these names.
    fn content_type(&self, url: &str, names: Vec<String>) -> Option<&str> {
        self.api.content_type(&path(url), names.iter().map(String::as_str))
    }

    /// Says whether answers of a status are looked into.
    fn inspects(&self, status: u16) -> bool {
        self.api.inspects(status)
    }

    /// Says whether `judge` wants the body.
    fn reads_body(&self, status: u16, headers: Vec<(String, String)>) -> bool {
        reads_body(&self.api, status, &headers)
    }

    /// Says whether an answer to a request with our token rejects the token.
    #[pyo3(signature = (status, headers, body=None))]
    fn judge(&self, status: u16, headers: Vec<(String, String)>, body: Option<&[u8]>) -> bool {
        judge(&self.api, status, &headers, body) == Judgement::TokenRejected
    }

    /// The facts by which a URL is matched, as JSON.
    #[getter]
    fn facts(&self) -> String {
        serde_json::to_string(&self.api).unwrap_or_default()
    }

    fn __repr__(&self) -> String {
        format!("Api({}, {:?})", self.api.base_url(), self.api.prefix())
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
