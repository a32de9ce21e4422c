//! What comes of one input.

use evertoken::{
    Event as CoreEvent, Reset, Snapshot as CoreSnapshot,
    desk::{Errands, Ruling, Start as CoreStart},
};

use crate::{failure::Failure, snapshot::Snapshot, time::Instant};

/// What comes of one input: what is to be carried out, in this order, then the verdict that the caller obeys.
#[derive(Clone, uniffi::Record)]
pub struct Step {
    /// The token that callers may use by themselves from here on.
    pub published: Option<Snapshot>,
    /// Attempts whose I/O is aborted; their end is reported already.
    pub given_up: Vec<u64>,
    /// Attempts to run.
    pub starts: Vec<Start>,
    /// Callers that have their answer.
    pub settled: Vec<Settled>,
    /// The alarm is earlier than before: who waits sets its timer anew.
    pub alarm_is_earlier: bool,
    /// What happened, for listeners.
    pub events: Vec<Event>,
    /// What the caller does that brought the input.
    pub verdict: Verdict,
}

/// An attempt to run: an exchange whose end is reported with `finished`.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Start {
    /// Names it in the report.
    pub attempt: u64,
    /// From here on the token's life counts.
    pub sent_at: Instant,
    /// How long its I/O may take, in milliseconds.
    pub abort_after_ms: u64,
    /// Why it is made, as the event `started` says.
    pub reason: String,
}

/// A caller that waited, and its answer.
#[derive(Clone, uniffi::Record)]
pub struct Settled {
    /// The ticket.
    pub ticket: u64,
    /// The answer.
    pub answer: Answer,
}

/// What a ticket is answered with.
#[derive(Clone, uniffi::Enum)]
pub enum Answer {
    /// A token.
    Token {
        /// The token.
        snapshot: Snapshot,
    },
    /// None.
    Failed {
        /// Why.
        failure: Failure,
    },
}

/// What a caller does.
#[derive(Clone, uniffi::Enum)]
pub enum Verdict {
    /// It uses this token.
    Use {
        /// The token.
        snapshot: Snapshot,
    },
    /// It waits for the answer of a ticket; at `until_mono` it wants again, as one who has waited.
    Wait {
        /// The ticket.
        ticket: u64,
        /// Monotonic milliseconds.
        until_mono: u64,
    },
    /// It sends the rejected request again, with this token.
    RetryWith {
        /// The token.
        snapshot: Snapshot,
    },
    /// It rests so many milliseconds, then wants; the call counts as retried.
    RetryAfter {
        /// Milliseconds.
        ms: u64,
    },
    /// It gets the API's own answer.
    Surface,
    /// It fails.
    Fail {
        /// Why.
        failure: Failure,
    },
    /// Nothing.
    Done,
}

/// Something that happened, by a name of `events.json`, with the facts that belong to it.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Event {
    /// The name.
    pub name: String,
    /// Which token.
    pub generation: Option<u64>,
    /// Which attempt.
    pub attempt: Option<u64>,
    /// The token's lifetime.
    pub lifetime_ms: Option<u64>,
    /// It came after its deadline.
    pub late: Option<bool>,
    /// Why an attempt is made.
    pub reason: Option<String>,
    /// What failed.
    pub failure: Option<Failure>,
    /// A valid token is held all the same.
    pub served: Option<bool>,
    /// The end of a pause, in Unix milliseconds.
    pub until_ms: Option<u64>,
    /// How far the wall clock was set.
    pub wall_ms: Option<i64>,
    /// How far the monotonic clock went back.
    pub mono_back_ms: Option<u64>,
    /// `logout`, `close` or `fork`.
    pub reset: Option<String>,
}

impl Step {
    pub(crate) fn new(ruling: &Ruling, errands: Errands<u64>, published: Option<&CoreSnapshot>) -> Self {
        let Errands { given_up, starts, settled, alarm_is_earlier, events } = errands;
        let starts = starts.into_iter().map(|start| started(start, &events)).collect();
        let settled = settled.into_iter().map(|(ticket, answer)| {
            let answer = match answer {
                Ok(snapshot) => Answer::Token { snapshot: snapshot.as_ref().into() },
                Err(error) => Answer::Failed { failure: (&error).into() },
            };
            Settled { ticket, answer }
        });
        Self {
            published: published.map(Into::into),
            given_up,
            starts,
            settled: settled.collect(),
            alarm_is_earlier,
            events: events.iter().map(Into::into).collect(),
            verdict: ruling.into(),
        }
    }
}

fn started(start: CoreStart, events: &[CoreEvent]) -> Start {
    let reason = events.iter().find_map(|event| match event {
        CoreEvent::Started { attempt, reason } if *attempt == start.attempt => Some(reason.as_str()),
        _ => None,
    });
    Start {
        attempt: start.attempt,
        sent_at: start.sent_at.into(),
        abort_after_ms: start.abort_at.left_ms(start.sent_at),
        reason: reason.unwrap_or_default().into(),
    }
}

impl From<&Ruling> for Verdict {
    fn from(ruling: &Ruling) -> Self {
        match ruling {
            Ruling::Use(snapshot) => Self::Use { snapshot: snapshot.as_ref().into() },
            Ruling::RetryWith(snapshot) => Self::RetryWith { snapshot: snapshot.as_ref().into() },
            Ruling::Wait { ticket, until_mono } => Self::Wait { ticket: *ticket, until_mono: *until_mono },
            Ruling::RetryAfter { ms } => Self::RetryAfter { ms: *ms },
            Ruling::Surface(_) => Self::Surface,
            Ruling::Fail(error) => Self::Fail { failure: error.into() },
            Ruling::Done => Self::Done,
        }
    }
}

impl From<&CoreEvent> for Event {
    fn from(event: &CoreEvent) -> Self {
        let mut told = Self {
            name: event.name().into(),
            generation: None,
            attempt: None,
            lifetime_ms: None,
            late: None,
            reason: None,
            failure: None,
            served: None,
            until_ms: None,
            wall_ms: None,
            mono_back_ms: None,
            reset: None,
        };
        match event {
            CoreEvent::Adopted { generation }
            | CoreEvent::Expired { generation }
            | CoreEvent::Invalidated { generation }
            | CoreEvent::Rejected { generation }
            | CoreEvent::SameToken { generation } => told.generation = Some(*generation),
            CoreEvent::Abandoned { attempt } => told.attempt = Some(*attempt),
            CoreEvent::ClockStepped { wall_ms, mono_back_ms } => {
                told.wall_ms = Some(*wall_ms);
                told.mono_back_ms = Some(*mono_back_ms);
            }
            CoreEvent::Granted { generation, lifetime_ms, late } => {
                told.generation = Some(*generation);
                told.lifetime_ms = Some(*lifetime_ms);
                told.late = Some(*late);
            }
            CoreEvent::Failed { attempt, error, served } => {
                told.attempt = Some(*attempt);
                told.served = Some(*served);
                told.failure = Some(error.into());
            }
            CoreEvent::Paused { until } => told.until_ms = Some(until.wall),
            CoreEvent::Reset { reset } => {
                let name = match reset {
                    Reset::Close => "close",
                    Reset::Fork => "fork",
                    Reset::Logout => "logout",
                };
                told.reset = Some(name.into());
            }
            CoreEvent::Started { attempt, reason } => {
                told.attempt = Some(*attempt);
                told.reason = Some(reason.as_str().into());
            }
            _ => {}
        }
        told
    }
}
