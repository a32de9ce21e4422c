//! Explores what the token machine can do within bounds, completely, and holds each step against the oracle.

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
pub mod report;
pub mod run;
pub mod search;
pub mod world;
