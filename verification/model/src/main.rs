//! Explores what the token machine can do within bounds, completely, and holds each step against the oracle.

fn main() {}
