//! One call: what was seen of it, and what should have been.

use evertoken::{Error, Event, Instant, Output, Step, event::Reason, io::SurfaceReason};

use crate::{
    Violation,
    rules::{Rule, Seen, When},
    trail::{Cause, Place, Trail},
};

/// What is collected while a call is followed.
pub(crate) struct Turn<'a, T> {
    pub(crate) now: Instant,
    pub(crate) step: &'a Step<T>,
    pub(crate) seen: &'a mut Seen,
    /// The outputs that should have come, in their order, each with the rule that asks for it.
    pub(crate) expected: Vec<(Output<T>, Rule)>,
    /// Those who wait are answered with the snapshot that stands at the end.
    pub(crate) settles: u64,
    pub(crate) keep_fresh: bool,
    /// A number was drawn.
    pub(crate) drew: bool,
    /// The rule that the times of a snapshot follow from.
    pub(crate) times: Rule,
    /// The rule that a request breaks which nothing asks for.
    pub(crate) no_start: Rule,
    pub(crate) wrong: Option<Violation>,
    pub(crate) trail: Trail,
    pub(crate) cause: Cause,
    pauses_read: usize,
}

/// What the caller should have been told; a snapshot is the one that stands at the end.
pub(crate) enum Answer {
    Use,
    RetryWith,
    Wait { ticket: u64, until: u64 },
    RetryAfter { ms: u64 },
    Surface(SurfaceReason),
    Fail(Error),
    Misuse,
    Done,
}

/// An answer and the rule that asks for it.
pub(crate) type Ruling = (Answer, Rule);

impl<'a, T> Turn<'a, T> {
    pub(crate) fn new(now: Instant, step: &'a Step<T>, seen: &'a mut Seen, start: Place) -> Self {
        Self {
            now,
            step,
            seen,
            expected: Vec::new(),
            settles: 0,
            keep_fresh: false,
            drew: false,
            times: Rule::Times,
            no_start: Rule::PauseEnds,
            wrong: None,
            trail: Trail::new(start),
            cause: Cause::Time,
            pauses_read: 0,
        }
    }

    pub(crate) fn saw(&mut self, when: When) {
        self.seen.note(when);
    }

    pub(crate) fn expect(&mut self, output: Output<T>, rule: Rule) {
        self.expected.push((output, rule));
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.saw(When::Told);
        self.expect(Output::Event(event), Rule::Events);
    }

    /// Keeps the first thing that is wrong.
    pub(crate) fn blame(&mut self, rule: Rule, detail: impl FnOnce() -> String) {
        if self.wrong.is_none() {
            self.wrong = Some(Violation { invariant: rule.name(), detail: detail() });
        }
    }

    /// Reads the end of the next pause that the machine told of.
    pub(crate) fn next_pause(&mut self) -> Option<Instant> {
        let mut pauses = self.step.outputs.iter().filter_map(|output| match output {
            Output::Event(Event::Paused { until }) => Some(*until),
            _ => None,
        });
        let found = pauses.nth(self.pauses_read);
        self.pauses_read += 1;
        found
    }

    /// Says whether the machine told in this call that it sent a request for a reason.
    pub(crate) fn started_for(&self, wanted: Reason) -> bool {
        self.step.outputs.iter().any(|output| matches!(output, Output::Event(Event::Started { reason, .. }) if *reason == wanted))
    }
}
