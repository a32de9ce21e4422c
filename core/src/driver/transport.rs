//! How token requests are sent: the host's part, and the attempt that it is given.

use alloc::sync::Arc;
use core::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
};

use crate::{
    error::Error,
    exchange::{Exchange, Next},
    http::{Request, Response},
    io::Outcome,
    policy::Policy,
    provider::{Credentials, Grant},
    time::Instant,
};

use super::{clock::Clock, reentry};

/// Runs attempts: a whole exchange each, with the host's HTTP client.
///
/// A flight has to
/// - **progress by itself**: callers come and go, and between two of them nobody polls it. With tokio, spawn it on a
///   [handle](https://docs.rs/tokio/latest/tokio/runtime/struct.Handle.html) and let the flight be the task's end;
/// - end where it is polled or dropped on another thread, or outside of its runtime, than it was started on;
/// - abort its I/O when it is dropped;
/// - end with [`Outcome::Failed`] when its task panics, and with [`Code::Cancelled`](crate::Code::Cancelled) when its task
///   is gone, as with the runtime that ran it;
/// - wake the waker of its last poll when it has ended.
///
/// The client that it uses follows no redirects, keeps no cookies and caches nothing, reads at most
/// [`Attempt::body_limit_bytes`] of a body, and must not take its headers from the same source: that is
/// [`Code::Reentrant`](crate::Code::Reentrant).
///
/// A closure `Fn(Attempt) -> impl Future<Output = Outcome> + Unpin` is a transport.
pub trait Transport {
    /// An attempt on its way.
    type Flight: Future<Output = Outcome> + Unpin;

    /// Starts an attempt; returns at once. Called without a lock, on the thread of some caller.
    fn start(&self, attempt: Attempt) -> Self::Flight;
}

impl<F, Flight> Transport for F
where
    F: Fn(Attempt) -> Flight,
    Flight: Future<Output = Outcome> + Unpin,
{
    type Flight = Flight;

    fn start(&self, attempt: Attempt) -> Flight {
        self(attempt)
    }
}

/// One run of an exchange: what a transport needs for it. `Debug` shows no secret.
pub struct Attempt {
    pub(super) source: u64,
    pub(super) number: u64,
    pub(super) grant: Arc<Grant>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) sent_at: Instant,
    pub(super) abort_at: Instant,
    pub(super) policy: Arc<Policy>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Attempt {
    /// Returns what the token is asked for.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Returns the number that events and [`explain`](super::TokenSource::explain) name the attempt by.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns how long the attempt's I/O may take, in milliseconds: nobody waits for it any more after that.
    ///
    /// A source drops the flight then, at its next call; a transport that bounds its I/O by this also ends it for a source
    /// that is not called.
    #[must_use]
    pub fn abort_after_ms(&self) -> u64 {
        self.abort_at.left_ms(self.sent_at)
    }

    /// Returns how much of a body is read, in bytes.
    #[must_use]
    pub fn body_limit_bytes(&self) -> u64 {
        self.policy.body_limit_bytes
    }

    /// Runs the exchange with the credentials that the source has.
    ///
    /// `http` sends one request and returns its answer, of whatever status; its `Err` says that there was none
    /// ([`Code::TransportFailed`](crate::Code::TransportFailed)).
    pub async fn run<H, F>(self, http: H) -> Outcome
    where
        H: FnMut(Request) -> F,
        F: Future<Output = Result<Response, Error>>,
    {
        marked(self.source, async move { self.exchange(&self.credentials, http).await }).await
    }

    /// Runs the exchange with credentials that are asked for now: rotated ones, or an assertion that is signed elsewhere.
    ///
    /// A failure of the callback is the failure of the attempt.
    pub async fn run_with<C, A, H, F>(self, credentials: C, http: H) -> Outcome
    where
        C: FnOnce() -> A,
        A: Future<Output = Result<Credentials, Error>>,
        H: FnMut(Request) -> F,
        F: Future<Output = Result<Response, Error>>,
    {
        let source = self.source;
        let run = async move {
            match credentials().await {
                Ok(credentials) => self.exchange(&credentials, http).await,
                Err(error) => Outcome::Failed { error, retry_after_ms: None },
            }
        };
        marked(source, run).await
    }

    async fn exchange<H, F>(&self, credentials: &Credentials, mut http: H) -> Outcome
    where
        H: FnMut(Request) -> F,
        F: Future<Output = Result<Response, Error>>,
    {
        let mut exchange = match Exchange::new(Arc::clone(&self.grant), credentials, self.sent_at) {
            Ok(exchange) => exchange.with_policy(&self.policy),
            Err(error) => return Outcome::Failed { error, retry_after_ms: None },
        };
        loop {
            match exchange.next() {
                Next::Send(request) => {
                    let answer = http(request).await;
                    exchange.answer(self.clock.now(), answer);
                }
                Next::Done(outcome) => return outcome,
            }
        }
    }
}

/// Marks the thread while the host's code runs, so that a call from within it is told apart.
async fn marked(source: u64, run: impl Future<Output = Outcome>) -> Outcome {
    let mut run = pin!(run);
    poll_fn(|cx| {
        let _inside = reentry::enter(source);
        run.as_mut().poll(cx)
    })
    .await
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("number", &self.number).field("sent_at", &self.sent_at).finish_non_exhaustive()
    }
}
