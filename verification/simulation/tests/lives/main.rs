//! What the simulation itself promises: the same life again, small failures, a corpus that is run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod corpus;
mod determinism;
mod shrinking;
