//! What the machine does about the token endpoint: nothing, a flight of attempts, or a pause.

use crate::{error::Error, event::Reason, time::Instant};

/// The second half of the machine's state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::enum_variant_names, reason = "a state is named as people say it: in flight")]
pub(super) enum Flight {
    Idle,
    InFlight(Live),
    Paused(Pause),
}

/// A flight: up to a few attempts for the same tickets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Live {
    pub(super) reason: Reason,
    /// When its first attempt was sent.
    pub(super) began: Instant,
    /// Attempts so far.
    pub(super) used: u32,
    /// It was begun because of a wall step, and is not replaced for another one.
    pub(super) wall_replaced: bool,
    /// Its outcome decides about a rejected token.
    pub(super) forced: bool,
    /// It is for new credentials: if it fails, the held token is due for a refresh whatever its window says.
    pub(super) renewing: bool,
    /// A token came from elsewhere while its attempt ran: nothing is lost if that is given up.
    pub(super) superseded: bool,
    pub(super) stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    Running(Run),
    /// The next attempt is due then; the error is what the flight ends with if nobody waits any more.
    Between {
        next_at: Instant,
        error: Error,
    },
}

/// The one attempt that may still count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) attempt: u64,
    pub(super) sent_at: Instant,
    pub(super) fence_at: Instant,
    /// Monotonic: until here callers with a valid token wait behind this attempt, once for all of them.
    pub(super) waited_for_until: Option<u64>,
}

/// No token request is sent until a pause is over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pause {
    pub(super) until: Instant,
    /// Nothing that a user or a rejection does ends the pause before.
    pub(super) not_before: Instant,
    /// `not_before` is the server's own word.
    pub(super) retry_after: bool,
    pub(super) why: Why,
    /// What callers without a token are told.
    pub(super) error: Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Why {
    /// Attempts were abandoned.
    Abandoned,
    /// The last token had no life of its own.
    SingleUse,
    /// The server gave the held token again.
    SameToken,
    /// Only a change of configuration, credentials or account mends it.
    Terminal,
    /// It passes.
    Transient,
}

/// A fenced attempt whose end is still to be reported.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fenced {
    pub(super) attempt: u64,
    pub(super) sent_at: Instant,
    /// Its late success counts: fenced by its deadline, not by new credentials or a reset.
    pub(super) may_count: bool,
}

impl Live {
    pub(super) fn running(&self) -> Option<&Run> {
        match &self.stage {
            Stage::Running(run) => Some(run),
            Stage::Between { .. } => None,
        }
    }
}

impl Flight {
    pub(super) fn running(&self) -> Option<&Run> {
        match self {
            Self::InFlight(live) => live.running(),
            Self::Idle | Self::Paused(_) => None,
        }
    }
}
