//! How the shell for Rust programs behaves: callers, flights, runtimes, events.
#![cfg(feature = "driver")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod callers;
mod commands;
mod driving;
mod endings;
mod events;
mod grant;
mod recovery;
mod reentry;
mod runtimes;
mod script;
mod single_threaded;
mod spawned;
mod steps;
mod time;
mod world;
