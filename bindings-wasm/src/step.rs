//! What comes of one input, as plain objects.

use evertoken::{
    Event, Snapshot as Core,
    desk::{Answer, Errands, Ruling, Start as CoreStart},
    io::Adopted,
    time::Instant,
};
use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;

/// A token as callers see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot<'a> {
    generation: u64,
    revision: u64,
    header_name: &'a str,
    header_value: &'a str,
    token: &'a str,
    ask_at: Instant,
    use_until: Instant,
    issued_at: Instant,
    lifetime_ms: u64,
}

/// A token on its way to other tabs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedToken<'a> {
    header_name: &'a str,
    header_value: &'a str,
    token: &'a str,
    issued_at_wall: u64,
    lifetime_ms: u64,
    remaining_ms: u64,
}

impl<'a> From<&'a Adopted> for SharedToken<'a> {
    fn from(adopted: &'a Adopted) -> Self {
        Self {
            header_name: adopted.token.header_name(),
            header_value: adopted.token.header_value(),
            token: adopted.token.token(),
            issued_at_wall: adopted.issued_at_wall,
            lifetime_ms: adopted.lifetime_ms,
            remaining_ms: adopted.remaining_ms,
        }
    }
}

/// An attempt to run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    attempt: u64,
    sent_at: Instant,
    abort_after_ms: u64,
}

/// The answer of a ticket.
#[derive(Serialize)]
struct Settled<'a> {
    ticket: u64,
    #[serde(flatten)]
    answer: Answered<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answered<'a> {
    Snapshot(Snapshot<'a>),
    Failure(Failure<'a>),
}

/// What the host carries out, then obeys.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Step<'a> {
    verdict: Verdict<'a>,
    published: Option<Snapshot<'a>>,
    given_up: &'a [u64],
    starts: Vec<Start>,
    settled: Vec<Settled<'a>>,
    alarm_is_earlier: bool,
    events: Vec<Told<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Verdict<'a> {
    Use { snapshot: Snapshot<'a> },
    RetryWith { snapshot: Snapshot<'a> },
    Wait { ticket: u64, until_mono: u64 },
    RetryAfter { ms: u64 },
    Surface,
    Fail { failure: Failure<'a> },
    Done,
}

/// An event; its failure in the form in which errors are made of it.
struct Told<'a>(&'a Event);

#[derive(Serialize)]
struct Failed<'a> {
    r#type: &'static str,
    attempt: u64,
    served: bool,
    failure: Failure<'a>,
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Failed { attempt, error, served } => {
                Failed { r#type: "failed", attempt: *attempt, served: *served, failure: error.into() }.serialize(serializer)
            }
            event => event.serialize(serializer),
        }
    }
}

impl<'a> From<&'a Core> for Snapshot<'a> {
    fn from(snapshot: &'a Core) -> Self {
        Self {
            generation: snapshot.generation,
            revision: snapshot.revision,
            header_name: snapshot.token.header_name(),
            header_value: snapshot.token.header_value(),
            token: snapshot.token.token(),
            ask_at: snapshot.ask_at,
            use_until: snapshot.use_until,
            issued_at: snapshot.issued_at,
            lifetime_ms: snapshot.lifetime_ms,
        }
    }
}

impl From<&CoreStart> for Start {
    fn from(start: &CoreStart) -> Self {
        Self { attempt: start.attempt, sent_at: start.sent_at, abort_after_ms: start.abort_at.left_ms(start.sent_at) }
    }
}

impl<'a> From<&'a Answer> for Answered<'a> {
    fn from(answer: &'a Answer) -> Self {
        match answer {
            Ok(snapshot) => Self::Snapshot(snapshot.as_ref().into()),
            Err(error) => Self::Failure(error.into()),
        }
    }
}

impl<'a> From<&'a Ruling> for Verdict<'a> {
    fn from(ruling: &'a Ruling) -> Self {
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

/// Writes what came of an input, with the snapshot that stands after it.
pub(crate) fn written(ruling: &Ruling, errands: &Errands<u64>, published: Option<&Core>) -> Result<JsValue, JsValue> {
    let settled = errands.settled.iter().map(|(ticket, answer)| Settled { ticket: *ticket, answer: answer.into() });
    value(&Step {
        verdict: ruling.into(),
        published: published.map(Into::into),
        given_up: &errands.given_up,
        starts: errands.starts.iter().map(Into::into).collect(),
        settled: settled.collect(),
        alarm_is_earlier: errands.alarm_is_earlier,
        events: errands.events.iter().map(Told).collect(),
    })
}

/// Writes a value as plain objects, arrays and numbers.
pub(crate) fn value(value: &(impl Serialize + ?Sized)) -> Result<JsValue, JsValue> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(Into::into)
}
