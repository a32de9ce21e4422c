//! What APIs said of tokens, across generations.

use alloc::vec::Vec;

use crate::{policy::Policy, time::Instant};

use super::held::Held;

/// The last rejected tokens, and how far apart forced refreshes stand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rejections<T> {
    recent: Vec<T>,
    /// The first rejection of the token that was rejected last.
    pub(super) last_first_at: Option<Instant>,
    pub(super) forced_at: Option<Instant>,
    pub(super) hold_ms: u64,
    /// A rejection shortened a pause then.
    pub(super) shortened_at: Option<Instant>,
}

impl<T: Clone + Eq> Rejections<T> {
    pub(super) fn new(policy: &Policy) -> Self {
        Self { recent: Vec::new(), last_first_at: None, forced_at: None, hold_ms: policy.hold_ms, shortened_at: None }
    }

    /// Remembers that the held token was rejected.
    pub(super) fn record(&mut self, held: &mut Held<T>, policy: &Policy, now: Instant) {
        if held.rejected_at.is_some() {
            return;
        }
        held.rejected_at = Some(now);
        self.last_first_at = Some(now);
        self.recent.retain(|token| *token != held.token);
        if self.recent.len() >= usize::try_from(policy.rejected_memory).unwrap_or(usize::MAX) {
            self.recent.remove(0);
        }
        self.recent.push(held.token.clone());
    }

    pub(super) fn contains(&self, token: &T) -> bool {
        self.recent.contains(token)
    }

    /// Says whether the last forced refresh is too recent for another.
    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.forced_at.is_some_and(|at| !at.plus(self.hold_ms).is_over(now))
    }

    /// Says whether a rejection may shorten a pause now.
    pub(super) fn may_shorten(&self, now: Instant) -> bool {
        self.shortened_at.is_none_or(|at| at.plus(self.hold_ms).is_over(now))
    }

    /// Begins a forced refresh: the hold doubles while tokens are rejected soon after they came.
    pub(super) fn force(&mut self, held: &Held<T>, policy: &Policy, now: Instant) {
        let soon = held.rejected_at.is_some_and(|at| !held.received_at.plus(self.hold_ms).is_over(at));
        self.hold_ms = if self.forced_at.is_some() && soon {
            self.hold_ms.saturating_mul(2).min(policy.hold_cap_for(held.lifetime_ms))
        } else {
            policy.hold_ms
        };
        self.forced_at = Some(now);
    }

    /// New credentials or a fork: another forced refresh is allowed.
    pub(super) fn allow_again(&mut self) {
        self.forced_at = None;
    }

    /// A new start: nothing is remembered but the time of the last rejection, which older tokens must not pass.
    pub(super) fn forget(&mut self, policy: &Policy) {
        *self = Self { last_first_at: self.last_first_at, ..Self::new(policy) };
    }
}
