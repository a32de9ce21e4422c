//! What a client is expected to do, from what it was told: a second, small telling of the documented behaviour.

pub mod numbers;

use evertoken::{Input, Instant, Output, Reset, Snapshot, Step};

use crate::caller::{Asked, Ended};

/// What is expected of a client.
#[derive(Default)]
pub struct Reference {
    held: Option<Snapshot>,
    held_from: Option<Instant>,
    closed: bool,
    complaints: Vec<(&'static str, String)>,
}

impl Reference {
    /// Takes in a call of the machine.
    pub fn observe(&mut self, now: Instant, input: &Input, step: &Step) {
        for output in &step.outputs {
            if let Output::Publish { snapshot, .. } = output {
                self.held = Some(snapshot.clone());
                self.held_from.get_or_insert(now);
            }
        }
        match input {
            Input::Invalidate { .. } | Input::CredentialsChanged { drop_token: true } => self.held = None,
            Input::Reset(reset) => {
                self.held = None;
                self.closed |= *reset == Reset::Close;
            }
            _ => {}
        }
    }

    /// A call has ended.
    pub fn call_ended(&mut self, _asked: Asked, _at: Instant, _now: Instant, _ended: &Ended) {}

    /// Says whether a valid token is held.
    #[must_use]
    pub fn is_held(&self, now: Instant) -> bool {
        self.held.as_ref().is_some_and(|held| !held.issued_at.plus(held.lifetime_ms).is_over(now))
    }

    /// Says whether a token was held all the time since then.
    #[must_use]
    pub fn held_since(&self, at: Instant) -> bool {
        self.held_from.is_some_and(|from| from.mono < at.mono)
    }

    /// Says whether the source was closed.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Takes what was not as expected.
    pub fn complaints(&mut self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut self.complaints)
    }
}
