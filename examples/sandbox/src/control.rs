//! The control of a running sandbox. The HTTP routes call these same methods.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::{ClockChange, ClockView};
use crate::fault::{self, Fault, Rule, RuleView};
use crate::keys::{KeyRequest, KeyView, NewKey};
use crate::log::{Counts, Entry, Idle, LogQuery, Order, Waiting};
use crate::sandbox::Announcement;
use crate::settings::Settings;
use crate::state::State;
use crate::tokens::TokenView;
use crate::vendor::{Kind, Vendor};

/// Why the sandbox did not do what it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlError {
    /// The HTTP status of the control API.
    #[serde(skip)]
    pub status: u16,
    /// `invalid`, `not_found` or `conflict`.
    pub error: &'static str,
    /// What is wrong.
    pub message: String,
}

impl ControlError {
    pub(crate) fn invalid(message: &str) -> Self {
        Self { status: 400, error: "invalid", message: message.to_owned() }
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self { status: 404, error: "not_found", message: message.to_owned() }
    }

    pub(crate) fn conflict(message: &str) -> Self {
        Self { status: 409, error: "conflict", message: message.to_owned() }
    }
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.message)
    }
}

impl std::error::Error for ControlError {}

/// Which held answers to release. Without anything: all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Release {
    /// Only the vendor's token requests, or API calls.
    pub kind: Option<Kind>,
    /// Only this request.
    pub seq: Option<u64>,
    /// At most so many, the oldest first.
    pub count: Option<usize>,
    /// Answers them with this instead: a fault that decides an answer.
    pub instead: Option<Fault>,
}

/// What to wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdleQuery {
    /// So many requests must have arrived since the log was cleared.
    pub received: u64,
    /// How long to wait, in milliseconds of real time; at most a minute.
    pub wait_ms: u64,
}

/// Which tokens to revoke: all that fit everything given, without anything all of the vendor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Revoke {
    /// This token.
    pub token: Option<String>,
    /// The token with this serial number.
    pub serial: Option<u64>,
    /// Tokens of this key.
    pub key_id: Option<String>,
}

/// Controls a running sandbox. Clones control the same one.
#[derive(Clone)]
pub struct Control {
    state: Arc<State>,
    announcement: Arc<Announcement>,
    runtime: tokio::runtime::Handle,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("url", &self.announcement.control).finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn new(state: Arc<State>, announcement: Announcement, runtime: tokio::runtime::Handle) -> Self {
        Self { state, announcement: Arc::new(announcement), runtime }
    }

    /// All URLs and the initial keys.
    pub fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Reads the clock.
    pub fn clock(&self) -> ClockView {
        self.state.clock.view()
    }

    /// The sandbox's time in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.clock().now_ms
    }

    /// Moves, sets, stops or starts the clock, and reads it.
    pub fn change_clock(&self, change: ClockChange) -> ClockView {
        self.state.clock.change(change);
        self.state.changed();
        self.clock()
    }

    /// Moves the clock forward.
    pub fn advance(&self, ms: u64) -> ClockView {
        self.change_clock(ClockChange { advance_ms: ms, ..ClockChange::default() })
    }

    /// Stops the clock, so that only `advance` moves it.
    pub fn freeze(&self) -> ClockView {
        self.change_clock(ClockChange { frozen: Some(true), ..ClockChange::default() })
    }

    /// Creates a key. This is the only time its secret is shown.
    ///
    /// # Errors
    /// `invalid` for a name the vendor refuses, `conflict` for an id that exists.
    pub fn create_key(&self, vendor: Vendor, request: KeyRequest) -> Result<NewKey, ControlError> {
        if vendor == Vendor::Elsewhere {
            return Err(ControlError::invalid("elsewhere knows no keys"));
        }
        self.state.memory().site(vendor).keys.create(vendor, request)
    }

    /// Lists the keys without their secrets.
    pub fn keys(&self, vendor: Vendor) -> Vec<KeyView> {
        self.state.memory().site(vendor).keys.list()
    }

    /// Disables or enables a key. Issued tokens go on working, unless `revoke_tokens`.
    ///
    /// # Errors
    /// `not_found`; `conflict` for Piwik PRO, whose keys can only be deleted.
    pub fn enable_key(&self, vendor: Vendor, id: &str, enabled: bool, revoke_tokens: bool) -> Result<(), ControlError> {
        self.state.memory().site(vendor).keys.set_enabled(vendor, id, enabled)?;
        self.revoke_of_key(vendor, id, revoke_tokens);
        Ok(())
    }

    /// Deletes a key. Issued tokens go on working, unless `revoke_tokens`.
    ///
    /// # Errors
    /// `not_found`.
    pub fn delete_key(&self, vendor: Vendor, id: &str, revoke_tokens: bool) -> Result<(), ControlError> {
        self.state.memory().site(vendor).keys.delete(id)?;
        self.revoke_of_key(vendor, id, revoke_tokens);
        Ok(())
    }

    fn revoke_of_key(&self, vendor: Vendor, id: &str, wanted: bool) {
        if wanted {
            self.revoke(vendor, &Revoke { key_id: Some(id.to_owned()), ..Revoke::default() });
        }
    }

    /// Reads a vendor's settings.
    pub fn settings(&self, vendor: Vendor) -> Settings {
        self.state.memory().site(vendor).settings.clone()
    }

    /// Changes a vendor's settings.
    pub fn change_settings(&self, vendor: Vendor, change: impl FnOnce(&mut Settings)) -> Settings {
        let mut memory = self.state.memory();
        let settings = &mut memory.site(vendor).settings;
        change(settings);
        settings.clone()
    }

    /// Changes the settings that a JSON object names (RFC 7396 at the top level: each value replaces the whole field).
    ///
    /// # Errors
    /// `invalid` for anything but an object, an unknown field or a wrong type.
    pub fn merge_settings(&self, vendor: Vendor, change: &Value) -> Result<Settings, ControlError> {
        let wrong = |e: serde_json::Error| ControlError::invalid(&e.to_string());
        let mut merged = serde_json::to_value(self.settings(vendor)).map_err(wrong)?;
        let (Some(fields), Some(new)) = (merged.as_object_mut(), change.as_object()) else {
            return Err(ControlError::invalid("settings are an object"));
        };
        fields.extend(new.clone());
        let settings: Settings = serde_json::from_value(merged).map_err(wrong)?;
        if !(200..300).contains(&settings.granted_status) {
            return Err(ControlError::invalid("granted_status must be 200 to 299"));
        }
        Ok(self.change_settings(vendor, |present| *present = settings))
    }

    /// Adds a fault and says its id. Faults apply in the order they were added.
    ///
    /// # Errors
    /// `invalid` for a fault that cannot be carried out.
    pub fn add_fault(&self, vendor: Vendor, rule: Rule) -> Result<u64, ControlError> {
        self.state.memory().site(vendor).rules.add(vendor, rule)
    }

    /// Lists the faults in force.
    pub fn faults(&self, vendor: Vendor) -> Vec<RuleView> {
        self.state.memory().site(vendor).rules.list()
    }

    /// Removes one fault. Answers that it holds stay held.
    ///
    /// # Errors
    /// `not_found` if it does not exist or is used up.
    pub fn remove_fault(&self, vendor: Vendor, id: u64) -> Result<(), ControlError> {
        let removed = self.state.memory().site(vendor).rules.remove(id);
        if removed { Ok(()) } else { Err(ControlError::not_found("no fault with this id")) }
    }

    /// Removes all faults of a vendor and says how many. Held answers stay held.
    pub fn clear_faults(&self, vendor: Vendor) -> usize {
        self.state.memory().site(vendor).rules.clear()
    }

    /// Releases held answers of a vendor and says how many.
    ///
    /// # Errors
    /// `invalid` if `instead` cannot be carried out.
    pub fn release(&self, vendor: Vendor, release: Release) -> Result<usize, ControlError> {
        if let Some(fault) = &release.instead {
            if !fault.decides_an_answer() {
                return Err(ControlError::invalid("instead must be a fault that decides an answer"));
            }
            fault::validate_fault(vendor, release.kind.unwrap_or(Kind::Token), fault)?;
        }
        let order = release.instead.map_or(Order::Proceed, Order::Instead);
        let released = self.state.memory().log.order(&order, release.count.unwrap_or(usize::MAX), |seq, of, kind, waiting| {
            of == vendor
                && waiting == Waiting::UntilReleased
                && release.kind.is_none_or(|wanted| wanted == kind)
                && release.seq.is_none_or(|wanted| wanted == seq)
        });
        self.state.changed();
        Ok(released)
    }

    /// Lists the tokens a vendor has issued, oldest first.
    pub fn tokens(&self, vendor: Vendor) -> Vec<TokenView> {
        self.state.memory().site(vendor).tokens.list()
    }

    /// Revokes tokens and says how many.
    pub fn revoke(&self, vendor: Vendor, revoke: &Revoke) -> usize {
        self.state.memory().site(vendor).tokens.revoke(|text, token| {
            revoke.token.as_deref().is_none_or(|wanted| wanted == text)
                && revoke.serial.is_none_or(|wanted| wanted == token.serial)
                && revoke.key_id.as_deref().is_none_or(|wanted| wanted == token.key_id)
        })
    }

    /// Revokes all tokens of a vendor and says how many.
    pub fn revoke_all(&self, vendor: Vendor) -> usize {
        self.revoke(vendor, &Revoke::default())
    }

    /// Reads the log, oldest first.
    pub fn log(&self, query: &LogQuery) -> Vec<Entry> {
        self.state.memory().log.read(query, self.state.clock.now_us())
    }

    /// Requests by vendor and kind since the log was cleared.
    pub fn counts(&self) -> Counts {
        self.state.memory().log.counts()
    }

    /// Says what is going on at this moment.
    pub fn idle(&self) -> Idle {
        self.state.memory().log.idle(self.state.clock.now_us())
    }

    /// Waits until so many requests have arrived and each is over, held, or waiting for the clock, and says what is going
    /// on then, or when the time is over. Works under any executor.
    pub async fn wait_idle(&self, query: IdleQuery) -> Idle {
        let control = self.clone();
        let waiting = self.runtime.spawn(async move {
            let mut changes = control.state.changes();
            let wait = Duration::from_millis(query.wait_ms.min(60_000));
            let idle = async {
                loop {
                    changes.mark_unchanged();
                    let idle = control.idle();
                    if idle.idle && idle.received >= query.received {
                        return;
                    }
                    // A delayed answer becomes due by time alone, so look again now and then.
                    drop(tokio::time::timeout(Duration::from_millis(20), changes.changed()).await);
                }
            };
            drop(tokio::time::timeout(wait, idle).await);
        });
        // It ends early only with the sandbox.
        let _ = waiting.await;
        self.idle()
    }

    /// Forgets all log entries and counts.
    pub fn clear_log(&self) {
        self.state.memory().log.clear();
        self.state.changed();
    }

    /// Begins anew: initial keys and settings, no tokens, no faults, an empty log, the clock at the real time; requests
    /// that wait are dropped.
    pub fn reset(&self) {
        self.state.reset_sites(&self.announcement.keys);
        self.state.clock.reset();
        {
            let mut memory = self.state.memory();
            memory.log.order(&Order::Close, usize::MAX, |_, _, _, _| true);
            memory.log.clear();
        }
        self.state.changed();
    }
}
