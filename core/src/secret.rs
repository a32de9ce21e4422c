//! Types whose content never reaches a log, an error or a serialiser.

use alloc::{string::String, sync::Arc};
use core::{
    fmt,
    hash::{Hash, Hasher},
};
use zeroize::Zeroizing;

/// A secret text: redacted in `Debug`, without `Display` and `Serialize`, zeroised on drop.
///
/// Copies that a host, an HTTP library or an operating system made of the text are out of its reach.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Opens the secret, for the one place that must send it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// An access token as the header that carries it (RFC 6750 section 2.1), made once and shared.
///
/// The descriptor's constants name the header and the scheme; the server's `token_type` is never echoed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccessToken(Arc<Header>);

#[derive(PartialEq, Eq, Hash)]
struct Header {
    name: String,
    value: Secret,
    prefix: usize,
}

impl AccessToken {
    /// Makes the header `name: prefix + token`; `prefix` carries its own space, such as `"Bearer "`, and may be empty.
    #[must_use]
    pub fn new(name: impl Into<String>, prefix: &str, token: &str) -> Self {
        // One allocation of the final size: a growing buffer would leave unwiped copies behind.
        let mut value = String::with_capacity(prefix.len() + token.len());
        value.push_str(prefix);
        value.push_str(token);
        Self(Arc::new(Header { name: name.into(), value: Secret::new(value), prefix: prefix.len() }))
    }

    /// Returns the header's name.
    #[must_use]
    pub fn header_name(&self) -> &str {
        &self.0.name
    }

    /// Opens the header's value, such as `Bearer eyJ..`.
    #[must_use]
    pub fn header_value(&self) -> &str {
        self.0.value.expose()
    }

    /// Opens the token alone.
    #[must_use]
    pub fn token(&self) -> &str {
        self.0.value.expose().get(self.0.prefix..).unwrap_or_default()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}
