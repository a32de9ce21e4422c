//! A file's text as a scenario: everything that can be wrong with it before it runs.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::format::{Action, Body, CallIs, Expect, MAIN, Step};
use crate::envelope::{Failure, Kind};

const STEPS: [&str; 14] = [
    "control",
    "headers",
    "token",
    "request",
    "cancel",
    "invalidate",
    "retry",
    "credentials_changed",
    "logout",
    "close",
    "advance",
    "suspend",
    "step_wall",
    "expect",
];

/// Reads what a client-level file has beside the common fields.
///
/// # Errors
/// What the format does not have, a thing that no step brought about, and a file or step that expects nothing.
pub fn parse(mut fields: Map<String, Value>) -> Result<Body, Failure> {
    let clients = read(None, fields.remove("clients").unwrap_or_default())?;
    let entropy = read(None, fields.remove("entropy").unwrap_or_default())?;
    let steps = read::<Vec<Value>>(None, fields.remove("steps").unwrap_or_default())?;
    if let Some(name) = fields.keys().next() {
        return Err(Failure::of_file(Kind::UnknownField, format!("unknown field `{name}`")));
    }
    let steps = steps.into_iter().enumerate().map(|(at, value)| step(at, value)).collect::<Result<Vec<_>, _>>()?;
    let body = Body { clients, entropy, steps };
    check(&body)?;
    Ok(body)
}

fn read<T: serde::de::DeserializeOwned>(step: Option<usize>, value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| Failure::of_json(step, &error))
}

fn step(at: usize, value: Value) -> Result<Step, Failure> {
    let Value::Object(mut members) = value else { return Err(Failure::at(at, Kind::Malformed, "a step is an object")) };
    let note = read(Some(at), members.remove("note").unwrap_or_default())?;
    if let Some(name) = members.keys().find(|name| !STEPS.contains(&name.as_str())) {
        return Err(Failure::at(at, Kind::UnknownStep, format!("unknown step `{name}`")));
    }
    if members.len() != 1 {
        return Err(Failure::at(at, Kind::Malformed, format!("a step is one of {}", STEPS.join(", "))));
    }
    Ok(Step { note, action: read(Some(at), Value::Object(members))? })
}

fn check(body: &Body) -> Result<(), Failure> {
    let mut calls = BTreeSet::new();
    for (at, step) in body.steps.iter().enumerate() {
        let missing = |what: &str, name: &str| Err(Failure::at(at, Kind::MissingStep, format!("{what} `{name}` is made nowhere")));
        for client in step.action.clients() {
            if !body.clients.contains_key(client) {
                return missing("the client", client);
            }
        }
        if let Some(name) = step.action.begins()
            && !calls.insert(name)
        {
            return Err(Failure::at(at, Kind::Malformed, format!("another call is named `{name}`")));
        }
        if let Some(name) = step.action.calls().find(|name| !calls.contains(name)) {
            return missing("the call", name);
        }
        if let Action::Expect(expect) = &step.action {
            check_expect(at, expect)?;
        }
    }
    if body.assertions() == 0 {
        return Err(Failure::of_file(Kind::NoExpectation, "no step expects anything"));
    }
    Ok(())
}

fn check_expect(at: usize, expect: &Expect) -> Result<(), Failure> {
    if expect.assertions() == 0 {
        return Err(Failure::at(at, Kind::NoExpectation, "the step expects nothing"));
    }
    for (name, call) in &expect.calls {
        for call in std::iter::once(call).chain(call.hidden.values()) {
            if call.forms() != 1 {
                return Err(Failure::at(at, Kind::Malformed, format!("`{name}` is to be one thing, not {}", call.forms())));
            }
            if call.status.is_none() && !(call.body.is_none() && call.headers.is_empty()) {
                return Err(Failure::at(at, Kind::Malformed, format!("`{name}`: body and headers go with a status")));
            }
        }
        if call.hidden.values().any(|other| other.assertions() != call.assertions() || !other.hidden.is_empty()) {
            return Err(Failure::at(at, Kind::Malformed, format!("`{name}`: what a platform hides is compared as often as what it shows")));
        }
    }
    Ok(())
}

impl Action {
    /// Returns the clients that the step needs.
    fn clients(&self) -> Vec<&str> {
        match self {
            Self::Headers(call) => vec![call.client.as_deref().unwrap_or(MAIN)],
            Self::Token(call) => vec![call.client.as_deref().unwrap_or(MAIN)],
            Self::Request(call) => vec![call.client.as_deref().unwrap_or(MAIN)],
            Self::CredentialsChanged(change) => vec![change.client.as_deref().unwrap_or(MAIN)],
            Self::Invalidate(of) | Self::Retry(of) | Self::Logout(of) | Self::Close(of) => vec![of.client.as_deref().unwrap_or(MAIN)],
            Self::Expect(expect) => expect.events.keys().chain(expect.explain.keys()).map(String::as_str).collect(),
            Self::Control(_) | Self::Cancel(_) | Self::Advance(_) | Self::Suspend(_) | Self::StepWall(_) => Vec::new(),
        }
    }

    /// Returns the name of the call that the step begins.
    pub(crate) fn begins(&self) -> Option<&str> {
        match self {
            Self::Headers(call) => Some(&call.name),
            Self::Token(call) => Some(&call.name),
            Self::Request(call) => Some(&call.name),
            _ => None,
        }
    }

    /// Returns the calls that the step speaks of.
    fn calls(&self) -> impl Iterator<Item = &str> {
        let (cancelled, expected) = match self {
            Self::Cancel(cancel) => (Some(cancel.call.as_str()), None),
            Self::Expect(expect) => (None, Some(expect.calls.keys().map(String::as_str))),
            _ => (None, None),
        };
        cancelled.into_iter().chain(expected.into_iter().flatten())
    }
}

impl Body {
    /// Returns how many comparisons the file's steps make, wherever it runs.
    #[must_use]
    pub fn assertions(&self) -> usize {
        let expects = self.steps.iter().filter_map(|step| match &step.action {
            Action::Expect(expect) => Some(expect.assertions()),
            _ => None,
        });
        expects.sum()
    }
}

impl Expect {
    /// Returns how many comparisons the step makes: one for each value that it names.
    #[must_use]
    pub fn assertions(&self) -> usize {
        let named = |members: &[bool]| members.iter().filter(|named| **named).count();
        let calls: usize = self.calls.values().map(CallIs::assertions).sum();
        let counts: usize = self.counts.values().map(|counts| named(&[counts.token.is_some(), counts.api.is_some()])).sum();
        let sent = self.sent.iter().map(|sent| {
            named(&[sent.method.is_some(), sent.path.is_some(), sent.body.is_some(), sent.status.is_some()]) + sent.headers.len()
        });
        let explain = self
            .explain
            .values()
            .map(|is| named(&[is.token.is_some(), is.lifetime_ms.is_some(), is.flight.is_some(), is.why.is_some(), is.waiting.is_some()]));
        calls + counts + sent.sum::<usize>() + self.events.len() + explain.sum::<usize>()
    }
}

impl CallIs {
    fn forms(&self) -> usize {
        let forms = [
            self.waiting,
            self.cancelled,
            self.http_failure,
            self.header.is_some(),
            self.token.is_some(),
            self.error.is_some(),
            self.status.is_some(),
        ];
        forms.into_iter().filter(|form| *form).count()
    }

    fn assertions(&self) -> usize {
        let of_error = self.error.as_ref().map_or(0, |is| {
            let members = [
                is.class.is_some(),
                is.retryable.is_some(),
                is.retry_at_ms.is_some(),
                is.status.is_some(),
                is.provider_code.is_some(),
                is.says.is_some(),
            ];
            members.into_iter().filter(|member| *member).count()
        });
        self.forms() + of_error + usize::from(self.body.is_some()) + self.headers.len()
    }
}
