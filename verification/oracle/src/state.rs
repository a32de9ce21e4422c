//! What is true at a moment, as somebody outside of the machine knows it.

use evertoken::{Error, Instant, event::Reason};

use crate::{clock, numbers};

/// The token that is held.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Token<T> {
    pub(crate) token: T,
    pub(crate) generation: u64,
    pub(crate) revision: u64,
    pub(crate) issued: Instant,
    pub(crate) received: Instant,
    pub(crate) end: Instant,
    pub(crate) life: u64,
    /// Between these two, counted from the window's start, lies the drawn beginning of the refresh.
    pub(crate) spread: (u64, u64),
    /// Its first rejection.
    pub(crate) rejected: Option<Instant>,
    /// A forced refresh was tried and did not help, or a pause forbade one.
    pub(crate) marked: bool,
    /// It had a forced refresh since the last change of credentials or fork.
    pub(crate) forced: bool,
    /// A refresh is due since then, whatever the window says.
    pub(crate) due: Option<Instant>,
    pub(crate) withheld_until: Option<Instant>,
}

impl<T> Token<T> {
    pub(crate) fn hard(&self) -> Instant {
        clock::before(self.end, numbers::leeway(self.life))
    }

    /// The beginning of the refresh for a drawn spread.
    pub(crate) fn refresh(&self, spread: u64) -> Instant {
        clock::before(self.end, numbers::window(self.life) - spread)
    }

    /// When a refresh is due by the window or by a demand, for a drawn spread.
    pub(crate) fn due_from(&self, spread: u64) -> Instant {
        let refresh = self.refresh(spread);
        self.due.map_or(refresh, |due| clock::first(due, refresh))
    }

    pub(crate) fn is_short(&self, now: Instant, min_valid: u64) -> bool {
        clock::left(self.end, now) < min_valid.min(numbers::most_min_valid(self.life))
    }
}

/// What goes on with the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    Idle,
    Flying(Flight),
    Paused(Pause),
}

/// Up to three attempts for the same callers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) reason: Reason,
    pub(crate) began: Instant,
    pub(crate) attempts: u32,
    /// It replaced an attempt whose time was over by the wall clock alone.
    pub(crate) replacement: bool,
    /// It decides about a rejected token.
    pub(crate) forced: bool,
    /// It is for new credentials.
    pub(crate) renewing: bool,
    /// A token came while it ran.
    pub(crate) overtaken: bool,
    pub(crate) stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Running { attempt: u64, sent: Instant, fence: Instant, waited_until: Option<u64> },
    Between { next: Instant, error: Error },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pause {
    pub(crate) until: Instant,
    pub(crate) not_before: Instant,
    /// The server itself named `not_before`.
    pub(crate) asked: bool,
    pub(crate) kind: Kind,
    pub(crate) error: Error,
}

/// Why the endpoint is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Abandoned,
    SingleUse,
    SameToken,
    Terminal,
    Transient,
}

/// An attempt that was given up and did not report its end yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fenced {
    pub(crate) attempt: u64,
    pub(crate) sent: Instant,
    /// Only its deadline gave it up, so a late success counts.
    pub(crate) counts: bool,
}

/// What failed since the last success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Failures {
    pub(crate) refreshes: u32,
    pub(crate) fetches: u32,
    pub(crate) terminal: u32,
    pub(crate) abandoned: u32,
    pub(crate) one_attempt: bool,
    pub(crate) no_last_try: bool,
}

/// What APIs said, across tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rejections<T> {
    pub(crate) recent: Vec<T>,
    pub(crate) last: Option<Instant>,
    pub(crate) forced_at: Option<Instant>,
    pub(crate) hold: u64,
    pub(crate) shortened_at: Option<Instant>,
}

impl<T> Rejections<T> {
    pub(crate) const fn new() -> Self {
        Self { recent: Vec::new(), last: None, forced_at: None, hold: numbers::HOLD_MS, shortened_at: None }
    }
}

/// A caller that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Waiter {
    pub(crate) ticket: u64,
    pub(crate) until: u64,
}
