//! What an onlooker can tell of the moment: for a search that looks for what may come next.

use std::fmt;

use evertoken::Instant;

use crate::{
    Oracle, clock,
    numbers::{self, FLIGHT_MS},
    state::{Endpoint, Flight, Stage},
};

/// What is done about the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointState {
    /// Nothing.
    Idle,
    /// An attempt runs, or the next one of its flight is about to.
    InFlight,
    /// No request is sent.
    Paused,
}

/// A picture of the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View<T> {
    /// The held token and its generation.
    pub token: Option<(T, u64)>,
    /// What is done about the token endpoint.
    pub endpoint: EndpointState,
    /// The attempt that runs.
    pub running: Option<u64>,
    /// Attempts that were given up and have not reported their end.
    pub fenced: Vec<u64>,
    /// Open tickets, and until when their callers wait.
    pub waiting: Vec<(u64, u64)>,
    /// Tokens so far.
    pub generations: u64,
    /// Token requests so far.
    pub attempts: u64,
    /// The source is closed.
    pub closed: bool,
}

impl<T: Clone + Eq + fmt::Debug> Oracle<T> {
    /// Says what is true now.
    #[must_use]
    pub fn view(&self) -> View<T> {
        let running = match &self.endpoint {
            Endpoint::Flying(Flight { stage: Stage::Running { attempt, .. }, .. }) => Some(*attempt),
            _ => None,
        };
        View {
            token: self.token.as_ref().map(|token| (token.token.clone(), token.generation)),
            endpoint: self.endpoint_state(),
            running,
            fenced: self.fenced.iter().map(|fenced| fenced.attempt).collect(),
            waiting: self.waiting.iter().map(|waiter| (waiter.ticket, waiter.until)).collect(),
            generations: self.generations,
            attempts: self.attempts,
            closed: self.closed,
        }
    }

    /// Says what is done about the token endpoint.
    #[must_use]
    pub const fn endpoint_state(&self) -> EndpointState {
        match &self.endpoint {
            Endpoint::Idle => EndpointState::Idle,
            Endpoint::Flying(_) => EndpointState::InFlight,
            Endpoint::Paused(_) => EndpointState::Paused,
        }
    }

    /// Says when a pause ends, if one is on.
    #[must_use]
    pub const fn pause_until(&self) -> Option<Instant> {
        match &self.endpoint {
            Endpoint::Paused(pause) => Some(pause.until),
            Endpoint::Idle | Endpoint::Flying(_) => None,
        }
    }

    /// Says when something happens to the endpoint by itself.
    #[must_use]
    pub const fn next_at(&self) -> Option<Instant> {
        match &self.endpoint {
            Endpoint::Idle => None,
            Endpoint::Flying(Flight { stage: Stage::Running { fence: at, .. } | Stage::Between { next: at, .. }, .. }) => Some(*at),
            Endpoint::Paused(pause) => Some(pause.until),
        }
    }

    /// Says when an attempt was sent that has not reported its end.
    #[must_use]
    pub fn sent_at(&self, attempt: u64) -> Option<Instant> {
        if let Endpoint::Flying(Flight { stage: Stage::Running { attempt: running, sent, .. }, .. }) = &self.endpoint
            && *running == attempt
        {
            return Some(*sent);
        }
        self.fenced.iter().find(|fenced| fenced.attempt == attempt).map(|fenced| fenced.sent)
    }

    /// Returns the remembered token that was rejected last and is not held.
    #[must_use]
    pub fn rejected_token(&self) -> Option<T> {
        let held = self.token.as_ref().map(|token| &token.token);
        self.rejections.recent.iter().rev().find(|token| Some(*token) != held).cloned()
    }

    /// Says whether a token is held whose end has not come.
    #[must_use]
    pub fn holds_token(&self, now: Instant) -> bool {
        self.token.as_ref().is_some_and(|token| !clock::over(token.end, now))
    }

    /// Every instant at which something may change by itself; also those that have passed.
    #[must_use]
    pub fn boundaries(&self) -> Vec<Instant> {
        let mut times = Vec::new();
        if let Some(token) = &self.token {
            times.extend([token.due_from(token.spread.1), token.hard(), token.end]);
            times.push(clock::after(token.received, numbers::grace(token.life)));
            times.extend(token.withheld_until);
        }
        match &self.endpoint {
            Endpoint::Idle => {}
            Endpoint::Flying(flight) => {
                match &flight.stage {
                    Stage::Running { fence, .. } => times.push(*fence),
                    Stage::Between { next, .. } => times.push(*next),
                }
                if self.token.is_none() {
                    times.push(clock::after(flight.began, FLIGHT_MS));
                }
            }
            Endpoint::Paused(pause) => times.extend([pause.until, pause.not_before]),
        }
        if let Some(at) = self.rejections.forced_at {
            times.push(clock::after(at, self.rejections.hold));
        }
        if let Some(at) = self.invalidated_at {
            times.push(clock::after(at, numbers::INVALIDATE_MS));
        }
        if let Some(at) = self.rejections.shortened_at {
            times.push(clock::after(at, self.rejections.hold));
        }
        times
    }

    /// Every moment of the monotonic clock at which a caller stops waiting.
    #[must_use]
    pub fn patience_ends(&self) -> Vec<u64> {
        let mut ends: Vec<u64> = self.waiting.iter().map(|waiter| waiter.until).collect();
        if let Endpoint::Flying(Flight { stage: Stage::Running { waited_until: Some(until), .. }, .. }) = &self.endpoint {
            ends.push(*until);
        }
        ends
    }
}
