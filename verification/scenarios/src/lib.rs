//! The scenario files' format, their runners for the machine and for the Rust client, and the table of results.

pub mod client;
pub mod coverage;
pub mod envelope;
pub mod machine;
pub mod results;
pub mod time;
