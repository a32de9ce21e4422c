//! How credentials become a token: the requests byte for byte, and what every kind of answer means.
#![cfg(all(feature = "url", feature = "builtin-providers"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail by a panic")]

mod accounts;
mod bench;
mod credentials;
mod errors;
mod fixtures;
mod garbage;
mod hostile;
mod lifetimes;
mod redirects;
mod requests;
mod vendor_pages;
