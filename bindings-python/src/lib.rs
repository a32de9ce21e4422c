//! What Python needs of the core: the machine with the callers that wait for it, the exchange, grants and their APIs.
//!
//! Everything here is synchronous and frozen. Nothing calls into Python, and no Python object is made, while a lock is held:
//! it may run a finaliser, which may come back here. What is dropped there, headers and their texts, has none.

mod api;
mod credentials;
mod exchange;
mod explanation;
mod failure;
mod grant;
mod machine;
mod seat;
mod snapshot;
mod step;

use pyo3::prelude::*;

/// The token machine and its exchange, compiled; an internal part of the package.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::{
        api::Api,
        credentials::Credentials,
        exchange::{Exchange, Outcome, Request},
        explanation::Explained,
        failure::Failure,
        grant::{Field, Grant},
        machine::{Machine, Told},
        seat::Seat,
        snapshot::Snapshot,
        step::{Attempt, Step},
    };
    use pyo3::prelude::*;

    /// Every error code with its class and fix, and every event, as JSON: `errors.json` and `events.json` of the core.
    #[pyfunction]
    fn catalogues() -> (String, String) {
        (evertoken::error::catalogue(), evertoken::event::catalogue())
    }

    /// The policy's numbers with their defaults, as JSON.
    #[pyfunction]
    fn default_policy() -> String {
        serde_json::to_string(&evertoken::Policy::default()).unwrap_or_default()
    }

    /// The package's version.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
