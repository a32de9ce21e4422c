//! What went into a machine and what came out, written down without secrets, to be replayed to the same outputs.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    io::{Adopted, Input, Outcome, Output, Snapshot, Step, Verdict},
    machine::Machine,
    policy::Policy,
    secret::AccessToken,
    time::Now,
};

/// A token's name in a trace: equal tokens have equal aliases, and nothing else is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Alias(pub u32);

/// One call of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The time of the call.
    pub now: Now,
    /// What went in.
    pub input: Input<Alias>,
    /// What came out.
    pub step: Step<Alias>,
}

/// A machine's life from its start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The numbers that the machine followed.
    pub policy: Policy,
    /// Its calls, in order.
    pub entries: Vec<Entry>,
}

impl Trace {
    /// Reads a trace from JSON.
    ///
    /// # Errors
    /// A text that is no trace: [`crate::Code::InvalidOption`], with the place.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| {
            Error::new(crate::Code::InvalidOption).with_description(alloc::format!(
                "trace: line {} column {}: not a trace",
                error.line(),
                error.column()
            ))
        })
    }

    /// Writes the trace as JSON.
    #[must_use]
    pub fn to_json(&self) -> alloc::string::String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Runs the inputs through a new machine.
    ///
    /// # Errors
    /// A policy that is refused.
    ///
    /// # Returns
    /// The first entry whose step differs and what came out instead, or nothing where all are the same.
    pub fn replay(&self) -> Result<Option<(usize, Step<Alias>)>, Error> {
        let mut machine = Machine::new(self.policy.clone())?;
        for (index, entry) in self.entries.iter().enumerate() {
            let step = machine.handle(entry.now, entry.input.clone());
            if step != entry.step {
                return Ok(Some((index, step)));
            }
        }
        Ok(None)
    }
}

/// Writes a machine's calls down while it runs; memory grows with each call.
#[derive(Debug)]
pub struct Recorder {
    tokens: Vec<AccessToken>,
    trace: Trace,
}

impl Recorder {
    /// Starts a trace for a machine that has just been made.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { tokens: Vec::new(), trace: Trace { policy, entries: Vec::new() } }
    }

    /// Writes down one call.
    pub fn record(&mut self, now: Now, input: &Input, step: &Step) {
        let entry = Entry { now, input: self.input(input), step: self.step(step) };
        self.trace.entries.push(entry);
    }

    /// Returns what was written down.
    #[must_use]
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    fn alias(&mut self, token: &AccessToken) -> Alias {
        let at = self.tokens.iter().position(|known| known == token).unwrap_or_else(|| {
            self.tokens.push(token.clone());
            self.tokens.len() - 1
        });
        Alias(u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1))
    }

    fn input(&mut self, input: &Input) -> Input<Alias> {
        input.map_token(|token| self.alias(token))
    }

    fn step(&mut self, step: &Step) -> Step<Alias> {
        step.map_token(|token| self.alias(token))
    }
}

impl<T> Input<T> {
    /// Replaces the tokens of an input.
    pub fn map_token<U>(&self, mut map: impl FnMut(&T) -> U) -> Input<U> {
        match self {
            Self::Want { min_valid_ms, patience_ms, waited } => {
                Input::Want { min_valid_ms: *min_valid_ms, patience_ms: *patience_ms, waited: *waited }
            }
            Self::Rejected { generation, replayable, retried, patience_ms } => {
                Input::Rejected { generation: *generation, replayable: *replayable, retried: *retried, patience_ms: *patience_ms }
            }
            Self::Finished { attempt, outcome: Outcome::Granted { token, lifetime_ms } } => {
                Input::Finished { attempt: *attempt, outcome: Outcome::Granted { token: map(token), lifetime_ms: *lifetime_ms } }
            }
            Self::Finished { attempt, outcome: Outcome::Failed { error, retry_after_ms } } => {
                Input::Finished { attempt: *attempt, outcome: Outcome::Failed { error: error.clone(), retry_after_ms: *retry_after_ms } }
            }
            Self::Abandoned { attempt } => Input::Abandoned { attempt: *attempt },
            Self::Invalidate { generation } => Input::Invalidate { generation: *generation },
            Self::Adopt { token } => Input::Adopt {
                token: Adopted {
                    token: map(&token.token),
                    issued_at_wall: token.issued_at_wall,
                    lifetime_ms: token.lifetime_ms,
                    remaining_ms: token.remaining_ms,
                },
            },
            Self::CredentialsChanged { drop_token } => Input::CredentialsChanged { drop_token: *drop_token },
            Self::Retry => Input::Retry,
            Self::Reset(reset) => Input::Reset(*reset),
            Self::Tick { keep_fresh } => Input::Tick { keep_fresh: *keep_fresh },
        }
    }
}

impl<T> Snapshot<T> {
    /// Replaces the token of a snapshot.
    pub fn map_token<U>(&self, map: impl FnOnce(&T) -> U) -> Snapshot<U> {
        Snapshot {
            generation: self.generation,
            revision: self.revision,
            token: map(&self.token),
            ask_at: self.ask_at,
            use_until: self.use_until,
            issued_at: self.issued_at,
            lifetime_ms: self.lifetime_ms,
        }
    }
}

impl<T> Step<T> {
    /// Replaces the tokens of a step.
    pub fn map_token<U>(&self, mut map: impl FnMut(&T) -> U) -> Step<U> {
        let outputs = self.outputs.iter().map(|output| output.map_token(&mut map)).collect();
        let verdict = match &self.verdict {
            Verdict::Use(snapshot) => Verdict::Use(snapshot.map_token(&mut map)),
            Verdict::RetryWith(snapshot) => Verdict::RetryWith(snapshot.map_token(&mut map)),
            Verdict::Wait { ticket, until_mono } => Verdict::Wait { ticket: *ticket, until_mono: *until_mono },
            Verdict::RetryAfter { ms } => Verdict::RetryAfter { ms: *ms },
            Verdict::Surface(reason) => Verdict::Surface(*reason),
            Verdict::Fail(error) => Verdict::Fail(error.clone()),
            Verdict::Done => Verdict::Done,
        };
        Step { verdict, outputs }
    }
}

impl<T> Output<T> {
    fn map_token<U>(&self, map: impl FnOnce(&T) -> U) -> Output<U> {
        match self {
            Self::Start { attempt, fence_at, abort_at } => Output::Start { attempt: *attempt, fence_at: *fence_at, abort_at: *abort_at },
            Self::Publish { snapshot, settles } => Output::Publish { snapshot: snapshot.map_token(map), settles: *settles },
            Self::Hand { snapshot, settles } => Output::Hand { snapshot: snapshot.map_token(map), settles: *settles },
            Self::Retract { generation } => Output::Retract { generation: *generation },
            Self::Fail { settles, error } => Output::Fail { settles: *settles, error: error.clone() },
            Self::WakeAt { until } => Output::WakeAt { until: *until },
            Self::Event(event) => Output::Event(event.clone()),
        }
    }
}
