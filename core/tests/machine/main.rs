//! The machine's behaviour in virtual time: one file a subject, all on the bench of `bench.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod abandoned;
mod adopt;
mod attempts;
mod bench;
mod chance;
mod clocks;
mod commands;
mod explain;
mod failures;
mod fetch_failed;
mod forced_refresh;
mod hard_zone;
mod late;
mod lifetimes;
mod lives;
mod min_valid;
mod paused;
mod policy;
mod refresh_failed;
mod rejected;
mod reset;
mod same_token;
mod sleep;
mod snapshots;
mod trace;
mod wake;
mod walk;
mod window;
