//! The tokens a vendor has handed out, and which of them its API still accepts.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::keys::Surface;

/// Expired tokens are forgotten when there are more than this many.
const REMEMBERED: usize = 50_000;

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) serial: u64,
    pub(crate) key_id: String,
    pub(crate) surface: Option<Surface>,
    pub(crate) issued_us: u64,
    pub(crate) expires_us: u64,
    pub(crate) revoked: bool,
}

/// A token that a vendor has issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenView {
    /// The first token of a vendor is 1.
    pub serial: u64,
    /// The key it was issued for.
    pub key_id: String,
    /// The surface it is for (Oro).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
    /// The token itself.
    pub token: String,
    /// When it was issued, in milliseconds since 1970 by the sandbox's clock.
    pub issued_ms: u64,
    /// When it expires, in milliseconds since 1970 by the sandbox's clock.
    pub expires_ms: u64,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// What the API thinks of a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Valid(Option<Surface>),
    Unknown,
    Expired,
    Revoked,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    issued: BTreeMap<String, Token>,
    last_of_key: BTreeMap<String, String>,
    serial: u64,
}

impl Tokens {
    /// The number that the next token gets.
    pub(crate) fn next_serial(&self) -> u64 {
        self.serial + 1
    }

    pub(crate) fn record(&mut self, token: &str, key_id: &str, surface: Option<Surface>, issued_us: u64, expires_us: u64) {
        if self.issued.len() >= REMEMBERED {
            self.issued.retain(|_, token| token.expires_us > issued_us);
        }
        self.serial += 1;
        let entry = Token { serial: self.serial, key_id: key_id.to_owned(), surface, issued_us, expires_us, revoked: false };
        self.issued.insert(token.to_owned(), entry);
        self.last_of_key.insert(key_id.to_owned(), token.to_owned());
    }

    pub(crate) fn last_of(&self, key_id: &str) -> Option<&str> {
        self.last_of_key.get(key_id).map(String::as_str)
    }

    pub(crate) fn get(&self, token: &str) -> Option<&Token> {
        self.issued.get(token)
    }

    pub(crate) fn standing(&self, token: &str, now_us: u64) -> Standing {
        match self.issued.get(token) {
            None => Standing::Unknown,
            Some(token) if token.revoked => Standing::Revoked,
            Some(token) if token.expires_us <= now_us => Standing::Expired,
            Some(token) => Standing::Valid(token.surface),
        }
    }

    /// Revokes the tokens that `which` picks and says how many were not revoked before.
    pub(crate) fn revoke(&mut self, mut which: impl FnMut(&str, &Token) -> bool) -> usize {
        let mut revoked = 0;
        for (text, token) in &mut self.issued {
            if !token.revoked && which(text, token) {
                token.revoked = true;
                revoked += 1;
            }
        }
        revoked
    }

    pub(crate) fn list(&self) -> Vec<TokenView> {
        let view = |(text, token): (&String, &Token)| TokenView {
            serial: token.serial,
            key_id: token.key_id.clone(),
            surface: token.surface,
            token: text.clone(),
            issued_ms: token.issued_us / 1000,
            expires_ms: token.expires_us / 1000,
            revoked: token.revoked,
        };
        let mut list: Vec<_> = self.issued.iter().map(view).collect();
        list.sort_by_key(|token| token.serial);
        list
    }
}
