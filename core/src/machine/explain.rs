//! What the machine does and will do next, in numbers and in words; nothing secret.

use core::fmt;

use alloc::{format, string::String};
use serde::Serialize;

use crate::{
    error::Error,
    event::Reason,
    time::{Instant, Now},
};

use super::{
    Machine,
    flight::{Flight, Live, Stage, Why},
};

/// A picture of a machine at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The time of the picture.
    pub now: Instant,
    /// What is held.
    pub token: Option<TokenView>,
    /// What is done about the token endpoint.
    pub flight: FlightView,
    /// How many callers wait.
    pub waiting: usize,
    /// Failures since the last success: refreshes, flights without a token, terminal ones.
    pub failures: [u32; 3],
    /// Tokens so far.
    pub generations: u64,
    /// Token requests so far.
    pub attempts: u64,
    /// What happens next, and when if it is a matter of time.
    pub next: (String, Option<Instant>),
}

/// A held token without the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenView {
    /// Counts the tokens of this machine.
    pub generation: u64,
    /// Its lifetime in milliseconds.
    pub lifetime_ms: u64,
    /// When its request was sent.
    pub issued_at: Instant,
    /// When the refresh begins.
    pub refresh_at: Instant,
    /// From here on callers wait a little for a refresh that runs.
    pub hard_at: Instant,
    /// When it is over.
    pub expires_at: Instant,
    /// Fresh, in the window, in the hard zone, withheld, or rejected.
    pub zone: &'static str,
}

/// What is done about the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FlightView {
    /// Nothing.
    Idle,
    /// A flight runs.
    InFlight {
        /// Why.
        reason: Reason,
        /// Its attempts so far.
        attempts: u32,
        /// When its attempt counts as failed, or the next one is due.
        until: Instant,
        /// An attempt runs, rather than the time between two.
        running: bool,
    },
    /// No request is sent.
    Paused {
        /// Until then.
        until: Instant,
        /// Why, in a word.
        why: &'static str,
        /// The failure behind it.
        error: Option<Error>,
    },
}

impl<T: Clone + Eq> Machine<T> {
    /// Says what the machine does and will do next; changes nothing.
    #[must_use]
    pub fn explain(&self, now: Now) -> Explanation {
        let now = now.instant();
        Explanation {
            now,
            token: self.view_token(now),
            flight: self.view_flight(),
            waiting: self.tickets.count(),
            failures: [self.failures.refreshes, self.failures.fetches, self.failures.terminal],
            generations: self.generations,
            attempts: self.attempts,
            next: self.view_next(now),
        }
    }

    fn view_token(&self, now: Instant) -> Option<TokenView> {
        let held = self.held.as_ref().filter(|held| !held.expires_at.is_over(now))?;
        let zone = if held.withheld_until.is_some_and(|until| !until.is_over(now)) {
            "withheld"
        } else if held.marked {
            "rejected"
        } else if held.hard_at(&self.policy).is_over(now) {
            "hard"
        } else if held.refresh_at(&self.policy).is_over(now) {
            "window"
        } else {
            "fresh"
        };
        Some(TokenView {
            generation: held.generation,
            lifetime_ms: held.lifetime_ms,
            issued_at: held.issued_at,
            refresh_at: held.refresh_at(&self.policy),
            hard_at: held.hard_at(&self.policy),
            expires_at: held.expires_at,
            zone,
        })
    }

    fn view_flight(&self) -> FlightView {
        match &self.flight {
            Flight::Idle => FlightView::Idle,
            Flight::InFlight(Live { reason, used, stage, .. }) => {
                let (until, running) = match stage {
                    Stage::Running(run) => (run.fence_at, true),
                    Stage::Between { next_at, .. } => (*next_at, false),
                };
                FlightView::InFlight { reason: *reason, attempts: *used, until, running }
            }
            Flight::Paused(pause) => {
                let (why, error) = match pause.why {
                    Why::Abandoned => ("abandoned", None),
                    Why::SingleUse => ("single_use", None),
                    Why::SameToken => ("same_token", None),
                    Why::Terminal => ("terminal", Some(pause.error.clone())),
                    Why::Transient => ("transient", Some(pause.error.clone())),
                };
                FlightView::Paused { until: pause.until, why, error }
            }
        }
    }

    fn view_next(&self, now: Instant) -> (String, Option<Instant>) {
        let held = self.held.as_ref().filter(|held| !held.expires_at.is_over(now));
        let text = |text: &str| String::from(text);
        match (&self.flight, held) {
            _ if self.closed => (text("nothing: the source is closed"), None),
            (Flight::InFlight(_), _) => (text("the token endpoint answers, or the attempt counts as failed"), self.flight_until()),
            (Flight::Paused(_), Some(_)) => {
                (text("the first call after the pause starts a refresh; until then the token serves"), self.flight_until())
            }
            (Flight::Paused(_), None) => (text("the first call after the pause asks the token endpoint again"), self.flight_until()),
            (Flight::Idle, Some(held)) => {
                (text("the first call from then on starts a refresh that nobody waits for"), Some(held.due_from(&self.policy)))
            }
            (Flight::Idle, None) => (text("the next call fetches a token"), None),
        }
    }

    fn flight_until(&self) -> Option<Instant> {
        match self.view_flight() {
            FlightView::Idle => None,
            FlightView::InFlight { until, .. } | FlightView::Paused { until, .. } => Some(until),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_time = |at: &Instant| {
            let ms = at.left_ms(self.now);
            if ms == 0 { String::from("now") } else { format!("in {}.{:01} s", ms / 1_000, ms % 1_000 / 100) }
        };
        match &self.token {
            None => writeln!(f, "token: none")?,
            Some(token) => writeln!(
                f,
                "token: number {}, {}, lives {} s; refresh {}, callers wait for one {}, over {}",
                token.generation,
                token.zone,
                token.lifetime_ms / 1_000,
                in_time(&token.refresh_at),
                in_time(&token.hard_at),
                in_time(&token.expires_at),
            )?,
        }
        match &self.flight {
            FlightView::Idle => writeln!(f, "token endpoint: idle")?,
            FlightView::InFlight { reason, attempts, until, running } => writeln!(
                f,
                "token endpoint: attempt {attempts} ({reason:?}) {} {}",
                if *running { "runs; counts as failed" } else { "failed; the next is due" },
                in_time(until)
            )?,
            FlightView::Paused { until, why, error } => {
                write!(f, "token endpoint: paused ({why}), over {}", in_time(until))?;
                match error {
                    Some(error) => writeln!(f, "; {error}")?,
                    None => writeln!(f)?,
                }
            }
        }
        writeln!(f, "so far: {} token requests, {} tokens, {} callers waiting", self.attempts, self.generations, self.waiting)?;
        match &self.next {
            (what, Some(at)) => write!(f, "next: {what} ({})", in_time(at)),
            (what, None) => write!(f, "next: {what}"),
        }
    }
}
