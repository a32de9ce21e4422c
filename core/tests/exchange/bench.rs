//! One exchange in a line: a grant, credentials and an answer, at a fixed time.

use std::sync::Arc;

use evertoken::{Code, Credentials, Error, Exchange, Grant, Instant, Next, Outcome, Request, Response, provider::GrantBuilder, url};

/// 2025-11-21T08:00:00Z; the answer comes 250 ms later.
pub(crate) const SENT: Instant = Instant { mono: 5_000, wall: 1_763_712_000_000 };
pub(crate) const ARRIVED: Instant = Instant { mono: 5_250, wall: 1_763_712_000_250 };

pub(crate) fn grant(builder: GrantBuilder) -> Arc<Grant> {
    Arc::new(builder.build(url::parse).unwrap())
}

pub(crate) fn client() -> Credentials {
    Credentials::client("fake-id", "fake-secret")
}

pub(crate) fn begin(grant: &Arc<Grant>, credentials: &Credentials) -> (Exchange, Request) {
    let mut exchange = Exchange::new(grant.clone(), credentials, SENT).unwrap();
    match exchange.next() {
        Next::Send(request) => (exchange, request),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn outcome(grant: &Arc<Grant>, credentials: &Credentials, answer: Response) -> Outcome {
    let (mut exchange, _) = begin(grant, credentials);
    exchange.answer(ARRIVED, Ok(answer));
    match exchange.next() {
        Next::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn failure(grant: &Arc<Grant>, credentials: &Credentials, answer: Response) -> Error {
    match outcome(grant, credentials, answer) {
        Outcome::Failed { error, .. } => error,
        Outcome::Granted { .. } => panic!("granted"),
    }
}

pub(crate) fn lifetime(grant: &Arc<Grant>, credentials: &Credentials, answer: Response) -> Result<u64, Error> {
    match outcome(grant, credentials, answer) {
        Outcome::Granted { lifetime_ms, .. } => Ok(lifetime_ms),
        Outcome::Failed { error, .. } => Err(error),
    }
}

pub(crate) fn code(builder: GrantBuilder) -> Code {
    builder.build(url::parse).unwrap_err().code
}

pub(crate) fn body(request: &Request) -> &str {
    core::str::from_utf8(request.body().unwrap_or_default()).unwrap()
}
