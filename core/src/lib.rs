//! A valid access token, everywhere, always.
//!
//! Three nouns of pure logic: [`Machine`] decides *when* to ask for a token, [`Exchange`] knows *how* (one HTTP request
//! after another), [`Provider`] says *who* (a JSON descriptor). None performs I/O, reads a clock or draws a random
//! number: every call takes [`Now`]. The `driver` feature adds the shell for Rust programs.

#![no_std]

extern crate alloc;

pub mod account;
pub mod condition;
pub mod error;
pub mod event;
pub mod io;
pub mod machine;
pub mod policy;
pub mod secret;
pub mod time;
pub mod trace;
pub mod url;

pub use condition::Condition;
pub use error::{Class, Code, Error};
pub use event::Event;
pub use io::{Adopted, Freshness, Input, Outcome, Output, Reset, Snapshot, Step, Verdict};
pub use machine::Machine;
pub use policy::Policy;
pub use secret::{AccessToken, Secret};
pub use time::{Instant, Now};
pub use url::{ParseUrl, UrlParts};
