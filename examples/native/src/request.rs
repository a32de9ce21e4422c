//! One call of an API, as the user describes it.

use std::{sync::Arc, time::Duration};

use evertoken::{
    Code,
    driver::{Clock, Timer},
};
use reqwest::{
    Body, Method, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;

use crate::{call::Call, client::Inner, error::Error, response::Response, timer::TokioTimer};

/// A call in the making; [`RequestBuilder::send`] makes it.
#[must_use = "send() makes the call"]
pub struct RequestBuilder<C, Ti = TokioTimer> {
    client: Arc<Inner<C, Ti>>,
    method: Method,
    url: Result<Url, evertoken::Error>,
    headers: HeaderMap,
    body: Option<Body>,
    time_out: Option<Duration>,
    min_valid: Duration,
}

impl<C: Clock, Ti: Timer> RequestBuilder<C, Ti> {
    pub(crate) fn new(client: Arc<Inner<C, Ti>>, method: Method, url: Result<Url, evertoken::Error>) -> Self {
        Self { client, method, url, headers: HeaderMap::new(), body: None, time_out: None, min_valid: Duration::ZERO }
    }

    /// Sets a header, in place of one of the same name.
    ///
    /// The user's headers win: one of the token's name sends the call without a token of ours, and its answer is never taken
    /// for a rejection of one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            (Ok(_), Err(_)) => self.refuse(&format!("header {name}: its value cannot stand in a header")),
            (Err(_), _) => self.refuse("header: its name cannot be one"),
        }
        self
    }

    /// Sends a value as JSON, with the API's media type for it: `application/vnd.api+json` where the API speaks JSON:API.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body = Some(body.into()),
            Err(_) => self.refuse("json: the value cannot be written as JSON"),
        }
        let api = self.client.source.grant().api();
        let names = self.headers.keys().map(HeaderName::as_str);
        let media_type = self.url.as_ref().ok().and_then(|url| api.content_type(url.path(), names));
        if let Some(Ok(media_type)) = media_type.map(HeaderValue::from_str) {
            self.headers.insert(CONTENT_TYPE, media_type);
        }
        self
    }

    /// Sets the body. One that streams is sent once: a rejected token's call is then not repeated.
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Bounds the whole call, its wait for a token and its redirects included.
    pub const fn time_out(mut self, time_out: Duration) -> Self {
        self.time_out = Some(time_out);
        self
    }

    /// Asks for a token that lives so much longer, as for a long upload; counts as at most half of a token's lifetime.
    pub const fn min_valid(mut self, min_valid: Duration) -> Self {
        self.min_valid = min_valid;
        self
    }

    /// Makes the call: with a token, redirects followed within the API, and once more if the API rejects the token.
    ///
    /// # Errors
    /// [`Error::Token`] when there is no token or the URL is not the API's; [`Error::Http`] when no answer came. An answer of
    /// whatever status is none.
    pub async fn send(self) -> Result<Response, Error> {
        let mut request = reqwest::Request::new(self.method, self.url?);
        *request.headers_mut() = self.headers;
        *request.body_mut() = self.body;
        Call::new(&self.client, self.time_out, self.min_valid).make(request).await
    }

    fn refuse(&mut self, what: &str) {
        if self.url.is_ok() {
            self.url = Err(evertoken::Error::new(Code::InvalidOption).with_description(what));
        }
    }
}
