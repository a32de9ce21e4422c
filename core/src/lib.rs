//! A valid access token, everywhere, always.
//!
//! Three nouns of pure logic: [`Machine`] decides *when* to ask for a token, [`Exchange`] knows *how* (one HTTP request
//! after another), [`Provider`] says *who* (a JSON descriptor). None performs I/O, reads a clock or draws a random
//! number: every call takes [`Now`]. The `driver` feature adds the shell for Rust programs.

#![no_std]

extern crate alloc;

pub mod account;
pub mod api;
pub mod condition;
mod date;
pub mod desk;
mod document;
#[cfg(feature = "driver")]
pub mod driver;
pub mod error;
pub mod event;
pub mod exchange;
pub mod http;
pub mod io;
pub mod judge;
mod jwt;
mod lifetime;
pub mod machine;
mod named;
pub mod policy;
pub mod provider;
mod quantity;
pub mod retry_after;
pub mod secret;
pub mod time;
pub mod trace;
pub mod url;

pub use self::time::{Instant, Now};
pub use self::url::{ParseUrl, UrlParts};
pub use api::{Api, ResolvedApi};
pub use condition::Condition;
pub use desk::Desk;
pub use error::{Class, Code, Error};
pub use event::Event;
pub use exchange::{Exchange, Next};
pub use http::{Request, Response};
pub use io::{Adopted, Freshness, Input, Outcome, Output, Reset, Snapshot, Step, Verdict};
pub use judge::{Judgement, judge};
pub use machine::Machine;
pub use policy::Policy;
pub use provider::{Credentials, Grant, Provider};
pub use secret::{AccessToken, Secret};
