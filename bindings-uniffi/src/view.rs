//! What the machine does and will do next, in numbers and in words; nothing secret.

use evertoken::machine::{Explanation as Core, FlightView, TokenView};

/// A picture of a machine at one time; times are milliseconds from then on.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Explanation {
    /// What is held.
    pub token: Option<HeldToken>,
    /// `idle`, `in_flight` or `paused`.
    pub flight: String,
    /// Why an attempt is made.
    pub reason: Option<String>,
    /// Why no request is sent.
    pub why: Option<String>,
    /// When the attempt or the pause ends.
    pub ends_in_ms: Option<u64>,
    /// The code of the failure behind a pause.
    pub error: Option<String>,
    /// How many callers wait.
    pub waiting: u64,
    /// Token requests so far.
    pub requests: u64,
    /// Tokens so far.
    pub tokens: u64,
    /// All of it in words.
    pub text: String,
}

/// A held token without the token.
#[derive(Clone, Debug, uniffi::Record)]
pub struct HeldToken {
    /// Counts the tokens of a machine.
    pub generation: u64,
    /// `fresh`, `window`, `hard`, `withheld` or `rejected`.
    pub zone: String,
    /// Its lifetime.
    pub lifetime_ms: u64,
    /// When the refresh begins.
    pub refresh_in_ms: u64,
    /// When callers begin to wait a little for a refresh that runs.
    pub hard_in_ms: u64,
    /// When it is over.
    pub expires_in_ms: u64,
}

impl From<&Core> for Explanation {
    fn from(explanation: &Core) -> Self {
        let now = explanation.now;
        let held = |token: &TokenView| HeldToken {
            generation: token.generation,
            zone: token.zone.into(),
            lifetime_ms: token.lifetime_ms,
            refresh_in_ms: token.refresh_at.left_ms(now),
            hard_in_ms: token.hard_at.left_ms(now),
            expires_in_ms: token.expires_at.left_ms(now),
        };
        let (flight, reason, why, until, error) = match &explanation.flight {
            FlightView::InFlight { reason, until, .. } => ("in_flight", Some(reason.as_str()), None, Some(until), None),
            FlightView::Paused { until, why, error } => ("paused", None, Some(*why), Some(until), error.as_ref()),
            _ => ("idle", None, None, None, None),
        };
        Self {
            token: explanation.token.as_ref().map(held),
            flight: flight.into(),
            reason: reason.map(Into::into),
            why: why.map(Into::into),
            ends_in_ms: until.map(|until| until.left_ms(now)),
            error: error.map(|error| error.code.as_str().into()),
            waiting: u64::try_from(explanation.waiting).unwrap_or(u64::MAX),
            requests: explanation.attempts,
            tokens: explanation.generations,
            text: explanation.to_string(),
        }
    }
}
