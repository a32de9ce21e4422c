//! What a file expects, held against what has happened.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::PoisonError,
};

use evertoken::{Error, machine::FlightView};

use super::{
    call::{Returned, State},
    format::{CallIs, Counts, ErrorIs, Expect, Explained, Sent, SentKind},
    world::{START_MS, World},
};
use crate::envelope::{Failure, Kind};

/// Compares, and counts what it compares.
pub(crate) struct Check<'a> {
    pub(crate) step: Option<usize>,
    pub(crate) assertions: &'a mut usize,
}

/// What the file's expectations have covered so far.
#[derive(Default)]
pub(crate) struct Covered {
    /// The requests that a count has named, by vendor.
    counts: BTreeMap<String, (u64, u64)>,
    /// The calls of which a step has said what became of them, and whether that was more than waiting.
    calls: BTreeMap<String, bool>,
    /// How many events of a client were expected before.
    events: BTreeMap<String, usize>,
}

impl Check<'_> {
    pub(crate) fn fail<T>(&self, kind: Kind, detail: impl Into<String>) -> Result<T, Failure> {
        Err(Failure { kind, step: self.step, detail: detail.into() })
    }

    fn same<T: PartialEq + fmt::Debug>(&mut self, kind: Kind, what: &str, expected: &T, got: &T) -> Result<(), Failure> {
        *self.assertions += 1;
        if expected == got { Ok(()) } else { self.fail(kind, format!("{what}: expected {expected:?}, got {got:?}")) }
    }

    fn sandbox<T>(&self, answer: Result<T, String>) -> Result<T, Failure> {
        answer.or_else(|why| self.fail(Kind::Malformed, why))
    }

    /// Holds a step's expectations against the world.
    pub(crate) async fn expect(&mut self, expect: &Expect, world: &World<'_>, covered: &mut Covered) -> Result<(), Failure> {
        let tokens = self.tokens(expect, world).await?;
        for (name, is) in &expect.calls {
            covered.calls.insert(name.clone(), !is.waiting);
            self.call(name, is, world, &tokens)?;
        }
        if !expect.counts.is_empty() {
            self.counts(&expect.counts, world, covered).await?;
        }
        for sent in &expect.sent {
            self.sent(sent, world, &tokens).await?;
        }
        for (client, names) in &expect.events {
            let all: Vec<String> = world.event_names(client);
            let before = covered.events.insert(client.clone(), all.len()).unwrap_or(0);
            self.same(Kind::WrongEvents, &format!("events of {client}"), names, &all[before..].to_vec())?;
        }
        for (client, is) in &expect.explain {
            self.explain(client, is, world)?;
        }
        Ok(())
    }

    /// The end of a file: every call and every request was spoken of.
    pub(crate) async fn end(&mut self, world: &World<'_>, covered: &Covered) -> Result<(), Failure> {
        self.step = None;
        *self.assertions += 1;
        for (name, calls) in &world.calls {
            let waits = calls.iter().any(|call| matches!(call.state(), State::Waiting));
            match covered.calls.get(name) {
                Some(false) if !waits => return self.fail(Kind::MissingStep, format!("no step says how `{name}` ended")),
                None if waits => return self.fail(Kind::Stuck, format!("`{name}` has not returned")),
                None => return self.fail(Kind::MissingStep, format!("no step says how `{name}` ended")),
                Some(_) => {}
            }
        }
        *self.assertions += 1;
        for (vendor, received) in self.sandbox(world.control.counts().await)? {
            let (token, api) = covered.counts.get(&vendor).copied().unwrap_or_default();
            if (token, api) != (received.token, received.api) {
                return self.fail(
                    Kind::ExtraRequest,
                    format!(
                        "{vendor}: the last counts were {token} token requests and {api} calls of the API, at the end there are {} and {}",
                        received.token, received.api
                    ),
                );
            }
        }
        Ok(())
    }

    fn call(&mut self, name: &str, is: &CallIs, world: &World<'_>, tokens: &Tokens) -> Result<(), Failure> {
        let calls = world.calls.get(name).map(Vec::as_slice).unwrap_or_default();
        let before = *self.assertions;
        for call in calls {
            *self.assertions = before;
            self.one_call(name, is, &call.state(), tokens)?;
        }
        Ok(())
    }

    fn one_call(&mut self, name: &str, is: &CallIs, state: &State, tokens: &Tokens) -> Result<(), Failure> {
        let returned = match state {
            State::Waiting if is.waiting => return self.same(Kind::Stuck, name, &true, &true),
            State::Waiting => return self.fail(Kind::Stuck, format!("`{name}` has not returned")),
            State::Cancelled if is.cancelled => return self.same(Kind::WrongResult, name, &true, &true),
            State::Cancelled => return self.fail(Kind::WrongResult, format!("`{name}` was cancelled")),
            State::Returned(returned) => returned,
        };
        let other = || format!("`{name}` returned {}", Shown(returned));
        match returned {
            Returned::HttpFailure(_) if is.http_failure => self.same(Kind::WrongResult, name, &true, &true),
            Returned::Header { name: header, value } => {
                if let Some(expected) = &is.header {
                    let expected = expected.iter().map(|(name, value)| (name.clone(), tokens.filled_in(value))).collect();
                    return self.same(Kind::WrongToken, name, &expected, &BTreeMap::from([(header.clone(), value.clone())]));
                }
                let Some(expected) = &is.token else { return self.fail(Kind::WrongResult, other()) };
                let expected = tokens.filled_in(expected);
                let carried = value.strip_suffix(expected.as_str()).filter(|prefix| prefix.is_empty() || prefix.ends_with(' '));
                self.same(Kind::WrongToken, name, &expected.as_str(), &if carried.is_some() { expected.as_str() } else { value.as_str() })
            }
            Returned::Token(token) => {
                let Some(expected) = &is.token else { return self.fail(Kind::WrongResult, other()) };
                self.same(Kind::WrongToken, name, &tokens.filled_in(expected), token)
            }
            Returned::Error(error) => {
                let Some(expected) = &is.error else { return self.fail(Kind::WrongResult, other()) };
                self.error(name, expected, error)
            }
            Returned::Answer { status, headers, body, .. } => {
                let Some(expected) = is.status else { return self.fail(Kind::WrongResult, other()) };
                self.same(Kind::WrongStatus, name, &expected, status)?;
                if let Some(expected) = &is.body {
                    let body = String::from_utf8_lossy(body).into_owned();
                    self.same(Kind::WrongResult, &format!("{name}: body"), &tokens.filled_in(expected), &body)?;
                }
                self.headers(Kind::WrongResult, name, &is.headers, headers, tokens)
            }
            Returned::HttpFailure(_) => self.fail(Kind::WrongResult, other()),
        }
    }

    fn error(&mut self, name: &str, is: &ErrorIs, error: &Error) -> Result<(), Failure> {
        let shown = format!("{name}: {error}");
        self.same(Kind::WrongCode, &shown, &is.code.as_str(), &error.code.as_str())?;
        if let Some(class) = &is.class {
            let got = serde_json::to_value(error.class()).unwrap_or_default();
            self.same(Kind::WrongCode, &format!("{shown}: class"), &Some(class.as_str()), &got.as_str())?;
        }
        if let Some(retryable) = is.retryable {
            self.same(Kind::WrongResult, &format!("{shown}: retryable"), &retryable, &error.retryable())?;
        }
        if let Some(at_ms) = is.retry_at_ms {
            let got = error.retry_at.map(|at| at.wall.saturating_sub(START_MS));
            self.same(Kind::WrongTime, &format!("{shown}: retry_at_ms"), &Some(at_ms), &got)?;
        }
        if let Some(status) = is.status {
            self.same(Kind::WrongResult, &format!("{shown}: status"), &Some(status), &error.status())?;
        }
        if let Some(code) = &is.provider_code {
            self.same(Kind::WrongResult, &format!("{shown}: provider_code"), &Some(code.as_str()), &error.provider_code())?;
        }
        if let Some(part) = &is.says {
            let says = format!("{} {}", error.description().unwrap_or_default(), error.fix()).contains(part.as_str());
            self.same(Kind::WrongResult, &format!("{shown}: says {part:?}"), &true, &says)?;
        }
        Ok(())
    }

    fn headers(
        &mut self,
        kind: Kind,
        of: &str,
        expected: &BTreeMap<String, Option<String>>,
        got: &[(String, String)],
        tokens: &Tokens,
    ) -> Result<(), Failure> {
        for (name, value) in expected {
            let values: Vec<&str> = got.iter().filter(|(other, _)| other == name).map(|(_, value)| value.as_str()).collect();
            let got = (!values.is_empty()).then(|| values.join(", "));
            self.same(kind, &format!("{of}: {name}"), &value.as_ref().map(|value| tokens.filled_in(value)), &got)?;
        }
        Ok(())
    }

    async fn counts(&mut self, expected: &BTreeMap<String, Counts>, world: &World<'_>, covered: &mut Covered) -> Result<(), Failure> {
        let received = self.sandbox(world.control.counts().await)?;
        for (vendor, counts) in expected {
            let Some(received) = received.get(vendor) else { return self.fail(Kind::Malformed, format!("no vendor is named `{vendor}`")) };
            let last = covered.counts.entry(vendor.clone()).or_default();
            if let Some(token) = counts.token {
                self.same(Kind::WrongCount, &format!("token requests to {vendor}"), &token, &received.token)?;
                last.0 = token;
            }
            if let Some(api) = counts.api {
                self.same(Kind::WrongCount, &format!("calls of the API of {vendor}"), &api, &received.api)?;
                last.1 = api;
            }
        }
        Ok(())
    }

    async fn sent(&mut self, is: &Sent, world: &World<'_>, tokens: &Tokens) -> Result<(), Failure> {
        let kind = if is.kind == SentKind::Token { "token" } else { "api" };
        let of = format!("{} {kind} request {}", is.vendor, is.nth);
        let log = self.sandbox(world.control.log(&is.vendor, kind).await)?;
        let Some(entry) = is.nth.checked_sub(1).and_then(|at| log.get(at)) else {
            return self.fail(Kind::MissingRequest, format!("{of}: only {} came", log.len()));
        };
        if let Some(method) = &is.method {
            self.same(Kind::WrongBytes, &format!("{of}: method"), method, &entry.method)?;
        }
        if let Some(path) = &is.path {
            self.same(Kind::WrongBytes, &format!("{of}: path"), path, &entry.target)?;
        }
        self.headers(Kind::WrongBytes, &of, &is.headers, &entry.headers, tokens)?;
        if let Some(body) = &is.body {
            self.same(Kind::WrongBytes, &format!("{of}: body"), &Some(tokens.filled_in(body)), &entry.body_text)?;
        }
        if let Some(status) = is.status {
            self.same(Kind::WrongStatus, &format!("{of}: answered"), &Some(status), &entry.status)?;
        }
        Ok(())
    }

    fn explain(&mut self, client: &str, is: &Explained, world: &World<'_>) -> Result<(), Failure> {
        let Some(Ok(source)) = world.clients.get(client).map(|client| client.as_ref().map(|client| client.source())) else {
            return self.fail(Kind::WrongExplanation, format!("{client} could not be made"));
        };
        let got = source.explain();
        let (flight, why) = match &got.flight {
            FlightView::Idle => ("idle", None),
            FlightView::InFlight { .. } => ("in_flight", None),
            FlightView::Paused { why, .. } => ("paused", Some(*why)),
            _ => ("unknown", None),
        };
        let kind = Kind::WrongExplanation;
        if let Some(zone) = &is.token {
            self.same(kind, &format!("{client}: token"), &zone.as_str(), &got.token.as_ref().map_or("none", |token| token.zone))?;
        }
        if is.lifetime_ms.is_some() {
            let lifetime_ms = got.token.as_ref().map(|token| token.lifetime_ms);
            self.same(kind, &format!("{client}: lifetime_ms"), &is.lifetime_ms, &lifetime_ms)?;
        }
        if let Some(expected) = &is.flight {
            self.same(kind, &format!("{client}: flight"), &expected.as_str(), &flight)?;
        }
        if let Some(expected) = &is.why {
            self.same(kind, &format!("{client}: why"), &Some(expected.as_str()), &why)?;
        }
        if let Some(waiting) = is.waiting {
            self.same(kind, &format!("{client}: waiting"), &waiting, &(got.waiting as u64))?;
        }
        Ok(())
    }

    /// Fetches the tokens that a step's texts name.
    async fn tokens(&self, expect: &Expect, world: &World<'_>) -> Result<Tokens, Failure> {
        let mut texts = Vec::new();
        for is in expect.calls.values() {
            texts.extend(is.token.iter().chain(&is.body).chain(is.headers.values().flatten()));
            texts.extend(is.header.iter().flat_map(BTreeMap::values));
        }
        for sent in &expect.sent {
            texts.extend(sent.body.iter().chain(sent.headers.values().flatten()));
        }
        let vendors: BTreeSet<&str> = texts.into_iter().flat_map(|text| names(text).map(|(_, vendor, _)| vendor)).collect();
        let mut tokens = Tokens::default();
        for vendor in vendors {
            for issued in self.sandbox(world.control.tokens(vendor).await)? {
                tokens.0.insert(format!("<{vendor}#{}>", issued.serial), issued.token);
            }
        }
        Ok(tokens)
    }
}

impl Covered {
    /// The log was cleared: counts begin anew.
    pub(crate) fn forget_counts(&mut self) {
        self.counts.clear();
    }
}

/// Tokens by their names, such as `<oro#1>`.
#[derive(Default)]
struct Tokens(BTreeMap<String, String>);

impl Tokens {
    fn filled_in(&self, text: &str) -> String {
        names(text).fold(text.to_owned(), |text, (name, ..)| match self.0.get(name) {
            Some(token) => text.replace(name, token),
            None => text,
        })
    }
}

/// Finds the names of tokens in a text: the whole name, the vendor, the number.
fn names(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    text.match_indices('<').filter_map(move |(at, _)| {
        let name = text[at..].split_inclusive('>').next()?;
        let (vendor, number) = name.strip_prefix('<')?.strip_suffix('>')?.split_once('#')?;
        let is_name = vendor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && number.bytes().all(|b| b.is_ascii_digit());
        is_name.then_some((name, vendor, number))
    })
}

struct Shown<'a>(&'a Returned);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Returned::Header { name, value } => write!(f, "the header {name}: {value}"),
            Returned::Token(token) => write!(f, "the token {token}"),
            Returned::Answer { status, .. } => write!(f, "an answer of status {status}"),
            Returned::Error(error) => write!(f, "the error {error}"),
            Returned::HttpFailure(why) => write!(f, "the HTTP library's failure: {why}"),
        }
    }
}

impl World<'_> {
    fn event_names(&self, client: &str) -> Vec<String> {
        let events = self.events.get(client).map(|events| events.lock().unwrap_or_else(PoisonError::into_inner));
        events.map(|events| events.iter().map(|(name, _)| (*name).to_owned()).collect()).unwrap_or_default()
    }

    /// Returns the names of all tokens that were issued, and the tokens.
    pub(crate) async fn names(&self) -> Vec<(String, String)> {
        let mut names = Vec::new();
        for vendor in ["piwik_pro", "didomi", "oro", "oauth2", "elsewhere"] {
            let issued = self.control.tokens(vendor).await.unwrap_or_default();
            names.extend(issued.into_iter().map(|issued| (format!("<{vendor}#{}>", issued.serial), issued.token)));
        }
        names
    }

    /// Returns everything that clients have shown to their users beside tokens: errors, events, explanations, Debug.
    pub(crate) fn shown(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for events in self.events.values() {
            shown.extend(events.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(_, all)| all.clone()));
        }
        for client in self.clients.values() {
            match client {
                Ok(client) => {
                    let explained = client.source().explain();
                    let json = serde_json::to_string(&explained).unwrap_or_default();
                    shown.push(format!("{client:?} {explained} {explained:?} {json}"));
                }
                Err(error) => shown.push(format!("{error} {error:?}")),
            }
        }
        for call in self.calls.values().flatten() {
            match call.state() {
                State::Returned(Returned::Error(error)) => {
                    shown.push(format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap_or_default()));
                }
                State::Returned(Returned::HttpFailure(why)) => shown.push(why),
                State::Returned(Returned::Answer { hint, .. }) => shown.extend(hint),
                _ => {}
            }
        }
        shown
    }
}
