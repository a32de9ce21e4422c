//! Calls in the background, and what they return.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use evertoken::{Code, Error, driver::HeaderOptions};
use evertoken_native::RequestBuilder;
use http_body_util::Full;
use reqwest::Method;
use tokio::task::JoinHandle;

use super::{
    format::{Headers, Request, Token},
    spec::VirtualClient,
    world::{Tasks, World},
};
use crate::time::VirtualTime;

/// A call in the background.
pub(crate) struct Call {
    returned: Arc<Mutex<Option<Returned>>>,
    task: JoinHandle<()>,
    cancelled: bool,
}

/// What a call returned.
#[derive(Clone)]
pub(crate) enum Returned {
    Header { name: String, value: String },
    Token(String),
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8>, hint: Option<String> },
    Error(Error),
    HttpFailure(String),
}

/// What has become of a call.
pub(crate) enum State {
    Waiting,
    Cancelled,
    Returned(Returned),
}

impl Call {
    pub(crate) fn cancel(&mut self) {
        if self.result().is_none() {
            self.cancelled = true;
        }
        self.task.abort();
    }

    pub(crate) fn state(&self) -> State {
        match self.result() {
            Some(returned) => State::Returned(returned),
            None if self.cancelled => State::Cancelled,
            None => State::Waiting,
        }
    }

    pub(crate) fn stop(&self) {
        self.task.abort();
    }

    fn result(&self) -> Option<Returned> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl World<'_> {
    pub(crate) fn headers(&mut self, client: &Result<VirtualClient, Error>, call: &Headers) {
        let options = HeaderOptions { min_valid_ms: call.min_valid_ms.unwrap_or(0), patience_ms: call.patience_ms };
        self.begin_calls(&call.name, call.times, client, move |client| async move {
            match client.source().headers_with(options).await {
                Ok(snapshot) => {
                    let (name, value) = (snapshot.token.header_name(), snapshot.token.header_value());
                    Returned::Header { name: name.to_owned(), value: value.to_owned() }
                }
                Err(error) => Returned::Error(error),
            }
        });
    }

    pub(crate) fn token(&mut self, client: &Result<VirtualClient, Error>, call: &Token) {
        self.begin_calls(&call.name, call.times, client, |client| async move {
            match client.source().token().await {
                Ok(token) => Returned::Token(token.token().to_owned()),
                Err(error) => Returned::Error(error),
            }
        });
    }

    pub(crate) fn request(&mut self, client: &Result<VirtualClient, Error>, call: &Request) {
        let (tasks, name, times, call) = (self.tasks(), call.name.clone(), call.times, call.clone());
        self.begin_calls(&name, times, client, move |client| {
            let (tasks, call) = (tasks.clone(), call.clone());
            async move {
                match built(&client, &call) {
                    Ok(request) => answer(request, &tasks).await,
                    Err(error) => Returned::Error(error),
                }
            }
        });
    }

    fn begin_calls<F>(&mut self, name: &str, times: Option<u32>, client: &Result<VirtualClient, Error>, call: impl Fn(VirtualClient) -> F)
    where
        F: Future<Output = Returned> + Send + 'static,
    {
        for _ in 0..times.unwrap_or(1) {
            let returned = Arc::new(Mutex::new(None));
            let set = Arc::clone(&returned);
            let set = move |value| *set.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            let task = match client {
                Ok(client) => {
                    let call = call(client.clone());
                    self.spawn(async move { set(call.await) })
                }
                // A client that cannot be made is one whose calls all fail so.
                Err(error) => {
                    set(Returned::Error(error.clone()));
                    self.spawn(async {})
                }
            };
            self.calls.entry(name.to_owned()).or_default().push(Call { returned, task, cancelled: false });
        }
    }
}

fn built(client: &VirtualClient, call: &Request) -> Result<RequestBuilder<VirtualTime, VirtualTime>, Error> {
    let method = call.method.as_deref().unwrap_or("GET");
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Error::new(Code::InvalidOption).with_description("method"))?;
    let mut request = client.request(method, &call.path);
    for (name, value) in &call.headers {
        request = request.header(name, value);
    }
    if let Some(value) = &call.json {
        request = request.json(value);
    }
    if let Some(text) = &call.body {
        let streamed = call.replayable == Some(false);
        // A stream is gone once it is sent.
        let stream = || reqwest::Body::wrap(Full::<Bytes>::from(text.clone()));
        request = if streamed { request.body(stream()) } else { request.body(text.clone()) };
    }
    Ok(request)
}

async fn answer(request: RequestBuilder<VirtualTime, VirtualTime>, tasks: &Tasks) -> Returned {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(evertoken_native::Error::Token(error)) => return Returned::Error(error),
        Err(error) => return Returned::HttpFailure(format!("{error} {error:?}")),
    };
    let _reading = tasks.reading();
    let (status, hint) = (answer.status().as_u16(), answer.hint().map(str::to_owned));
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    match answer.bytes().await {
        Ok(body) => Returned::Answer { status, headers, body, hint },
        Err(error) => Returned::HttpFailure(format!("{error} {error:?}")),
    }
}
