//! An authenticated HTTP client for Rust programs: evertoken's driver on reqwest, rustls and tokio.
//!
//! ```no_run
//! use evertoken::provider::{Credentials, builtin};
//! use evertoken_native::Client;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let grant = builtin::piwik_pro("acme.piwik.pro").build(evertoken::url::parse)?;
//! let client = Client::new(grant, Credentials::client("the client id", "the client secret"))?;
//! let apps = client.get("/api/apps/v2").send().await?.error_for_status()?.text().await?;
//! # Ok(()) }
//! ```
//!
//! [`Client`] is what most programs want. One that has an HTTP client of its own takes a [`Source`], which hands out the header
//! to send; [`ReqwestTransport`] and [`TokioTimer`] are what it is made of.

mod call;
mod client;
mod error;
mod redirect;
mod request;
mod response;
pub mod story;
mod timer;
mod traffic;
mod transport;
mod wire;

pub use client::{Builder, Client, Source};
pub use error::Error;
pub use request::RequestBuilder;
pub use response::Response;
pub use timer::TokioTimer;
pub use traffic::Traffic;
pub use transport::{Flight, ReqwestTransport};

/// The README's example for Rust compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
