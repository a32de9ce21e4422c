//! The driver on loom's primitives: once as it is, once without each of its re-checks.
//!
//! `build.rs` copies `core/src/driver` and puts `sync.rs` of this package in the place of the driver's own; what is below the
//! driver comes from the library itself. Each check in `checks.rs` runs two or three threads in every order in which they may
//! meet, up to a number of preemptions, and in every order in which one may see what the others stored. A call that nobody wakes
//! is a deadlock, which loom reports.
#![cfg(test)]
#![allow(
    dead_code,
    unused_imports,
    clippy::duplicate_mod,
    clippy::never_loop,
    reason = "copies of one source, of which each check uses a part"
)]

extern crate alloc;

pub use evertoken::{Class, Code, Grant, Input, Outcome, Policy, trace};
pub use evertoken::{error, event, exchange, http, io, judge, machine, policy, provider, secret, time};

include!(concat!(env!("OUT_DIR"), "/drivers.rs"));

mod tests;
