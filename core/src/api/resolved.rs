//! An API of one account: what its tokens may be sent to, and how its requests look.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Serialize, Serializer};

use super::{Header, base, path};
use crate::{
    condition::{Condition, StatusSet},
    error::{Code, Error},
    url::{ParseUrl, UrlParts},
};

/// The API of one account and surface: one origin, a path prefix, a header, and the answers that reject a token.
///
/// It is part of the cache key of a token. Serialised, it is what a host needs to match URLs by itself, constant for its life: `origin`,
/// `base_path` (what paths are appended to), `prefix` (what a path must lie below), `token_endpoints` (paths that never get a token),
/// `media_types` (the first whose `path` is a prefix), `header` and `inspect`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResolvedApi {
    /// Its path has no `/` at the end.
    pub(super) base: UrlParts,
    pub(super) surfaces: Vec<Surface>,
    pub(super) chosen: usize,
    pub(super) media_types: Vec<Media>,
    pub(super) header: Header,
    pub(super) inspect: StatusSet,
    pub(super) invalid_token: Vec<Condition>,
    pub(super) rejection_hint: Option<String>,
    pub(super) token_endpoints: Vec<UrlParts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Surface {
    pub(super) name: Option<String>,
    pub(super) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Media {
    pub(super) path: String,
    pub(super) r#type: String,
}

#[derive(Serialize)]
struct Facts<'a> {
    origin: String,
    base_path: &'a str,
    prefix: &'a str,
    token_endpoints: Vec<&'a str>,
    media_types: &'a [Media],
    header: &'a Header,
    inspect: &'a StatusSet,
}

impl Serialize for ResolvedApi {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let own = |endpoint: &&UrlParts| endpoint.same_origin(&self.base);
        Facts {
            origin: self.base.origin(),
            base_path: &self.base.path,
            prefix: self.prefix(),
            token_endpoints: self.token_endpoints.iter().filter(own).map(|endpoint| endpoint.path.as_str()).collect(),
            media_types: &self.media_types,
            header: &self.header,
            inspect: &self.inspect,
        }
        .serialize(serializer)
    }
}

impl ResolvedApi {
    /// Makes the API of a URL: its origin and everything below its path, `Authorization: Bearer`, and only a 401 rejects a token.
    ///
    /// It is for the kinds whose API no descriptor knows: generic OAuth 2, a broker, a fixed token.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidEndpoint`] for anything but an absolute https URL (http for loopback addresses) without user info, query and fragment.
    pub fn at(url: &str, parse: ParseUrl) -> Result<Self, Error> {
        let base = base(url, "api", parse)?;
        Ok(Self {
            surfaces: Vec::from([Surface { name: None, path: base.path.clone() }]),
            base,
            chosen: 0,
            media_types: Vec::new(),
            header: Header::default(),
            inspect: StatusSet::from([401]),
            invalid_token: super::unauthorized(),
            rejection_hint: None,
            token_endpoints: Vec::new(),
        })
    }

    /// Excludes a token endpoint that lies below the API's prefix: it never gets a token.
    #[must_use]
    pub fn with_token_endpoint(mut self, endpoint: &UrlParts) -> Self {
        let endpoint = UrlParts { query: None, ..endpoint.clone() };
        if !self.token_endpoints.contains(&endpoint) {
            self.token_endpoints.push(endpoint);
        }
        self
    }

    /// Makes the URL of a request: a path as the vendor's documentation prints it is appended to the base, also to one with a
    /// folder; an absolute URL must be allowed.
    ///
    /// What it returns is normalised: send it, and no other reading of the text.
    ///
    /// # Errors
    ///
    /// As [`ResolvedApi::allows`], and for a text that is no URL or has control characters in it.
    pub fn resolve(&self, path_or_url: &str, parse: ParseUrl) -> Result<String, Error> {
        self.locate(path_or_url, parse).map(|url| url.to_string())
    }

    /// Makes the URL of a request as [`ResolvedApi::resolve`] does, in parts.
    ///
    /// # Errors
    ///
    /// As [`ResolvedApi::resolve`].
    pub fn locate(&self, path_or_url: &str, parse: ParseUrl) -> Result<UrlParts, Error> {
        let text = path_or_url.trim_matches(' ');
        if text.chars().any(char::is_control) {
            return Err(self.refused("a URL has no control characters".to_string()));
        }
        let url = if is_absolute(text) {
            parse(text)
        } else if text.starts_with(['/', '\\']) && text.get(1..).is_some_and(|rest| rest.starts_with(['/', '\\'])) {
            return Err(self.refused("a path that begins with // is a URL of another host".to_string()));
        } else {
            let slash = if text.starts_with(['/', '\\']) { "" } else { "/" };
            parse(&format!("{}{}{slash}{text}", self.base.origin(), self.base.path))
        };
        let mut url = url.filter(|url| !url.host.is_empty()).ok_or_else(|| self.refused("it is no URL".to_string()))?;
        self.allows(&url)?;
        url.fragment = false;
        Ok(url)
    }

    /// Says whether a request to a URL may carry the token: same origin, below the surface's prefix, and not the token endpoint.
    ///
    /// An adapter asks it for each request and for each hop of a redirect.
    ///
    /// # Errors
    ///
    /// [`Code::OriginNotAllowed`], with what differs, and as fix the surface or the path that is meant.
    pub fn allows(&self, url: &UrlParts) -> Result<(), Error> {
        if url.user_info {
            return Err(self.refused("the URL carries a user name or a password".to_string()));
        }
        if !url.same_origin(&self.base) {
            return Err(self.foreign(url));
        }
        if path::hides_dots(&url.path) {
            return Err(self.refused("the path hides a `..` in encoded characters, and may lead out of the API".to_string()));
        }
        if !path::is_below(&url.path, self.prefix()) {
            return Err(self.misplaced(&url.path));
        }
        if self.token_endpoints.iter().any(|endpoint| endpoint.same_origin(url) && path::is_same(&endpoint.path, &url.path)) {
            return Err(self.refused("the token endpoint never gets a token".to_string()));
        }
        Ok(())
    }

    fn foreign(&self, url: &UrlParts) -> Error {
        let error = self.refused(format!("{} is not {}", shown(&url.origin()), self.base.origin()));
        if url.scheme == "http" && url.host.eq_ignore_ascii_case(&self.base.host) && self.base.scheme == "https" {
            return error.with_fix("Use https://; over http:// anyone on the way reads the token.");
        }
        error
    }

    fn misplaced(&self, path: &str) -> Error {
        let other = self.surfaces.iter().find(|surface| path::is_below(path, &surface.path)).and_then(|surface| surface.name.as_deref());
        if let (Some(other), Some(own)) = (other, self.surface()) {
            return self
                .refused(format!(
                    "{} belongs to the surface {other}, and this source's tokens are for {own}; they are not interchangeable",
                    shown(path)
                ))
                .with_fix(format!("Make a source for the surface {other} to call it, or call a path below {}.", self.printed_prefix()));
        }
        let error = self.refused(format!("{} is not below {}", shown(path), self.prefix()));
        let prefix = self.printed_prefix();
        // The base's folder was given with the account, so a path that repeats it is meant without.
        let doubled = format!("{}{}", self.base.path, self.prefix());
        let inner = path.strip_prefix(&self.base.path).unwrap_or(path);
        if !self.base.path.is_empty() && path::is_below(path, &doubled) {
            error.with_fix(format!("Leave {} out of paths: it is part of the base URL {}.", self.base.path, self.base_url()))
        } else if path::is_below(path, &self.base.path) && path::is_plain(inner) && inner.len() <= 100 {
            error.with_fix(format!("Paths of this API begin with {prefix}, such as {prefix}{inner}."))
        } else {
            error.with_fix(format!("Paths of this API begin with {prefix}."))
        }
    }

    fn refused(&self, reason: String) -> Error {
        Error::new(Code::OriginNotAllowed).with_description(reason).with_fix(format!(
            "Call a URL below {}{}, or make a source for the API that you call.",
            self.base.origin(),
            self.prefix()
        ))
    }

    /// Returns the media type of the requests and answers of a path, as [`UrlParts::path`] has it.
    #[must_use]
    pub fn media_type(&self, path: &str) -> Option<&str> {
        self.media_types.iter().find(|media| path::is_below(path, &media.path)).map(|media| media.r#type.as_str())
    }

    /// Returns the `Accept` to add to a request with these header names; `None` if the user set one or the API wants none.
    pub fn accept<'h>(&self, path: &str, header_names: impl IntoIterator<Item = &'h str>) -> Option<&str> {
        if has(header_names, "accept") { None } else { self.media_type(path) }
    }

    /// Returns the `Content-Type` of a JSON body that the user asked to be sent as this API wants it; `None` if the user set one.
    ///
    /// It is for that explicit request alone: no body gets a type by itself.
    pub fn content_type<'h>(&self, path: &str, header_names: impl IntoIterator<Item = &'h str>) -> Option<&str> {
        if has(header_names, "content-type") { None } else { Some(self.media_type(path).unwrap_or("application/json")) }
    }

    /// Says whether an answer of that status goes to [`judge`](crate::judge::judge); others tell nothing of the token.
    #[must_use]
    pub fn inspects(&self, status: u16) -> bool {
        self.inspect.contains(status)
    }

    /// Returns the statuses whose answers go to [`judge`](crate::judge::judge).
    #[must_use]
    pub const fn inspect(&self) -> &StatusSet {
        &self.inspect
    }

    pub(crate) fn invalid_token(&self) -> &[Condition] {
        &self.invalid_token
    }

    /// Returns what may be wrong if new tokens are rejected too, for the error or event that tells of it.
    #[must_use]
    pub fn rejection_hint(&self) -> Option<&str> {
        self.rejection_hint.as_deref()
    }

    /// Returns the header that carries the token.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the name of the surface; `None` where the whole base URL is one.
    #[must_use]
    pub fn surface(&self) -> Option<&str> {
        self.surfaces.get(self.chosen)?.name.as_deref()
    }

    /// Returns what paths are appended to, without `/` at the end; an HTTP client takes it as its base URL.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}{}", self.base.origin(), self.base.path)
    }

    /// Returns the path that a request's path must lie below, the base URL's folder included; empty for the whole origin.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.surfaces.get(self.chosen).map_or("", |surface| surface.path.as_str())
    }

    /// The prefix as the vendor's documentation prints it: without the folder.
    fn printed_prefix(&self) -> &str {
        match self.prefix().strip_prefix(&self.base.path) {
            Some("") | None => "/",
            Some(prefix) => prefix,
        }
    }
}

/// Says whether a text begins with a scheme (RFC 3986 section 3.1).
fn is_absolute(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

fn has<'h>(header_names: impl IntoIterator<Item = &'h str>, wanted: &str) -> bool {
    header_names.into_iter().any(|name| name.eq_ignore_ascii_case(wanted))
}

/// A part of a URL in an error: bounded, since it may come from anywhere.
fn shown(part: &str) -> String {
    const LONGEST: usize = 120;
    match part.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", part.get(..end).unwrap_or_default()),
        None => part.to_string(),
    }
}
