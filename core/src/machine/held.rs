//! The token that the machine holds, and the zones of its life.

use crate::{io::Snapshot, policy::Policy, time::Instant};

use super::flight::Flight;

/// A token with its times and what its API said of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Held<T> {
    pub(super) token: T,
    pub(super) generation: u64,
    pub(super) revision: u64,
    pub(super) issued_at: Instant,
    pub(super) received_at: Instant,
    pub(super) expires_at: Instant,
    pub(super) lifetime_ms: u64,
    /// How far into the window the refresh begins, drawn once.
    spread_ms: u64,
    /// Its first rejection by an API.
    pub(super) rejected_at: Option<Instant>,
    /// A forced refresh did not help, or a pause stood in its way.
    pub(super) marked: bool,
    /// A refresh is due since then, whatever the window says.
    pub(super) due_at: Option<Instant>,
    /// Nobody gets the token before then, while its replacement is fetched.
    pub(super) withheld_until: Option<Instant>,
}

/// The numbers of a snapshot that change while the token stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Times {
    pub(super) ask_at: Instant,
    pub(super) use_until: Instant,
}

impl<T: Clone + Eq> Held<T> {
    pub(super) fn new(token: T, generation: u64, issued_at: Instant, lifetime_ms: u64, spread_ms: u64, now: Instant) -> Self {
        Self {
            token,
            generation,
            revision: 0,
            issued_at,
            received_at: now,
            expires_at: issued_at.plus(lifetime_ms),
            lifetime_ms,
            spread_ms,
            rejected_at: None,
            marked: false,
            due_at: None,
            withheld_until: None,
        }
    }

    /// Marks the token as rejected beyond help: a refresh is due as soon as a pause allows.
    pub(super) fn mark(&mut self, now: Instant) {
        self.marked = true;
        self.due_at.get_or_insert(now);
    }

    /// Where callers begin to wait for a refresh: `exp - H`.
    pub(super) fn hard_at(&self, policy: &Policy) -> Instant {
        self.expires_at.minus(policy.leeway_ms(self.lifetime_ms))
    }

    /// Where the refresh begins: `exp - W` and what was drawn.
    pub(super) fn refresh_at(&self, policy: &Policy) -> Instant {
        let window_ms = policy.window_ms(self.lifetime_ms);
        self.expires_at.minus(window_ms.saturating_sub(self.spread_ms))
    }

    /// The first instant at which a refresh is due.
    pub(super) fn due_from(&self, policy: &Policy) -> Instant {
        let refresh_at = self.refresh_at(policy);
        self.due_at.map_or(refresh_at, |due_at| due_at.earlier(refresh_at))
    }

    /// Says whether the token lives shorter than a caller needs, of which at most a part of the lifetime counts.
    pub(super) fn is_short(&self, policy: &Policy, now: Instant, min_valid_ms: u64) -> bool {
        self.expires_at.left_ms(now) < min_valid_ms.min(self.lifetime_ms / policy.min_valid_divisor)
    }

    /// What a host may decide by itself, given the flight.
    pub(super) fn times(&self, policy: &Policy, flight: &Flight) -> Times {
        let hard_at = self.hard_at(policy);
        match flight {
            Flight::Paused(pause) => Times { ask_at: pause.until.earlier(self.expires_at), use_until: self.expires_at },
            Flight::InFlight(live) if live.running().is_some() => {
                Times { ask_at: live.running().map_or(hard_at, |run| run.fence_at.earlier(hard_at)), use_until: hard_at }
            }
            Flight::Idle | Flight::InFlight(_) => Times { ask_at: self.due_from(policy).earlier(hard_at), use_until: hard_at },
        }
    }

    pub(super) fn snapshot(&self, times: Times) -> Snapshot<T> {
        Snapshot {
            generation: self.generation,
            revision: self.revision,
            token: self.token.clone(),
            ask_at: times.ask_at,
            use_until: times.use_until,
            issued_at: self.issued_at,
            lifetime_ms: self.lifetime_ms,
        }
    }
}
