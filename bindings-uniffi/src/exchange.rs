//! One attempt to turn credentials into a token, request by request.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use evertoken::{Error, Exchange as Core, Next, Outcome, Request, Response};

use crate::{
    failure::{Failure, Refusal, error_of},
    grant::Grant,
    machine::policy_of,
    pair::{Pair, credentials, pairs},
    time::Instant,
};

/// One run of an exchange: `next` gives a request to send, `answer` or `fail` takes what came of it, until `next` gives none.
#[derive(uniffi::Object)]
pub struct Exchange {
    state: Mutex<State>,
}

struct State {
    running: Option<Core>,
    outcome: Option<Outcome>,
}

/// A token request, to be sent byte for byte and shown nowhere.
#[derive(Clone, uniffi::Record)]
#[uniffi::export(Debug, Display)]
pub struct TokenRequest {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<Pair>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Cookies of the endpoint's own origin may be sent.
    pub same_origin_cookies: bool,
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenRequest({}, redacted)", self.method)
    }
}

impl fmt::Display for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[uniffi::export]
impl Exchange {
    /// Begins; a token's life counts from `sent_at`. A refusal of the credentials is the first outcome.
    #[uniffi::constructor]
    pub fn new(grant: Arc<Grant>, secrets: Vec<Pair>, sent_at: Instant, policy: HashMap<String, u64>) -> Result<Self, Refusal> {
        let policy = policy_of(&policy)?;
        Ok(Self::of(match Core::new(Arc::clone(&grant.core), &credentials(secrets), sent_at.into()) {
            Ok(exchange) => State { running: Some(exchange.with_policy(&policy)), outcome: None },
            Err(error) => ended(error),
        }))
    }

    /// Makes an exchange that has failed before its first request.
    #[uniffi::constructor(default(description = None, fix = None))]
    pub fn failed(code: String, description: Option<String>, fix: Option<String>) -> Result<Self, Refusal> {
        Ok(Self::of(ended(error_of(&code, description.as_deref(), fix))))
    }

    /// Returns the next request, with headers that only the host knows; none once the exchange has ended.
    pub fn next(&self, headers: Vec<Pair>) -> Result<Option<TokenRequest>, Refusal> {
        let mut state = self.lock();
        let Some(running) = state.running.as_mut() else { return Ok(None) };
        match running.next_with(pairs(headers)) {
            Next::Send(request) => Ok(Some(written(request))),
            Next::Done(outcome) => {
                *state = State { running: None, outcome: Some(outcome) };
                Ok(None)
            }
            _ => {
                *state = ended(error_of("misuse", Some("the exchange asks for something unknown"), None));
                Ok(None)
            }
        }
    }

    /// Takes an answer of any status, which came at `now`.
    pub fn answer(&self, now: Instant, status: u16, headers: Vec<Pair>, body: Vec<u8>, truncated: bool) -> Result<(), Refusal> {
        let response = Response { status, headers: pairs(headers), body, truncated };
        if let Some(exchange) = &mut self.lock().running {
            exchange.answer(now.into(), Ok(response));
        }
        Ok(())
    }

    /// Takes the reason why there is no answer.
    #[uniffi::method(default(description = None))]
    pub fn fail(&self, now: Instant, code: String, description: Option<String>) -> Result<(), Refusal> {
        if let Some(exchange) = &mut self.lock().running {
            exchange.answer(now.into(), Err(error_of(&code, description.as_deref(), None)));
        }
        Ok(())
    }

    /// The failure with which it has ended; none for a token.
    pub fn failure(&self) -> Result<Option<Failure>, Refusal> {
        Ok(match &self.lock().outcome {
            Some(Outcome::Failed { error, .. }) => Some(error.into()),
            _ => None,
        })
    }
}

impl Exchange {
    const fn of(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    /// Returns how it has ended; none if it has not.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.lock().outcome.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn ended(error: Error) -> State {
    State { running: None, outcome: Some(Outcome::Failed { error, retry_after_ms: None }) }
}

fn written(request: Request) -> TokenRequest {
    TokenRequest {
        method: request.method().into(),
        url: request.url().into(),
        headers: request.headers().map(|(name, value)| Pair { name: name.into(), value: value.into() }).collect(),
        body: request.body().map(Into::into),
        same_origin_cookies: request.same_origin_cookies(),
    }
}
