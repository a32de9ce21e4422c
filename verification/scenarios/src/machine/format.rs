//! The fields of a machine scenario: what a step does, and what is expected of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::envelope::{Failure, Kind};

/// A machine scenario without its envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    /// The numbers that differ from the default policy.
    #[serde(default)]
    pub(super) policy: Map<String, Value>,
    /// How many attempts are started in all; compared where it is named.
    #[serde(default)]
    pub(super) token_requests: Option<usize>,
    pub(super) steps: Vec<Value>,
}

/// One step: a time, an input, and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) around: Around,
    pub(super) input: Input,
}

/// The fields of a step beside its input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Around {
    /// For the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) says: Option<String>,
    /// Both clocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mono_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wall_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) draw_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) verdict: Option<Verdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outputs: Option<Vec<Output>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) events: Option<Vec<Value>>,
    /// `null` expects that no wake-up is asked for.
    #[serde(default, deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    pub(super) wake_at_ms: Option<Option<At>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sees: Option<Map<String, Value>>,
}

/// An instant from the start: one number where both clocks show the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum At {
    Both(i64),
    Each { mono_ms: i64, wall_ms: i64 },
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Input {
    Want(Want),
    Rejected(Rejected),
    Finished(Finished),
    Abandoned(Abandoned),
    Invalidate(Invalidate),
    Adopt(Adopt),
    CredentialsChanged(CredentialsChanged),
    Retry(Nothing),
    Reset(evertoken::Reset),
    Tick(Tick),
    Explain(Nothing),
    Validate(Map<String, Value>),
}

/// The names of the inputs.
const INPUTS: [&str; 12] = [
    "want",
    "rejected",
    "finished",
    "abandoned",
    "invalidate",
    "adopt",
    "credentials_changed",
    "retry",
    "reset",
    "tick",
    "explain",
    "validate",
];

/// The names of the other fields.
const AROUND: [&str; 10] = ["says", "at_ms", "mono_ms", "wall_ms", "draw_ms", "verdict", "outputs", "events", "wake_at_ms", "sees"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Want {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) min_valid_ms: u64,
    #[serde(default = "patience", skip_serializing_if = "is_patience")]
    pub(super) patience_ms: u64,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) waited: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejected {
    pub(super) generation: u64,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(super) replayable: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) retried: bool,
    #[serde(default = "patience", skip_serializing_if = "is_patience")]
    pub(super) patience_ms: u64,
}

/// Either a token with its lifetime, or the code of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finished {
    pub(super) attempt: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lifetime_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fails: Option<evertoken::Code>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_ms: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Abandoned {
    pub(super) attempt: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invalidate {
    pub(super) generation: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Adopt {
    pub(super) token: u32,
    /// On the wall clock, from the start.
    pub(super) issued_at_ms: i64,
    pub(super) lifetime_ms: u64,
    pub(super) remaining_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CredentialsChanged {
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) drop_token: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tick {
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) keep_fresh: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Use(Snapshot),
    Wait(Wait),
    RetryWith(Snapshot),
    RetryAfterMs(u64),
    Surface(evertoken::io::SurfaceReason),
    Fail(Failed),
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    pub(super) ticket: u64,
    /// On the monotonic clock.
    pub(super) until_ms: i64,
}

/// An error as a caller gets it: without `retry_at_ms` it must have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failed {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) settles: u64,
    pub(super) code: evertoken::Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retry_at_ms: Option<At>,
    /// What its description begins with; compared where it is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) about: Option<String>,
}

/// Compared field by field where it is named; a `publish` or `hand` compares `settles` always, 0 where it is not named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    pub(super) token: u32,
    pub(super) generation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<u64>,
    pub(super) ask_at_ms: At,
    pub(super) use_until_ms: At,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) issued_at_ms: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lifetime_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) settles: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Output {
    Start(Start),
    Publish(Snapshot),
    Hand(Snapshot),
    Retract(Invalidate),
    Fail(Failed),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    pub(super) attempt: u64,
    pub(super) fence_at_ms: At,
    pub(super) abort_at_ms: At,
}

impl Step {
    /// Reads a step: one input, and fields that are known.
    pub(super) fn parse(index: usize, value: Value) -> Result<Self, Failure> {
        let Value::Object(mut around) = value else { return Err(Failure::at(index, Kind::Malformed, "a step is an object")) };
        let named: Vec<_> = INPUTS.iter().filter(|name| around.contains_key(**name)).collect();
        let input = match named[..] {
            [name] => *name,
            [] => {
                let unknown: Vec<_> = around.keys().filter(|key| !AROUND.contains(&key.as_str())).cloned().collect();
                return Err(Failure::at(index, Kind::UnknownStep, format!("no input that is known, but {unknown:?}")));
            }
            _ => return Err(Failure::at(index, Kind::Malformed, format!("more than one input: {named:?}"))),
        };
        let value = around.remove(input).unwrap_or_default();
        let of_json = |error: serde_json::Error| Failure::of_json(Some(index), &error);
        let input = serde_json::from_value(Value::Object([(input.to_owned(), value)].into_iter().collect())).map_err(of_json)?;
        let around = serde_json::from_value(Value::Object(around)).map_err(of_json)?;
        Ok(Self { around, input })
    }
}

impl Around {
    /// Says whether the step names anything that it expects.
    pub(super) const fn expects(&self) -> bool {
        self.verdict.is_some() || self.outputs.is_some() || self.events.is_some() || self.wake_at_ms.is_some() || self.sees.is_some()
    }
}

fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<At>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The patience of a step that does not say otherwise.
const PATIENCE_MS: u64 = 15_000;

const fn patience() -> u64 {
    PATIENCE_MS
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_patience(ms: &u64) -> bool {
    *ms == PATIENCE_MS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(is: &bool) -> bool {
    !*is
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_true(is: &bool) -> bool {
    *is
}
