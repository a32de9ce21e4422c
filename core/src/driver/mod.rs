//! The shell for Rust programs: one shared flight, snapshots read without a lock, no runtime of its own.
//!
//! A [`TokenSource`] is what a program shares. It needs two things of its host: a [`Transport`] that runs attempts, and a
//! [`Timer`] for the calls that wait. Nothing is spawned here and no runtime is assumed: calls may come from several
//! runtimes, from none, and from runtimes that end. Nothing asks for `Send` either: a source is `Send` and `Sync` when its
//! transport, its flights and its timer are.
//!
//! ```
//! use std::{future::Future, pin::Pin, task::{Context, Poll, ready}, time::Duration};
//!
//! use evertoken::{
//!     Code, Credentials, Error, Outcome, Request, Response,
//!     driver::{Attempt, Recovery, Rejection, TokenSource, Transport},
//!     provider::builtin, url,
//! };
//!
//! /// Runs attempts on a tokio runtime, where they progress whether or not a caller polls them.
//! struct Spawning(tokio::runtime::Handle);
//!
//! impl Transport for Spawning {
//!     type Flight = Spawned;
//!
//!     fn start(&self, attempt: Attempt) -> Spawned {
//!         Spawned(self.0.spawn(attempt.run(send)))
//!     }
//! }
//!
//! /// Sends one request; this one stands in for an HTTP client that follows no redirects and keeps no cookies.
//! async fn send(request: Request) -> Result<Response, Error> {
//!     assert_eq!(request.url(), "https://acme.piwik.pro/auth/token");
//!     Ok(Response::new(200, r#"{"token_type": "Bearer", "expires_in": 1800, "access_token": "made-up"}"#))
//! }
//!
//! /// An attempt on its way: its end is the task's, and dropping it aborts the task.
//! struct Spawned(tokio::task::JoinHandle<Outcome>);
//!
//! impl Future for Spawned {
//!     type Output = Outcome;
//!
//!     fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
//!         Poll::Ready(ready!(Pin::new(&mut self.0).poll(cx)).unwrap_or_else(|end| {
//!             let code = if end.is_panic() { Code::TransportFailed } else { Code::Cancelled };
//!             Outcome::Failed { error: code.into(), retry_after_ms: None }
//!         }))
//!     }
//! }
//!
//! impl Drop for Spawned {
//!     fn drop(&mut self) {
//!         self.0.abort();
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let runtime = tokio::runtime::Runtime::new()?;
//! let credentials = Credentials::client("an-id", "made-up-as-well");
//! let grant = builtin::piwik_pro("acme.piwik.pro").identified_by(&credentials).build(url::parse)?;
//! let timer = |ms| tokio::time::sleep(Duration::from_millis(ms));
//! let source = TokenSource::new(grant, credentials, Spawning(runtime.handle().clone()), timer)?;
//!
//! runtime.block_on(async {
//!     let snapshot = source.headers().await?;
//!     assert_eq!(snapshot.token.header_name(), "Authorization");
//!     assert_eq!(snapshot.token.header_value(), "Bearer made-up");
//!
//!     // An answer that `evertoken::judge` calls a rejection of the token:
//!     match source.rejected(Rejection::new(&snapshot)).await {
//!         Recovery::RetryWith(snapshot) => assert_eq!(snapshot.generation, 1, "a young token is tried once more"),
//!         Recovery::Surface(why) => unreachable!("the caller gets the API's own answer: {why:?}"),
//!     }
//!
//!     // Held, so nothing is awaited and nothing copied.
//!     assert_eq!(source.with_header(|_, value| value.len()), Some("Bearer made-up".len()));
//!     Ok(())
//! })
//! # }
//! ```
//!
//! The flight that asks for a token is shared by all callers and owned by none: whoever is cancelled, the others are
//! served, and an answer that comes while nobody waits is collected by the next call. While the held token is good no call
//! waits; a refresh starts on the way of the first call in the window. An idle source does nothing, unless its
//! [`TokenSource::drive`] is spawned.

extern crate std;

mod builder;
mod call;
mod clock;
mod drive;
mod listener;
mod published;
mod recovery;
mod reentry;
mod shell;
mod slot;
mod source;
mod sync;
mod timer;
mod transport;
mod waiters;

pub use builder::Builder;
pub use clock::{Clock, SystemClock};
pub use recovery::{Recovery, Rejection, Unrecovered};
pub use source::{HeaderOptions, TokenSource};
pub use timer::Timer;
pub use transport::{Attempt, Transport};
