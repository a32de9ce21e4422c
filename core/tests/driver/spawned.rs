//! A transport as programs write it for tokio: spawned on a handle, aborted on drop.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use evertoken::{
    Code, Error, Outcome,
    driver::{Attempt, Timer, Transport},
    http::Response,
};
use tokio::{runtime::Handle, task::JoinHandle};

/// Answers each request after a while with a token of an hour.
#[derive(Clone)]
pub(crate) struct Spawning {
    pub(crate) handle: Handle,
    pub(crate) latency: Duration,
    pub(crate) requests: Arc<AtomicUsize>,
    pub(crate) panics: bool,
}

pub(crate) struct SpawnedFlight(JoinHandle<Outcome>);

/// The timer of whichever tokio runtime the caller is on.
pub(crate) struct TokioTimer;

impl Spawning {
    pub(crate) fn on(handle: &Handle, latency_ms: u64) -> Self {
        Self { handle: handle.clone(), latency: Duration::from_millis(latency_ms), requests: Arc::default(), panics: false }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Transport for Spawning {
    type Flight = SpawnedFlight;

    fn start(&self, attempt: Attempt) -> SpawnedFlight {
        let Self { latency, requests, panics, .. } = self.clone();
        SpawnedFlight(self.handle.spawn(attempt.run(move |_request| {
            let number = requests.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                tokio::time::sleep(latency).await;
                assert!(!panics, "a transport that panics");
                Ok(Response::new(200, format!(r#"{{"access_token": "token-{number}", "token_type": "Bearer", "expires_in": 3600}}"#)))
            }
        })))
    }
}

impl Future for SpawnedFlight {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        Poll::Ready(ready!(Pin::new(&mut self.0).poll(cx)).unwrap_or_else(|end| {
            let code = if end.is_panic() { Code::TransportFailed } else { Code::Cancelled };
            Outcome::Failed { error: Error::new(code), retry_after_ms: None }
        }))
    }
}

impl Drop for SpawnedFlight {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Timer for TokioTimer {
    type Sleep = tokio::time::Sleep;

    fn sleep(&self, ms: u64) -> Self::Sleep {
        tokio::time::sleep(Duration::from_millis(ms))
    }
}
