//! Look-alikes of the providers on loopback: their token endpoints and protected APIs over HTTP and HTTPS, with faults
//! on demand, a clock that can be moved, a credentials life cycle, and a log of every byte that arrived.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use evertoken_sandbox::{Fault, LogQuery, Kind, Options, Rule, Sandbox, Vendor};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! let url = format!("{}/auth/token", sandbox.piwik_pro.http);
//! let key = &sandbox.keys.piwik_pro;
//! sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(Fault::Drop).times(2))?;
//! // ... let a client loose on `url` with `key.id` and `key.secret`, and then:
//! assert_eq!(sandbox.control().log(&LogQuery::of(Vendor::PiwikPro, Kind::Token)).len(), 3);
//! # Ok(()) }
//! ```
//!
//! The same control exists over HTTP for other languages; the README has the table.

mod answer;
mod clock;
mod control;
mod cors;
mod delivery;
mod fault;
mod jwt;
mod keys;
mod log;
mod routes;
mod sandbox;
mod server;
mod settings;
mod site;
mod state;
mod tls;
mod tokens;
mod vendor;

pub use clock::{ClockChange, ClockView};
pub use control::{Control, ControlError, IdleQuery, Release, Revoke};
pub use fault::{Decide, Fault, Payload, RetryAfter, Rule, RuleView};
pub use keys::{KeyRequest, KeyView, NewKey, Surface};
pub use log::{Counts, Entry, Idle, LogQuery, Progress, VendorCounts};
pub use sandbox::{Announcement, InitialKeys, Options, Sandbox, StartError, Urls};
pub use settings::{Application, Cors, RateLimit, Settings};
pub use tokens::TokenView;
pub use vendor::{Kind, Received, Vendor};
