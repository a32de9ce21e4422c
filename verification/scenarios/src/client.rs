//! The client level: scenarios that speak HTTP to the sandbox, and the runner of the Rust client.

#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod check;
#[cfg(feature = "client")]
mod control;
pub mod format;
mod parse;
#[cfg(feature = "client")]
mod run;
#[cfg(feature = "client")]
mod spec;
#[cfg(feature = "client")]
mod world;

pub use parse::parse;
#[cfg(feature = "client")]
pub use run::Runner;
#[cfg(feature = "client")]
pub use world::START_MS;
