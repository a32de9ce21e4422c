//! What a call can fail with.

use std::fmt;

/// Why an authenticated call has no answer; an answer of whatever status is none of these.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no token, or the URL is not the API's: the error says what to fix.
    Token(evertoken::Error),
    /// The call itself failed, and reqwest says why.
    Http(reqwest::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Http(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(_) => None,
            Self::Http(error) => error.source(),
        }
    }
}

impl From<evertoken::Error> for Error {
    fn from(error: evertoken::Error) -> Self {
        Self::Token(error)
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}
