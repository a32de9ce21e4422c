//! One call of an API, as it is made: a token, the hops, the judgement, perhaps a second try.

use std::time::{Duration, Instant};

use evertoken::{
    Snapshot,
    api::ResolvedApi,
    driver::{Clock, HeaderOptions, Recovery, Rejection, Timer, Unrecovered},
    judge::{Judgement, MAX_BODY_BYTES, judge, reads_body},
    machine::FlightView,
};
use reqwest::{
    Request,
    header::{ACCEPT, HeaderName, HeaderValue},
};

use crate::{
    client::Inner,
    error::Error,
    redirect::{Hop, MAX_HOPS, hop},
    response::Response,
};

pub(crate) struct Call<'a, C, Ti> {
    client: &'a Inner<C, Ti>,
    until: Option<Instant>,
    min_valid: Duration,
}

/// An answer, and whether it says that the token is bad.
struct Answered {
    response: Response,
    rejected: bool,
}

impl<'a, C: Clock, Ti: Timer> Call<'a, C, Ti> {
    pub(crate) fn new(client: &'a Inner<C, Ti>, time_out: Option<Duration>, min_valid: Duration) -> Self {
        Self { client, until: time_out.and_then(|time_out| Instant::now().checked_add(time_out)), min_valid }
    }

    pub(crate) async fn make(self, mut request: Request) -> Result<Response, Error> {
        let api = self.client.source.grant().api();
        let accept = api.accept(request.url().path(), request.headers().keys().map(HeaderName::as_str));
        if let Some(media_type) = accept.map(HeaderValue::from_str) {
            request.headers_mut().insert(ACCEPT, media_type.map_err(|_| unsendable("accept"))?);
        }
        if request.headers().contains_key(api.header().name.as_str()) {
            return Ok(self.follow(request, None).await?.response);
        }
        let options = HeaderOptions { min_valid_ms: ms(self.min_valid), patience_ms: self.patience_ms() };
        let snapshot = self.client.source.headers_with(options).await?;
        let again = request.try_clone();
        let first = self.follow(request, Some(&snapshot)).await?;
        if !first.rejected {
            return Ok(first.response);
        }
        let rejection = Rejection { replayable: again.is_some(), patience_ms: self.patience_ms(), ..Rejection::new(&snapshot) };
        match (self.client.source.rejected(rejection).await, again) {
            (Recovery::RetryWith(snapshot), Some(again)) => self.try_again(again, &snapshot).await,
            (Recovery::RetryWith(_), None) => Ok(first.response.with_hint(self.hint(None))),
            (Recovery::Surface(why), _) => Ok(first.response.with_hint(self.hint(Some(why)))),
        }
    }

    async fn try_again(&self, request: Request, snapshot: &Snapshot) -> Result<Response, Error> {
        let second = self.follow(request, Some(snapshot)).await?;
        if !second.rejected {
            return Ok(second.response);
        }
        let rejection = Rejection { retried: true, patience_ms: self.patience_ms(), ..Rejection::new(snapshot) };
        let why = match self.client.source.rejected(rejection).await {
            Recovery::Surface(why) => Some(why),
            Recovery::RetryWith(_) => None,
        };
        Ok(second.response.with_hint(self.hint(why)))
    }

    /// Sends a request and follows its redirects, with the token as far as it may go.
    async fn follow(&self, mut request: Request, snapshot: Option<&Snapshot>) -> Result<Answered, Error> {
        let api = self.client.source.grant().api();
        let mut token = snapshot;
        let mut hops = 0;
        loop {
            let _trip = self.client.wire.begin();
            let next = if hops < MAX_HOPS { request.try_clone() } else { None };
            let answer = self.send(request, token).await?;
            let Some(Hop { request: next, with_token }) = next.and_then(|next| hop(next, &answer, token.is_some(), api)) else {
                return self.judged(answer, token, api).await;
            };
            request = next;
            token = token.filter(|_| with_token);
            hops += 1;
        }
    }

    async fn send(&self, mut request: Request, snapshot: Option<&Snapshot>) -> Result<reqwest::Response, Error> {
        if let Some(snapshot) = snapshot {
            let name = HeaderName::from_bytes(snapshot.token.header_name().as_bytes()).map_err(|_| unsendable("token"))?;
            let mut value = HeaderValue::from_str(snapshot.token.header_value()).map_err(|_| unsendable("token"))?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        *request.timeout_mut() = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        Ok(self.client.wire.client(request.url()).execute(request).await?)
    }

    /// Asks core whether the answer rejects the token; without one of ours it cannot.
    async fn judged(&self, answer: reqwest::Response, token: Option<&Snapshot>, api: &ResolvedApi) -> Result<Answered, Error> {
        let mut response = Response::new(answer);
        let status = response.status().as_u16();
        if token.is_none() || !api.inspects(status) {
            return Ok(Answered { response, rejected: false });
        }
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<_> = response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let body = if reads_body(api, status, &headers) { response.peek(MAX_BODY_BYTES).await? } else { None };
        let rejected = judge(api, status, &headers, body.as_deref()) == Judgement::TokenRejected;
        Ok(Answered { response, rejected })
    }

    /// Says what may help a call whose token the API goes on rejecting.
    fn hint(&self, why: Option<Unrecovered>) -> Option<String> {
        let failed = match why {
            Some(Unrecovered::Failed(error)) => Some(error),
            // The rejected token is held because the attempt to replace it has failed.
            _ => match self.client.source.explain().flight {
                FlightView::Paused { error, .. } => error,
                _ => None,
            },
        };
        let failed = failed.map(|error| format!("No other token came: {error}"));
        let known = self.client.source.grant().api().rejection_hint().map(ToOwned::to_owned);
        let texts: Vec<_> = [known, failed].into_iter().flatten().collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    fn patience_ms(&self) -> Option<u64> {
        let left = ms(self.until?.saturating_duration_since(Instant::now()));
        Some(left.min(self.client.patience_ms))
    }
}

fn unsendable(what: &str) -> evertoken::Error {
    evertoken::Error::new(evertoken::Code::InvalidToken).with_description(format!("{what}: it cannot be sent over HTTP"))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
