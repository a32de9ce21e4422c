//! What a machine told, in the words of the format: tokens as numbers, times from the start.

use evertoken::{Event, Instant, io, trace::Alias};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    format::{At, Failed, Invalidate, Output, Snapshot, Start, Verdict, Wait},
    start::{mono_ms, wall_ms},
};

/// A step's outputs by what is compared with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) outputs: Vec<Output>,
    pub(super) events: Vec<Value>,
    pub(super) wake_at_ms: Option<At>,
}

impl From<Instant> for At {
    fn from(at: Instant) -> Self {
        let (mono_ms, wall_ms) = (mono_ms(at.mono), wall_ms(at.wall));
        if mono_ms == wall_ms { Self::Both(mono_ms) } else { Self::Each { mono_ms, wall_ms } }
    }
}

impl From<&io::Snapshot<Alias>> for Snapshot {
    fn from(snapshot: &io::Snapshot<Alias>) -> Self {
        Self {
            token: snapshot.token.0,
            generation: snapshot.generation,
            revision: Some(snapshot.revision),
            ask_at_ms: snapshot.ask_at.into(),
            use_until_ms: snapshot.use_until.into(),
            issued_at_ms: Some(snapshot.issued_at.into()),
            lifetime_ms: Some(snapshot.lifetime_ms),
            settles: 0,
        }
    }
}

impl From<&evertoken::Error> for Failed {
    fn from(error: &evertoken::Error) -> Self {
        let about = error.description().map(ToOwned::to_owned);
        Self { settles: 0, code: error.code, retry_at_ms: error.retry_at.map(At::from), about }
    }
}

impl From<&io::Verdict<Alias>> for Verdict {
    fn from(verdict: &io::Verdict<Alias>) -> Self {
        match verdict {
            io::Verdict::Use(snapshot) => Self::Use(snapshot.into()),
            io::Verdict::Wait { ticket, until_mono } => Self::Wait(Wait { ticket: *ticket, until_ms: mono_ms(*until_mono) }),
            io::Verdict::RetryWith(snapshot) => Self::RetryWith(snapshot.into()),
            io::Verdict::RetryAfter { ms } => Self::RetryAfterMs(*ms),
            io::Verdict::Surface(reason) => Self::Surface(*reason),
            io::Verdict::Fail(error) => Self::Fail(error.into()),
            io::Verdict::Done => Self::Done,
        }
    }
}

impl From<&[io::Output<Alias>]> for Told {
    fn from(outputs: &[io::Output<Alias>]) -> Self {
        let mut told = Self::default();
        for output in outputs {
            match output {
                io::Output::Start { attempt, fence_at, abort_at } => told.outputs.push(Output::Start(Start {
                    attempt: *attempt,
                    fence_at_ms: (*fence_at).into(),
                    abort_at_ms: (*abort_at).into(),
                })),
                io::Output::Publish { snapshot, settles } => {
                    told.outputs.push(Output::Publish(Snapshot { settles: *settles, ..snapshot.into() }));
                }
                io::Output::Hand { snapshot, settles } => {
                    told.outputs.push(Output::Hand(Snapshot { settles: *settles, ..snapshot.into() }));
                }
                io::Output::Retract { generation } => told.outputs.push(Output::Retract(Invalidate { generation: *generation })),
                io::Output::Fail { settles, error } => told.outputs.push(Output::Fail(Failed { settles: *settles, ..error.into() })),
                io::Output::WakeAt { until } => told.wake_at_ms = Some((*until).into()),
                io::Output::Event(event) => told.events.push(of_event(event)),
            }
        }
        told
    }
}

fn of_event(event: &Event) -> Value {
    let mut value = from_start(event);
    if let Some(fields) = value.as_object_mut()
        && let Some(error) = fields.remove("error")
    {
        fields.insert("code".to_owned(), error.get("code").cloned().unwrap_or_default());
    }
    value
}

/// Writes anything as JSON in which each instant `name` is a time from the start, `name_ms`.
pub(super) fn from_start(what: &impl Serialize) -> Value {
    relative(serde_json::to_value(what).unwrap_or_default())
}

fn relative(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| field(name, value)).collect::<Map<_, _>>()),
        Value::Array(values) => Value::Array(values.into_iter().map(|value| instant(&value).unwrap_or_else(|| relative(value))).collect()),
        other => other,
    }
}

fn field(name: String, value: Value) -> (String, Value) {
    match instant(&value) {
        Some(at) => (name + "_ms", at),
        None => (name, relative(value)),
    }
}

fn instant(value: &Value) -> Option<Value> {
    let instant: Instant = value.get("mono").and_then(|_| serde_json::from_value(value.clone()).ok())?;
    serde_json::to_value(At::from(instant)).ok()
}
