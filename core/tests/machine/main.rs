//! The machine's behaviour in virtual time: one file a subject, all on the bench of `bench.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bench;
mod fetch_failed;
mod hard_zone;
mod min_valid;
mod refresh_failed;
mod window;
