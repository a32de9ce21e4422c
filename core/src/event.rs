//! What happened, for logs, metrics and `explain`: numbers and codes, nothing secret.

use alloc::string::String;
use serde::{Deserialize, Serialize};

use crate::{error::Error, time::Instant};

/// Why a token request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No token was held.
    Absent,
    /// The credentials have changed.
    CredentialsChanged,
    /// The host keeps the source fresh or a caller needs a longer life than the token has left.
    MinValid,
    /// The API rejected the token.
    Rejected,
    /// The user asked.
    Retry,
    /// The clock was set, or the device slept, while an attempt ran.
    WallStep,
    /// The refresh window began.
    Window,
}

impl Reason {
    /// Returns the stable name, snake_case on every platform.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::CredentialsChanged => "credentials_changed",
            Self::MinValid => "min_valid",
            Self::Rejected => "rejected",
            Self::Retry => "retry",
            Self::WallStep => "wall_step",
            Self::Window => "window",
        }
    }
}

/// Something that happened; names are stable, snake_case on every platform (`events.json`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Another tab's or process's token is used.
    Adopted {
        /// The generation that it got here.
        generation: u64,
    },
    /// An attempt ended without an outcome.
    Abandoned {
        /// The attempt.
        attempt: u64,
    },
    /// A clock did not move as the other: set by hand, a sleep, or (`mono_back_ms`) a broken monotonic clock.
    ClockStepped {
        /// How much further than the monotonic clock the wall clock moved, in milliseconds.
        wall_ms: i64,
        /// How far the monotonic clock ran backwards, in milliseconds.
        mono_back_ms: u64,
    },
    /// The credentials were replaced.
    CredentialsChanged,
    /// The held token's life is over.
    Expired {
        /// Its generation.
        generation: u64,
    },
    /// The token endpoint gave a token.
    Granted {
        /// The generation that it got; 0 for a token that is handed out once.
        generation: u64,
        /// Its lifetime in milliseconds.
        lifetime_ms: u64,
        /// It came from an attempt that was given up before.
        late: bool,
    },
    /// The user dropped a token.
    Invalidated {
        /// Its generation.
        generation: u64,
    },
    /// A token request failed.
    Failed {
        /// The attempt.
        attempt: u64,
        /// Why.
        error: Error,
        /// A valid token is held, so no caller notices.
        served: bool,
    },
    /// No token request is sent until then.
    Paused {
        /// The end of the pause.
        until: Instant,
    },
    /// The API rejected a token.
    Rejected {
        /// Its generation.
        generation: u64,
    },
    /// The source started over.
    Reset {
        /// How.
        reset: crate::io::Reset,
    },
    /// The server gave the held token again.
    SameToken {
        /// Its generation.
        generation: u64,
    },
    /// A token request is sent.
    Started {
        /// The attempt.
        attempt: u64,
        /// Why.
        reason: Reason,
    },
}

impl Event {
    /// The stable names of all events, in alphabetical order.
    pub const NAMES: &'static [&'static str] = &[
        "abandoned",
        "adopted",
        "clock_stepped",
        "credentials_changed",
        "expired",
        "failed",
        "granted",
        "invalidated",
        "paused",
        "rejected",
        "reset",
        "same_token",
        "started",
    ];

    /// Returns the stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Abandoned { .. } => "abandoned",
            Self::Adopted { .. } => "adopted",
            Self::ClockStepped { .. } => "clock_stepped",
            Self::CredentialsChanged => "credentials_changed",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
            Self::Granted { .. } => "granted",
            Self::Invalidated { .. } => "invalidated",
            Self::Paused { .. } => "paused",
            Self::Rejected { .. } => "rejected",
            Self::Reset { .. } => "reset",
            Self::SameToken { .. } => "same_token",
            Self::Started { .. } => "started",
        }
    }
}

/// Returns the catalogue of events as JSON, the content of `events.json`, against which every language's list is checked.
#[must_use]
pub fn catalogue() -> String {
    serde_json::to_string_pretty(Event::NAMES).unwrap_or_default() + "\n"
}
