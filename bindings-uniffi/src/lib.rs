//! Glue between the evertoken core and its Kotlin and Swift packages: synchronous objects and plain records; no callback, no future, no policy.
//!
//! Who calls it brings the time. A `Machine` may be called from any thread; whoever carries out what it says in the order in which it was
//! said holds a lock of their own around the call.
//!
//! Everything can fail: in Swift a panic of a function that cannot would end the program.
#![allow(clippy::result_large_err, reason = "a refusal crosses as a copy, when a source is made")]

pub mod api;
pub mod exchange;
pub mod failure;
pub mod grant;
pub mod machine;
pub mod pair;
pub mod snapshot;
pub mod step;
pub mod time;
pub mod view;

uniffi::setup_scaffolding!();
