//! One attempt to turn credentials into a token, request by request.

use std::sync::Arc;

use evertoken::{Credentials, Error, Exchange as Core, Next, Outcome, Request, Response};
use gloo_net::http::{Method, RequestBuilder};
use wasm_bindgen::prelude::*;
use web_sys::{RequestCache, RequestCredentials, RequestRedirect};

use crate::{
    failure::{error_of, thrown},
    grant::Grant,
    machine::{instant, policy_of},
};

/// One run of an exchange: `next` gives a request to send, `answer` or `fail` takes what came of it, until `next` gives none.
#[wasm_bindgen]
pub struct Exchange {
    running: Option<Core>,
    outcome: Option<Outcome>,
}

#[wasm_bindgen]
impl Exchange {
    /// Begins with credentials, names and values in turn; a token's life counts from `mono` and `wall`. A refusal is the first outcome.
    #[wasm_bindgen(constructor)]
    pub fn new(grant: &Grant, credentials: Vec<String>, mono: f64, wall: f64, policy: &JsValue) -> Result<Exchange, JsValue> {
        let policy = policy_of(policy)?;
        Ok(match Core::new(Arc::clone(&grant.core), &Credentials::new(pairs(credentials)), instant(mono, wall)) {
            Ok(exchange) => Self { running: Some(exchange.with_policy(&policy)), outcome: None },
            Err(error) => Self { running: None, outcome: Some(failed(error)) },
        })
    }

    /// Makes an exchange that has failed before its first request.
    pub fn failed(code: &str, description: Option<String>, fix: Option<String>) -> Exchange {
        Self { running: None, outcome: Some(failed(error_of(code, description.as_deref(), fix))) }
    }

    /// Returns the next request, with headers that only the host knows; none once the exchange has ended.
    pub fn next(&mut self, headers: Vec<String>, cookies: &str) -> Result<Option<web_sys::Request>, JsValue> {
        let Some(exchange) = &mut self.running else { return Ok(None) };
        match exchange.next_with(pairs(headers)) {
            Next::Send(request) => {
                // Some runtimes have neither a cache nor cookies and refuse whoever names them.
                built(&request, cookies, true).or_else(|_| built(&request, cookies, false)).map(Some)
            }
            Next::Done(outcome) => {
                self.running = None;
                self.outcome = Some(outcome);
                Ok(None)
            }
            _ => Err(thrown(&error_of("misuse", Some("the exchange asks for something unknown"), None))),
        }
    }

    /// Takes an answer of any status; `mono` and `wall` are the moment of its arrival, `headers` names and values in turn.
    pub fn answer(&mut self, mono: f64, wall: f64, status: u16, headers: Vec<String>, body: Vec<u8>, truncated: bool) {
        let response = Response { status, headers: pairs(headers), body, truncated };
        if let Some(exchange) = &mut self.running {
            exchange.answer(instant(mono, wall), Ok(response));
        }
    }

    /// Takes the reason why there is no answer.
    pub fn fail(&mut self, mono: f64, wall: f64, code: &str, description: Option<String>) {
        if let Some(exchange) = &mut self.running {
            exchange.answer(instant(mono, wall), Err(error_of(code, description.as_deref(), None)));
        }
    }

    /// The code of the failure with which it has ended; none for a token.
    #[wasm_bindgen(getter, js_name = failureCode)]
    pub fn failure_code(&self) -> Option<String> {
        match &self.outcome {
            Some(Outcome::Failed { error, .. }) => Some(error.code.as_str().into()),
            _ => None,
        }
    }
}

impl Exchange {
    /// Returns how it has ended; none if it has not.
    pub(crate) fn into_outcome(self) -> Option<Outcome> {
        self.outcome
    }
}

/// Takes names and values in turn.
pub(crate) fn pairs(texts: Vec<String>) -> Vec<(String, String)> {
    let mut texts = texts.into_iter();
    core::iter::from_fn(|| texts.next().zip(texts.next())).collect()
}

fn failed(error: Error) -> Outcome {
    Outcome::Failed { error, retry_after_ms: None }
}

/// Builds what fetch takes. A redirect is never followed: `error` instead of `manual` is not known everywhere, and would hide where it pointed.
fn built(request: &Request, cookies: &str, with_browser_settings: bool) -> Result<web_sys::Request, JsValue> {
    let method = request.method().parse::<Method>().map_err(|error| JsValue::from_str(&error.to_string()))?;
    let mut builder = RequestBuilder::new(request.url()).method(method).redirect(RequestRedirect::Manual);
    if with_browser_settings {
        builder = builder.cache(RequestCache::NoStore).credentials(match cookies {
            _ if !request.same_origin_cookies() => RequestCredentials::Omit,
            "include" => RequestCredentials::Include,
            "omit" => RequestCredentials::Omit,
            _ => RequestCredentials::SameOrigin,
        });
    }
    for (name, value) in request.headers() {
        builder = builder.header(name, value);
    }
    let built = match request.body().filter(|body| !body.is_empty()) {
        Some(body) => builder.body(body.to_vec()),
        None => builder.build(),
    };
    built.map(Into::into).map_err(|error| JsValue::from_str(&error.to_string()))
}
