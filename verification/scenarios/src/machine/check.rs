//! Compares what a step expects with what the machine told; the first difference is the failure.

use std::fmt::Debug;

use serde_json::Value;

use crate::envelope::{Failure, Kind};

use super::{
    format::{Around, At, Failed, Output, Snapshot, Start, Verdict},
    told::Told,
};

/// Counts the comparisons of a file, and knows the step.
pub(super) struct Check<'a> {
    pub(super) step: usize,
    pub(super) assertions: &'a mut usize,
}

type Checked = Result<(), Failure>;

impl Check<'_> {
    /// Compares in this order: the number of token requests, the verdict, the outputs, the events, the wake-up.
    pub(super) fn told(&mut self, expected: &Around, verdict: &Verdict, told: &Told) -> Checked {
        let none = Vec::new();
        let outputs = expected.outputs.as_ref().unwrap_or(&none);
        self.requests(outputs, &told.outputs)?;
        self.verdict(expected.verdict.as_ref().unwrap_or(&Verdict::Done), verdict)?;
        self.outputs(outputs, &told.outputs)?;
        if let Some(events) = &expected.events {
            self.equal(Kind::WrongEvents, "events", events, &told.events)?;
        }
        if let Some(wake_at) = &expected.wake_at_ms {
            let kind = match (wake_at, &told.wake_at_ms) {
                (None, _) => Kind::ExtraOutput,
                (Some(_), None) => Kind::MissingOutput,
                (Some(_), Some(_)) => Kind::WrongTime,
            };
            self.equal(kind, "wake_at_ms", wake_at, &told.wake_at_ms)?;
        }
        Ok(())
    }

    fn requests(&mut self, expected: &[Output], got: &[Output]) -> Checked {
        let count = |outputs: &[Output]| outputs.iter().filter(|output| matches!(output, Output::Start(_))).count();
        let kind = if count(got) > count(expected) { Kind::ExtraRequest } else { Kind::MissingRequest };
        self.equal(kind, "token requests", &count(expected), &count(got))
    }

    fn verdict(&mut self, expected: &Verdict, got: &Verdict) -> Checked {
        match (expected, got) {
            (Verdict::Use(expected), Verdict::Use(got)) => self.snapshot("use", expected, got),
            (Verdict::RetryWith(expected), Verdict::RetryWith(got)) => self.snapshot("retry_with", expected, got),
            (Verdict::Wait(expected), Verdict::Wait(got)) => {
                self.equal(Kind::WrongNumber, "wait.ticket", &expected.ticket, &got.ticket)?;
                self.equal(Kind::WrongTime, "wait.until_ms", &expected.until_ms, &got.until_ms)
            }
            (Verdict::RetryAfterMs(expected), Verdict::RetryAfterMs(got)) => self.equal(Kind::WrongTime, "retry_after_ms", expected, got),
            (Verdict::Fail(expected), Verdict::Fail(got)) => self.failed("fail", expected, got),
            (expected, got) => self.equal(Kind::WrongVerdict, "verdict", expected, got),
        }
    }

    fn outputs(&mut self, expected: &[Output], got: &[Output]) -> Checked {
        for (expected, got) in expected.iter().zip(got) {
            match (expected, got) {
                (Output::Start(expected), Output::Start(got)) => self.start(expected, got)?,
                (Output::Publish(expected), Output::Publish(got)) => self.snapshot("publish", expected, got)?,
                (Output::Hand(expected), Output::Hand(got)) => self.snapshot("hand", expected, got)?,
                (Output::Retract(expected), Output::Retract(got)) => {
                    self.equal(Kind::WrongToken, "retract.generation", &expected.generation, &got.generation)?;
                }
                (Output::Fail(expected), Output::Fail(got)) => self.failed("fail", expected, got)?,
                (expected, got) => self.equal(Kind::MissingOutput, "output", expected, got)?,
            }
        }
        if let Some(extra) = got.get(expected.len()) {
            return Err(Failure::at(self.step, Kind::ExtraOutput, format!("expected no further output, got {extra:?}")));
        }
        if let Some(missing) = expected.get(got.len()) {
            return Err(Failure::at(self.step, Kind::MissingOutput, format!("expected {missing:?}, got none")));
        }
        Ok(())
    }

    fn start(&mut self, expected: &Start, got: &Start) -> Checked {
        self.equal(Kind::WrongNumber, "start.attempt", &expected.attempt, &got.attempt)?;
        self.time("start.fence_at_ms", expected.fence_at_ms, got.fence_at_ms)?;
        self.time("start.abort_at_ms", expected.abort_at_ms, got.abort_at_ms)
    }

    fn snapshot(&mut self, what: &str, expected: &Snapshot, got: &Snapshot) -> Checked {
        self.equal(Kind::WrongToken, &format!("{what}.token"), &expected.token, &got.token)?;
        self.equal(Kind::WrongToken, &format!("{what}.generation"), &expected.generation, &got.generation)?;
        if expected.revision.is_some() {
            self.equal(Kind::WrongToken, &format!("{what}.revision"), &expected.revision, &got.revision)?;
        }
        self.time(&format!("{what}.ask_at_ms"), expected.ask_at_ms, got.ask_at_ms)?;
        self.time(&format!("{what}.use_until_ms"), expected.use_until_ms, got.use_until_ms)?;
        if expected.issued_at_ms.is_some() {
            self.equal(Kind::WrongTime, &format!("{what}.issued_at_ms"), &expected.issued_at_ms, &got.issued_at_ms)?;
        }
        if expected.lifetime_ms.is_some() {
            self.equal(Kind::WrongTime, &format!("{what}.lifetime_ms"), &expected.lifetime_ms, &got.lifetime_ms)?;
        }
        self.equal(Kind::WrongSettles, &format!("{what}.settles"), &expected.settles, &got.settles)
    }

    fn failed(&mut self, what: &str, expected: &Failed, got: &Failed) -> Checked {
        self.equal(Kind::WrongCode, &format!("{what}.code"), expected.code.as_str(), got.code.as_str())?;
        self.equal(Kind::WrongTime, &format!("{what}.retry_at_ms"), &expected.retry_at_ms, &got.retry_at_ms)?;
        if let Some(about) = &expected.about {
            let begins = got.about.as_ref().is_some_and(|got| got.starts_with(about));
            let (about, got) = (Some(about), got.about.as_ref());
            self.equal(Kind::WrongCode, &format!("{what}.about"), &about, &if begins { about } else { got })?;
        }
        self.equal(Kind::WrongSettles, &format!("{what}.settles"), &expected.settles, &got.settles)
    }

    /// Compares what is named, at any depth.
    pub(super) fn sees(&mut self, what: &str, expected: &Value, got: &Value) -> Checked {
        let Value::Object(fields) = expected else {
            return self.equal(Kind::WrongExplanation, what, expected, got);
        };
        for (name, expected) in fields {
            let missing = Value::Null;
            let got = match got.get(name) {
                Some(got) => got,
                None if expected.is_null() => &missing,
                None => return Err(Failure::at(self.step, Kind::WrongExplanation, format!("{what} has no {name}: {got}"))),
            };
            self.sees(&format!("{what}.{name}"), expected, got)?;
        }
        Ok(())
    }

    fn time(&mut self, what: &str, expected: At, got: At) -> Checked {
        self.equal(Kind::WrongTime, what, &expected, &got)
    }

    fn equal<V: PartialEq + Debug + ?Sized>(&mut self, kind: Kind, what: &str, expected: &V, got: &V) -> Checked {
        *self.assertions += 1;
        if expected == got {
            return Ok(());
        }
        Err(Failure::at(self.step, kind, format!("{what}: expected {expected:?}, got {got:?}")))
    }
}
