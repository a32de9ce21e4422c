//! One HTTP message as data: what an [`Exchange`](crate::Exchange) asks its host to send, and what came back.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// A token request, as the host sends it: byte for byte, without cookies, cache or redirects, and never logged.
///
/// It carries the credentials: `Debug` shows the method, the origin and the path alone, and what it owns is zeroised on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    method: String,
    url: Secret,
    headers: Vec<(String, Secret)>,
    body: Option<Zeroizing<Vec<u8>>>,
    same_origin_cookies: bool,
}

impl Request {
    /// Makes a request without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, url: impl Into<Secret>) -> Self {
        Self { method: method.into(), url: url.into(), headers: Vec::new(), body: None, same_origin_cookies: false }
    }

    /// Sets a header, in place of one of the same name (which is compared without case).
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Secret>) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_string(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = Some(Zeroizing::new(body));
        self
    }

    /// Lets the browser send the page's cookies, if the request stays on the page's origin.
    #[must_use]
    pub const fn with_same_origin_cookies(mut self) -> Self {
        self.same_origin_cookies = true;
        self
    }

    /// Returns the method, in upper case.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Opens the absolute URL; some providers want a secret in its query.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.expose()
    }

    /// Opens the headers, in the order in which they are sent.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.expose()))
    }

    /// Opens the header of a name, which is compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Opens the body; `None` sends none, an empty one has a `Content-Length` of 0.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| body.as_slice())
    }

    /// Says whether the page's own cookies go along (`credentials: "same-origin"`); otherwise none may.
    #[must_use]
    pub const fn same_origin_cookies(&self) -> bool {
        self.same_origin_cookies
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {}, redacted)", self.method, without_query(self.url()))
    }
}

/// An answer, as far as the host read it.
///
/// A status of 3xx is handed in like any other: the exchange refuses it. `Debug` shows the status and the length alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code; where a browser hides it with the target of a redirect, any 3xx.
    pub status: u16,
    /// The headers that the platform shows, in any case and order.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`Policy::body_limit_bytes`](crate::Policy::body_limit_bytes) of it.
    pub body: Vec<u8>,
    /// The host stopped reading at the limit.
    pub truncated: bool,
}

impl Response {
    /// Makes an answer without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), truncated: false }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Returns the first header of a name, which is compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Drop for Response {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.body.zeroize();
        self.headers.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes, redacted)", self.status, self.body.len())
    }
}

/// Cuts a URL before its query and fragment.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}
