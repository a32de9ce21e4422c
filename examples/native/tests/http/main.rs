//! The client over real HTTP against the sandbox: what callers see, and what the servers counted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod api_redirects;
mod bad_input;
mod calls;
mod cold;
mod deleted_key;
mod hooks;
mod outage;
mod rejected;
mod rollover;
mod runtimes;
mod stage;
mod surfaces;
mod tls;
mod token_redirects;
mod vendor_pages;
