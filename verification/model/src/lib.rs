//! Explores what the token machine can do within bounds, completely, and holds each step against the oracle.
//!
//! The search is our own code and not stateright: budgets for each configuration, witnesses, the arrows of the diagram,
//! and a counterexample that is a trace of the machine would have to be built on top of it anyway, and its `eventually` is
//! sound only on paths without cycles.

pub mod bounds;
pub mod budget;
pub mod config;
pub mod configs;
pub mod coverage;
pub mod diagram;
pub mod entropy;
pub mod fingerprint;
pub mod label;
pub mod liveness;
pub mod page;
pub mod report;
pub mod run;
pub mod search;
pub mod world;
