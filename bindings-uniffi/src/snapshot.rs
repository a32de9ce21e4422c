//! A token as callers see it.

use std::fmt;

use evertoken::Snapshot as Core;

use crate::time::Instant;

/// A valid token with the header that carries it; `ask_at` and `use_until` bound what a host decides by itself.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct Snapshot {
    /// Counts the tokens of a machine.
    pub generation: u64,
    /// Counts what was published of this token.
    pub revision: u64,
    /// The header's name.
    pub header_name: String,
    /// The header's value.
    pub header_value: String,
    /// The token alone.
    pub token: String,
    /// From here on the machine wants to be asked.
    pub ask_at: Instant,
    /// From here on the machine decides.
    pub use_until: Instant,
    /// When its request was sent.
    pub issued_at: Instant,
    /// Its lifetime in milliseconds.
    pub lifetime_ms: u64,
}

impl From<&Core> for Snapshot {
    fn from(snapshot: &Core) -> Self {
        Self {
            generation: snapshot.generation,
            revision: snapshot.revision,
            header_name: snapshot.token.header_name().into(),
            header_value: snapshot.token.header_value().into(),
            token: snapshot.token.token().into(),
            ask_at: snapshot.ask_at.into(),
            use_until: snapshot.use_until.into(),
            issued_at: snapshot.issued_at.into(),
            lifetime_ms: snapshot.lifetime_ms,
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot(generation {}, redacted)", self.generation)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
