//! What one vendor remembers.

use crate::fault::Rules;
use crate::keys::Keys;
use crate::settings::Settings;
use crate::tokens::Tokens;
use crate::vendor::Vendor;

pub(crate) struct Site {
    pub(crate) vendor: Vendor,
    pub(crate) settings: Settings,
    pub(crate) keys: Keys,
    pub(crate) tokens: Tokens,
    pub(crate) rules: Rules,
    pub(crate) window: Window,
}

impl Site {
    pub(crate) fn new(vendor: Vendor) -> Self {
        Self {
            vendor,
            settings: Settings::of(vendor),
            keys: Keys::default(),
            tokens: Tokens::default(),
            rules: Rules::default(),
            window: Window::default(),
        }
    }
}

/// Calls in the present window of a rate limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    number: u64,
    calls: u64,
}

impl Window {
    /// Counts a call. Returns how many are left, if it is allowed, and the seconds until the next window.
    pub(crate) fn count(&mut self, now_us: u64, limit: u64, window_s: u64) -> (Option<u64>, u64) {
        let window_us = window_s.max(1).saturating_mul(1_000_000);
        let number = now_us / window_us;
        if number != self.number {
            *self = Self { number, calls: 0 };
        }
        let reset_s = (window_us - now_us % window_us).div_ceil(1_000_000);
        if self.calls >= limit {
            return (None, reset_s);
        }
        self.calls += 1;
        (Some(limit - self.calls), reset_s)
    }
}
