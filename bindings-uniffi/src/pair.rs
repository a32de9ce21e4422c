//! A name and a value: a header, a credential, a variable.

use std::fmt;

use evertoken::Credentials;

/// A name and its value, which may be a secret and is not shown.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: (redacted)", self.name)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

pub(crate) fn pairs(pairs: Vec<Pair>) -> Vec<(String, String)> {
    pairs.into_iter().map(|Pair { name, value }| (name, value)).collect()
}

pub(crate) fn credentials(named: Vec<Pair>) -> Credentials {
    Credentials::new(pairs(named))
}
