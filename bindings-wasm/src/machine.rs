//! The token machine of one client.

use evertoken::{
    AccessToken, Freshness, Input, Policy, Reset,
    desk::{Desk, Errands, Ruling},
    io::Adopted,
    time::{Instant, Now},
};
use wasm_bindgen::prelude::*;

use crate::{exchange::Exchange, failure::thrown, json::text_of, step};

/// The machine with its bookkeeping; a caller that waits is known by its ticket.
#[wasm_bindgen]
pub struct Machine(Desk<u64>);

#[wasm_bindgen]
impl Machine {
    /// Makes a machine of a policy, an object that may leave out what is the default.
    #[wasm_bindgen(constructor)]
    pub fn new(policy: &JsValue) -> Result<Machine, JsValue> {
        Desk::new(policy_of(policy)?).map(Self).map_err(|error| thrown(&error))
    }

    /// Brings the wish for a token.
    pub fn want(&mut self, mono: f64, wall: f64, entropy: u64, min_valid_ms: f64, patience_ms: f64, waited: bool) -> JsValue {
        let (ruling, errands) = self.0.want(now(mono, wall, entropy), ms(min_valid_ms), ms(patience_ms), waited, itself);
        self.written(&ruling, &errands)
    }

    /// Brings an API's rejection of the token of a generation.
    #[expect(clippy::too_many_arguments, reason = "an object would have to be made for each call")]
    pub fn rejected(
        &mut self,
        mono: f64,
        wall: f64,
        entropy: u64,
        generation: f64,
        replayable: bool,
        retried: bool,
        patience_ms: f64,
    ) -> JsValue {
        let input = Input::Rejected { generation: ms(generation), replayable, retried, patience_ms: ms(patience_ms) };
        self.enter(mono, wall, entropy, input)
    }

    /// Brings the end of an attempt: the exchange that has ended, or none for one that was broken off.
    pub fn finished(&mut self, mono: f64, wall: f64, entropy: u64, attempt: f64, exchange: Option<Exchange>) -> JsValue {
        let attempt = ms(attempt);
        let input = match exchange.and_then(Exchange::into_outcome) {
            Some(outcome) => Input::Finished { attempt, outcome },
            None => Input::Abandoned { attempt },
        };
        self.enter(mono, wall, entropy, input)
    }

    /// Brings a token of another tab.
    #[expect(clippy::too_many_arguments, reason = "an object would have to be made for each call")]
    pub fn adopt(
        &mut self,
        mono: f64,
        wall: f64,
        entropy: u64,
        header_name: &str,
        header_value: &str,
        token: &str,
        issued_at_wall: f64,
        lifetime_ms: f64,
        remaining_ms: f64,
    ) -> JsValue {
        let prefix = header_value.strip_suffix(token).unwrap_or_default();
        let token = Adopted {
            token: AccessToken::new(header_name, prefix, token),
            issued_at_wall: ms(issued_at_wall),
            lifetime_ms: ms(lifetime_ms),
            remaining_ms: ms(remaining_ms),
        };
        self.enter(mono, wall, entropy, Input::Adopt { token })
    }

    /// Returns the held token in a form that means the same in every tab, while callers may use it by themselves.
    pub fn shared(&self, mono: f64, wall: f64) -> Option<JsValue> {
        let now = instant(mono, wall);
        let published = self.0.published().filter(|snapshot| snapshot.freshness(now, 0) != Freshness::Ask);
        published.map(|snapshot| step::shared(&snapshot.adopted(now)))
    }

    /// Drops the held token.
    pub fn invalidate(&mut self, mono: f64, wall: f64, entropy: u64) -> JsValue {
        let generation = self.0.generation();
        self.enter(mono, wall, entropy, Input::Invalidate { generation })
    }

    /// Says that the credentials are other ones from here on.
    #[wasm_bindgen(js_name = credentialsChanged)]
    pub fn credentials_changed(&mut self, mono: f64, wall: f64, entropy: u64, drop_token: bool) -> JsValue {
        self.enter(mono, wall, entropy, Input::CredentialsChanged { drop_token })
    }

    /// Ends a pause, if it may be ended.
    pub fn retry(&mut self, mono: f64, wall: f64, entropy: u64) -> JsValue {
        self.enter(mono, wall, entropy, Input::Retry)
    }

    /// Drops the token and everything on its way.
    pub fn logout(&mut self, mono: f64, wall: f64, entropy: u64) -> JsValue {
        self.enter(mono, wall, entropy, Input::Reset(Reset::Logout))
    }

    /// Ends the client for good.
    pub fn close(&mut self, mono: f64, wall: f64, entropy: u64) -> JsValue {
        self.enter(mono, wall, entropy, Input::Reset(Reset::Close))
    }

    /// Says that a timer fired.
    pub fn tick(&mut self, mono: f64, wall: f64, entropy: u64) -> JsValue {
        self.enter(mono, wall, entropy, Input::Tick { keep_fresh: false })
    }

    /// Returns how long a caller may wait before it calls `tick`, in milliseconds.
    #[wasm_bindgen(js_name = alarmMs)]
    pub fn alarm_ms(&self, mono: f64, wall: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "at most an hour")]
        self.0.alarm().map(|at| at.left_ms(instant(mono, wall)) as f64)
    }

    /// How long a call may wait where it does not say, in milliseconds.
    #[wasm_bindgen(getter, js_name = patienceMs)]
    pub fn patience_ms(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the policy bounds it")]
        let ms = self.0.policy().patience_ms as f64;
        ms
    }

    /// How much of the token endpoint's answer is read, in bytes.
    #[wasm_bindgen(getter, js_name = bodyLimit)]
    pub fn body_limit(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the policy bounds it")]
        let bytes = self.0.policy().body_limit_bytes as f64;
        bytes
    }

    /// Says what the machine does and will do next, as an object.
    pub fn explain(&self, mono: f64, wall: f64) -> JsValue {
        step::explanation(&self.0.explain(instant(mono, wall)))
    }

    /// Says the same in words.
    #[wasm_bindgen(js_name = explainInWords)]
    pub fn explain_in_words(&self, mono: f64, wall: f64) -> String {
        self.0.explain(instant(mono, wall)).to_string()
    }
}

impl Machine {
    fn enter(&mut self, mono: f64, wall: f64, entropy: u64, input: Input) -> JsValue {
        let (ruling, errands) = self.0.enter(now(mono, wall, entropy), input, itself);
        self.written(&ruling, &errands)
    }

    fn written(&self, ruling: &Ruling, errands: &Errands<u64>) -> JsValue {
        step::step(ruling, errands, self.0.published().map(AsRef::as_ref))
    }
}

/// Reads a policy; what is left out is the default.
pub(crate) fn policy_of(policy: &JsValue) -> Result<Policy, JsValue> {
    text_of(policy).map_or_else(|| Ok(Policy::default()), |text| Policy::from_json(&text)).map_err(|error| thrown(&error))
}

const fn itself(ticket: u64) -> u64 {
    ticket
}

pub(crate) fn now(mono: f64, wall: f64, entropy: u64) -> Now {
    Now { mono: ms(mono), wall: ms(wall), entropy }
}

pub(crate) fn instant(mono: f64, wall: f64) -> Instant {
    Instant { mono: ms(mono), wall: ms(wall) }
}

/// A number of JavaScript as whole milliseconds: none is 0, one without end is the largest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
pub(crate) const fn ms(number: f64) -> u64 {
    number as u64
}
