//! The sandbox over real HTTP, one file for each thing that it promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod binary;
mod broker;
mod clients;
mod clock;
mod control_http;
mod cors;
mod delays;
mod documented_errors;
mod faults;
mod hostile;
mod https;
mod keys;
mod log;
mod readme;
mod surfaces;
mod tokens;
