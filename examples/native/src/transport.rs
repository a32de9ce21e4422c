//! Token requests over reqwest, each attempt a task of its own.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use evertoken::{
    Code, Error, Outcome,
    driver::{Attempt, Transport},
    http::{Request, Response},
};
use reqwest::ClientBuilder;
use tokio::{runtime::Handle, task::JoinHandle};

use crate::wire::{Setup, Wire, reason};

/// Sends token requests with a reqwest client of its own: no redirects, no cookies, no cache, no connection kept.
///
/// Each attempt is a task on the caller's tokio runtime, or else on the one that the transport was made on: it progresses
/// while nobody polls it. A connection belongs to the runtime that opened it, so none outlives its request: a runtime that
/// is dropped takes nothing along that another one needs. Dropping the flight aborts the task.
#[derive(Clone)]
pub struct ReqwestTransport {
    wire: Wire,
    runtime: Option<Handle>,
}

impl ReqwestTransport {
    /// Makes a transport with the system's certificate authorities and the proxy of the environment (`HTTPS_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when TLS cannot be set up.
    pub fn new() -> Result<Self, Error> {
        Self::of(&Setup::default())
    }

    /// Makes a transport whose client the user configures: proxies, certificate authorities, addresses, time-outs.
    ///
    /// `configure` is called twice, the second time for the client of loopback endpoints. What keeps the secret safe is set
    /// after it and cannot be configured away: no redirects, no connection kept, no bytes in a log, no proxy for loopback endpoints.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] when the client cannot be built.
    pub fn configured(configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Result<Self, Error> {
        Self::of(&Setup { configure: Some(Arc::new(configure)), ..Setup::default() })
    }

    pub(crate) fn of(setup: &Setup) -> Result<Self, Error> {
        let wire = Wire::new(setup, |http| http.pool_max_idle_per_host(0))?;
        Ok(Self { wire, runtime: Handle::try_current().ok() })
    }

    /// Sets the runtime for callers that are on none, such as a thread that blocks on the future.
    #[must_use]
    pub fn on(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    async fn send(&self, request: &Request, time_out: Duration, body_limit: u64) -> Result<Response, Error> {
        let request = built(request, time_out)?;
        let _trip = self.wire.begin();
        let answer = self.wire.client(request.url()).execute(request).await.map_err(failed)?;
        read(answer, body_limit).await
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}

impl Transport for ReqwestTransport {
    type Flight = Flight;

    fn start(&self, attempt: Attempt) -> Flight {
        let Some(runtime) = Handle::try_current().ok().or_else(|| self.runtime.clone()) else {
            return Flight(None);
        };
        let transport = self.clone();
        let time_out = Duration::from_millis(attempt.abort_after_ms());
        let body_limit = attempt.body_limit_bytes();
        Flight(Some(runtime.spawn(attempt.run(move |request| {
            let transport = transport.clone();
            async move { transport.send(&request, time_out, body_limit).await }
        }))))
    }
}

/// An attempt on its way: the end of its task.
#[derive(Debug)]
pub struct Flight(Option<JoinHandle<Outcome>>);

impl Future for Flight {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let Some(task) = self.0.as_mut() else {
            return Poll::Ready(failure(Code::InvalidOption, "transport: there is no tokio runtime to send on"));
        };
        Pin::new(task).poll(cx).map(|end| match end {
            Ok(outcome) => outcome,
            // The panic's own text may hold anything.
            Err(end) if end.is_panic() => failure(Code::TransportFailed, "the task of the token request panicked"),
            Err(_) => failure(Code::Cancelled, "the runtime of the token request was shut down"),
        })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

fn built(request: &Request, time_out: Duration) -> Result<reqwest::Request, Error> {
    let refused = |field: &str| Error::new(Code::InvalidOption).with_description(format!("{field}: it cannot be sent over HTTP"));
    let method = reqwest::Method::from_bytes(request.method().as_bytes()).map_err(|_| refused("method"))?;
    let url = reqwest::Url::parse(request.url()).map_err(|_| Error::new(Code::InvalidEndpoint))?;
    let mut built = reqwest::Request::new(method, url);
    for (name, value) in request.headers() {
        let header = http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused("header"))?;
        let mut value = http::HeaderValue::from_str(value).map_err(|_| refused(name))?;
        value.set_sensitive(true);
        built.headers_mut().append(header, value);
    }
    *built.body_mut() = request.body().map(|body| body.to_vec().into());
    *built.timeout_mut() = Some(time_out);
    Ok(built)
}

/// Reads at most `limit` bytes of the body; the rest is never taken from the socket.
async fn read(mut answer: reqwest::Response, limit: u64) -> Result<Response, Error> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut read = Response::new(answer.status().as_u16(), Vec::new());
    for (name, value) in answer.headers() {
        read = read.with_header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        let room = limit - read.body.len();
        read.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            read.truncated = true;
            break;
        }
    }
    Ok(read)
}

fn failed(error: reqwest::Error) -> Error {
    Error::new(Code::TransportFailed).with_server_text(None, Some(&reason(error)))
}

fn failure(code: Code, description: &str) -> Outcome {
    Outcome::Failed { error: Error::new(code).with_description(description), retry_after_ms: None }
}
