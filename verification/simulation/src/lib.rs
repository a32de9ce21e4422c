//! Seeded lives of the driver among faults in virtual time, held against the oracle and the truth of a simulated server.

mod aim;
pub mod caller;
pub mod chance;
pub mod dialect;
pub mod explore;
pub mod invariants;
pub mod life;
pub mod matrix;
pub mod outage;
pub mod page;
pub mod plan;
pub mod reference;
pub mod scenario;
pub mod server;
pub mod shrink;
pub mod time;
pub mod transport;
pub mod watch;
pub mod world;
#[cfg(test)]
mod wrong;
