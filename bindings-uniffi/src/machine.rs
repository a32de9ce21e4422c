//! The token machine of one source, and who waits at it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use evertoken::{
    Desk, Error, Input, Policy, Reset,
    desk::{Errands, Ruling},
};

use crate::{
    exchange::Exchange,
    failure::Refusal,
    step::Step,
    time::{Instant, Now},
    view::Explanation,
};

/// The token machine of one source: every call but the getters takes the time and says what to carry out.
#[derive(uniffi::Object)]
pub struct Machine {
    desk: Mutex<Desk<u64>>,
}

#[uniffi::export]
impl Machine {
    /// Makes a machine; the policy names the numbers that differ from the default.
    #[uniffi::constructor]
    pub fn new(policy: HashMap<String, u64>) -> Result<Self, Refusal> {
        Ok(Self { desk: Mutex::new(Desk::new(policy_of(&policy)?)?) })
    }

    /// Brings the wish for a token.
    pub fn want(&self, now: Now, min_valid_ms: u64, patience_ms: u64, waited: bool) -> Result<Step, Refusal> {
        self.step(|desk| desk.want(now.into(), min_valid_ms, patience_ms, waited, itself))
    }

    /// Brings an API's rejection of the token of a generation.
    pub fn rejected(&self, now: Now, generation: u64, replayable: bool, retried: bool, patience_ms: u64) -> Result<Step, Refusal> {
        self.enter(now, |_| Input::Rejected { generation, replayable, retried, patience_ms })
    }

    /// Brings the end of an attempt; one without an exchange, or whose exchange has not ended, was abandoned.
    #[uniffi::method(default(exchange = None))]
    pub fn finished(&self, now: Now, attempt: u64, exchange: Option<Arc<Exchange>>) -> Result<Step, Refusal> {
        let outcome = exchange.and_then(|exchange| exchange.outcome());
        self.enter(now, |_| match outcome {
            Some(outcome) => Input::Finished { attempt, outcome },
            None => Input::Abandoned { attempt },
        })
    }

    /// Drops the held token.
    pub fn invalidate(&self, now: Now) -> Result<Step, Refusal> {
        self.enter(now, |desk| Input::Invalidate { generation: desk.generation() })
    }

    /// Ends a pause, if it may be ended.
    pub fn retry(&self, now: Now) -> Result<Step, Refusal> {
        self.enter(now, |_| Input::Retry)
    }

    /// Says that the credentials are other ones from here on.
    pub fn credentials_changed(&self, now: Now, drop_token: bool) -> Result<Step, Refusal> {
        self.enter(now, |_| Input::CredentialsChanged { drop_token })
    }

    /// Drops the token and everything on its way.
    pub fn logout(&self, now: Now) -> Result<Step, Refusal> {
        self.enter(now, |_| Input::Reset(Reset::Logout))
    }

    /// Ends the machine for good.
    pub fn close(&self, now: Now) -> Result<Step, Refusal> {
        self.enter(now, |_| Input::Reset(Reset::Close))
    }

    /// Says that a timer fired.
    pub fn tick(&self, now: Now) -> Result<Step, Refusal> {
        self.enter(now, |_| Input::Tick { keep_fresh: false })
    }

    /// Returns how long a caller may wait before it calls `tick`, in milliseconds; none if nothing is due.
    pub fn alarm_ms(&self, now: Instant) -> Result<Option<u64>, Refusal> {
        Ok(self.lock().alarm().map(|alarm| alarm.left_ms(now.into())))
    }

    /// Says what the machine does and will do next.
    pub fn explain(&self, now: Instant) -> Result<Explanation, Refusal> {
        Ok(Explanation::from(&self.lock().explain(now.into())))
    }

    /// Returns how long a call waits that does not say, in milliseconds.
    pub fn patience_ms(&self) -> Result<u64, Refusal> {
        Ok(self.lock().policy().patience_ms)
    }

    /// Returns how many bytes of an answer of the token endpoint are read.
    pub fn body_limit_bytes(&self) -> Result<u64, Refusal> {
        Ok(self.lock().policy().body_limit_bytes)
    }
}

impl Machine {
    fn enter(&self, now: Now, input: impl FnOnce(&Desk<u64>) -> Input) -> Result<Step, Refusal> {
        self.step(|desk| {
            let input = input(desk);
            desk.enter(now.into(), input, itself)
        })
    }

    fn step(&self, call: impl FnOnce(&mut Desk<u64>) -> (Ruling, Errands<u64>)) -> Result<Step, Refusal> {
        let mut desk = self.lock();
        let (ruling, errands) = call(&mut desk);
        Ok(Step::new(&ruling, errands, desk.published().map(AsRef::as_ref)))
    }

    fn lock(&self) -> MutexGuard<'_, Desk<u64>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a policy; what is left out is the default.
pub(crate) fn policy_of(numbers: &HashMap<String, u64>) -> Result<Policy, Error> {
    let numbers: serde_json::Map<_, _> = numbers.iter().map(|(name, number)| (name.clone(), (*number).into())).collect();
    Policy::from_json(&serde_json::Value::from(numbers).to_string())
}

const fn itself(ticket: u64) -> u64 {
    ticket
}
