//! URLs as parsed parts: core has no parser of its own, each host lends the one it has.

use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Serialize};

/// An absolute URL in parts, as a WHATWG URL parser returns them: dot segments resolved, `\` turned into `/`, the host in lower case.
///
/// In JavaScript a `URL` gives `protocol` without its colon, `hostname`, `port`, `pathname` and `search` without its `?`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlParts {
    /// The scheme, in lower case, without the colon.
    pub scheme: String,
    /// The host, an IPv6 address in brackets; empty for a URL without one.
    pub host: String,
    /// The port, if it is not the scheme's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The path, percent-encoded; it begins with `/`.
    pub path: String,
    /// The query without its `?`; an empty one is `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// It carries a user name or a password, which are left out here.
    #[serde(default)]
    pub user_info: bool,
    /// It carries a fragment, which is never sent and left out here.
    #[serde(default)]
    pub fragment: bool,
}

/// Parses an absolute URL by the WHATWG rules; `None` for a text that is none.
///
/// JavaScript passes the platform's `URL`; hosts that can afford the `url` crate pass [`parse`], of the feature `url`.
pub type ParseUrl = fn(&str) -> Option<UrlParts>;

impl UrlParts {
    /// Says whether a secret may travel there: https, or http to this very machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        match self.scheme.as_str() {
            "https" => !self.host.is_empty(),
            "http" => is_loopback(&self.host),
            _ => false,
        }
    }

    /// Says whether scheme, host and port are the same, a default port being as good as none (RFC 6454 section 5).
    #[must_use]
    pub fn same_origin(&self, other: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(&other.scheme)
            && self.host.eq_ignore_ascii_case(&other.host)
            && self.effective_port() == other.effective_port()
    }

    fn effective_port(&self) -> Option<u16> {
        self.port.or_else(|| default_port(&self.scheme))
    }

    /// Returns the origin for display and comparison, such as `https://acme.piwik.pro`.
    #[must_use]
    pub fn origin(&self) -> String {
        let mut text = alloc::format!("{}://{}", self.scheme, self.host).to_ascii_lowercase();
        if let Some(port) = self.port.filter(|port| default_port(&self.scheme) != Some(*port)) {
            text.push_str(&alloc::format!(":{port}"));
        }
        text
    }
}

/// Writes the URL to send; user info and fragment are not kept and so not written.
impl fmt::Display for UrlParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)?;
        match &self.query {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        _ if scheme.eq_ignore_ascii_case("https") => Some(443),
        _ if scheme.eq_ignore_ascii_case("http") => Some(80),
        _ => None,
    }
}

/// Says whether a parsed host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    // Parsers write an address in one way alone.
    let is_part = |part: &str| (part == "0" || !part.starts_with(['0', '+'])) && part.parse::<u8>().is_ok();
    let is_v4 = || host.split('.').count() == 4 && host.split('.').all(is_part);
    host.eq_ignore_ascii_case("localhost") || host == "[::1]" || host.starts_with("127.") && is_v4()
}

/// Parses an absolute URL with the `url` crate, the parser of Servo: WHATWG rules and IDNA are not worth a second implementation.
#[cfg(feature = "url")]
#[must_use]
pub fn parse(text: &str) -> Option<UrlParts> {
    let url = url::Url::parse(text).ok()?;
    Some(UrlParts {
        scheme: url.scheme().into(),
        host: url.host_str().unwrap_or_default().into(),
        port: url.port(),
        path: url.path().into(),
        query: url.query().filter(|query| !query.is_empty()).map(Into::into),
        user_info: !url.username().is_empty() || url.password().is_some(),
        fragment: url.fragment().is_some(),
    })
}
