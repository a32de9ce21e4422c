//! How a token is asked for: one HTTP request after another, each sent by the host.

mod answer;
mod failure;
mod redaction;
mod request;

use alloc::{collections::BTreeMap, format, string::String, sync::Arc};
use core::fmt;

use crate::{
    error::{Code, Error},
    http::{Request, Response},
    io::Outcome,
    policy::Policy,
    provider::{Credentials, Grant},
    time::Instant,
};

/// One attempt to turn credentials into a token: credentials to requests, answers to a token or a classified failure.
///
/// ```text
/// loop { match exchange.next() { Next::Send(request) => exchange.answer(now, host_http(request)), Next::Done(outcome) => break outcome } }
/// ```
///
/// It performs no I/O and cannot panic, whatever a server answers. Today every provider takes at most one request; hosts loop all the same.
pub struct Exchange {
    grant: Arc<Grant>,
    credentials: Credentials,
    sent: Instant,
    policy: Policy,
    state: State,
    metadata: BTreeMap<String, String>,
}

/// A shorter value, such as a word, is no secret.
const SHORTEST_SECRET_HEADER: usize = 8;

enum State {
    Ready(Option<Request>),
    Sent,
    Done(Outcome),
}

/// What the host does next for an [`Exchange`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Next {
    /// Send it, and call [`Exchange::answer`].
    Send(Request),
    /// The attempt has ended.
    Done(Outcome),
}

impl Exchange {
    /// Begins an attempt; `sent` is the moment from which the token's lifetime counts, so the first request is sent right after.
    ///
    /// # Errors
    /// [`Code::MissingCredentials`] and [`Code::InvalidOption`], for credentials that the provider asks for and that are absent, empty or
    /// cannot stand where the descriptor puts them.
    pub fn new(grant: Arc<Grant>, credentials: &Credentials, sent: Instant) -> Result<Self, Error> {
        credentials.check(grant.provider(), |name| grant.client_id_named(name).is_some())?;
        let request = request::build(&grant, credentials)?;
        let credentials = credentials.clone();
        Ok(Self { grant, credentials, sent, policy: Policy::default(), state: State::Ready(request), metadata: BTreeMap::new() })
    }

    /// Uses other numbers than the default ones: the lifetime of a token of which nothing is known, the longest one, the body limit.
    #[must_use]
    pub fn with_policy(mut self, policy: &Policy) -> Self {
        self.policy = policy.clone();
        self
    }

    /// Says what to do next. Once it is [`Next::Done`] it stays so.
    #[expect(clippy::should_implement_trait, reason = "no iterator: every request wants its answer before the next")]
    pub fn next(&mut self) -> Next {
        self.next_with([])
    }

    /// Does what [`Exchange::next`] does, and sets headers on the request that only the host knows, such as the session and CSRF headers of
    /// a broker.
    ///
    /// What a server repeats of their values stays out of errors, as credentials do, from 8 bytes on.
    pub fn next_with(&mut self, headers: impl IntoIterator<Item = (String, String)>) -> Next {
        let outcome = match core::mem::replace(&mut self.state, State::Sent) {
            State::Ready(Some(request)) => return Next::Send(self.extended(request, headers)),
            State::Ready(None) => answer::without_request(&self.grant, &self.credentials, &self.policy),
            State::Sent => misuse("next was called before answer"),
            State::Done(outcome) => outcome,
        };
        self.state = State::Done(outcome.clone());
        Next::Done(outcome)
    }

    fn extended(&mut self, request: Request, headers: impl IntoIterator<Item = (String, String)>) -> Request {
        headers.into_iter().fold(request, |request, (name, value)| {
            if value.len() >= SHORTEST_SECRET_HEADER {
                // No descriptor can name a credential so.
                self.credentials = self.credentials.completed([(format!("header {name}"), value.clone())]);
            }
            request.with_header(&name, value)
        })
    }

    /// Hands in what came back: an answer of any status, or why there is none ([`Code::TransportFailed`], [`Code::NetworkOrCors`],
    /// [`Code::Cancelled`], [`Code::AttemptDeadline`], ..).
    ///
    /// `now` is the moment of arrival. An answer after the end is ignored.
    pub fn answer(&mut self, now: Instant, answer: Result<Response, Error>) {
        self.state = match (&self.state, answer) {
            (State::Done(_), _) => return,
            (State::Ready(_), _) => State::Done(misuse("answer was called before next")),
            (State::Sent, Err(error)) => State::Done(Outcome::Failed { error, retry_after_ms: None }),
            (State::Sent, Ok(response)) => {
                let reader =
                    answer::Reader { grant: &self.grant, credentials: &self.credentials, policy: &self.policy, sent: self.sent, now };
                State::Done(reader.read(&response, &mut self.metadata))
            }
        };
    }

    /// Returns what the descriptor keeps of the answer beside the token, such as `instance_url`; texts, sanitised and bounded.
    #[must_use]
    pub const fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Ready(_) => "ready",
            State::Sent => "sent",
            State::Done(_) => "done",
        };
        write!(f, "Exchange({}, {state})", self.grant.provider().name())
    }
}

fn misuse(what: &str) -> Outcome {
    Outcome::Failed { error: Error::new(Code::Misuse).with_description(what), retry_after_ms: None }
}
