//! What every host keeps around a machine: who waits, which attempts run, when to call again.
//!
//! A host enters an input under its lock and carries out the errands after it has let go of it. It decides nothing.

use alloc::{sync::Arc, vec::Vec};
use core::mem::take;

use crate::{
    error::Error,
    event::Event,
    io::{Freshness, Input, Output, Reset, Snapshot, SurfaceReason, Verdict},
    machine::{Explanation, Machine},
    policy::Policy,
    time::{Instant, Now},
};

/// What a ticket is answered with.
pub type Answer = Result<Arc<Snapshot>, Error>;

/// A machine with its bookkeeping; `W` is what a host wakes a waiting caller by.
#[derive(Debug)]
pub struct Desk<W> {
    machine: Machine,
    /// The attempts on their way and when their I/O is aborted.
    attempts: Vec<(u64, Instant)>,
    /// Who waits, by ticket.
    waiters: Vec<(u64, W)>,
    wake_at: Option<Instant>,
    published: Option<Arc<Snapshot>>,
    /// The last generation that was published.
    generation: u64,
}

/// What a host does once it has let go of the lock, in this order.
#[derive(Debug)]
#[must_use = "callers wait for it"]
pub struct Errands<W> {
    /// Attempts whose I/O is aborted; their end is reported already.
    pub given_up: Vec<u64>,
    /// Attempts to run.
    pub starts: Vec<Start>,
    /// Callers that have their answer.
    pub settled: Vec<(W, Answer)>,
    /// [`Desk::alarm`] is earlier than before: who waits sets its timer anew.
    pub alarm_is_earlier: bool,
    /// What happened, for listeners.
    pub events: Vec<Event>,
}

/// An attempt to run: an exchange whose end is reported with [`Input::Finished`] or [`Input::Abandoned`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Names it in the report.
    pub attempt: u64,
    /// From here on the token's life counts.
    pub sent_at: Instant,
    /// Its I/O is aborted here.
    pub abort_at: Instant,
}

/// A verdict as a caller obeys it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Use this token.
    Use(Arc<Snapshot>),
    /// Wait for the answer of a ticket; at `until_mono` want again, as one who has waited.
    Wait {
        /// The ticket.
        ticket: u64,
        /// Monotonic milliseconds.
        until_mono: u64,
    },
    /// Send the rejected request again, with this token.
    RetryWith(Arc<Snapshot>),
    /// Rest so many milliseconds, then want; the call counts as retried.
    RetryAfter {
        /// Milliseconds.
        ms: u64,
    },
    /// Give the caller the API's own answer.
    Surface(SurfaceReason),
    /// The call fails.
    Fail(Error),
    /// Nothing more to do.
    Done,
}

impl<W> Desk<W> {
    /// Makes a desk around a new machine.
    ///
    /// # Errors
    ///
    /// [`Code::InvalidOption`](crate::Code::InvalidOption) for a policy that contradicts itself.
    pub fn new(policy: Policy) -> Result<Self, Error> {
        Ok(Self {
            machine: Machine::new(policy)?,
            attempts: Vec::new(),
            waiters: Vec::new(),
            wake_at: None,
            published: None,
            generation: 0,
        })
    }

    /// Returns the snapshot that callers may use by themselves.
    #[must_use]
    pub const fn published(&self) -> Option<&Arc<Snapshot>> {
        self.published.as_ref()
    }

    /// Returns the policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        self.machine.policy()
    }

    /// Returns the last generation that was published, for [`Input::Invalidate`].
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Says what the machine does and will do next.
    #[must_use]
    pub fn explain(&self, now: Instant) -> Explanation {
        self.machine.explain(Now { mono: now.mono, wall: now.wall, entropy: 0 })
    }

    /// Returns when somebody has to call [`Input::Tick`], at the latest.
    #[must_use]
    pub fn alarm(&self) -> Option<Instant> {
        let abort_at = self.attempts.iter().map(|(_, abort_at)| *abort_at).reduce(Instant::earlier);
        match (self.wake_at, abort_at) {
            (Some(wake_at), Some(abort_at)) => Some(wake_at.earlier(abort_at)),
            (wake_at, abort_at) => wake_at.or(abort_at),
        }
    }

    /// Brings the wish for a token; where one serves by comparing numbers the machine is asked on the way only if it wants to be.
    pub fn want(
        &mut self,
        now: Now,
        min_valid_ms: u64,
        patience_ms: u64,
        waited: bool,
        seat: impl FnOnce(u64) -> W,
    ) -> (Ruling, Errands<W>) {
        let standing = self.published.clone().filter(|_| !waited);
        let freshness = standing.as_ref().map(|snapshot| snapshot.freshness(now.instant(), min_valid_ms));
        match (standing, freshness) {
            (Some(snapshot), Some(Freshness::Fresh)) => (Ruling::Use(snapshot), Errands::default()),
            (Some(snapshot), Some(Freshness::Window)) => {
                // The verdict can only be to use the token, which this caller does already.
                let (_, errands) = self.enter(now, Input::Want { min_valid_ms, patience_ms: 0, waited: true }, seat);
                (Ruling::Use(snapshot), errands)
            }
            _ => self.enter(now, Input::Want { min_valid_ms, patience_ms, waited }, seat),
        }
    }

    /// Forgets who has gone away; a ticket that nobody waits for is answered all the same.
    pub fn forget(&mut self, mut has_gone: impl FnMut(&W) -> bool) {
        self.waiters.retain(|(_, waiter)| !has_gone(waiter));
    }

    /// Returns who waits.
    pub fn waiters(&self) -> impl Iterator<Item = &W> {
        self.waiters.iter().map(|(_, waiter)| waiter)
    }

    /// Brings the machine an input. A ticket gets its seat before anybody can settle it.
    pub fn enter(&mut self, now: Now, input: Input, seat: impl FnOnce(u64) -> W) -> (Ruling, Errands<W>) {
        let mut errands = Errands::default();
        match &input {
            Input::Finished { attempt, .. } | Input::Abandoned { attempt } => self.attempts.retain(|(number, _)| number != attempt),
            Input::Reset(Reset::Fork) => {
                self.attempts.clear();
                self.waiters.clear();
            }
            _ => {}
        }
        // What is on its way when credentials change or the source starts over does not count any more.
        let cleared = matches!(input, Input::CredentialsChanged { .. } | Input::Reset(_));
        let given_up = if cleared { take(&mut self.attempts) } else { Vec::new() };
        let verdict = self.handle(now, input, &mut errands);
        if let Verdict::Wait { ticket, .. } = verdict {
            self.waiters.push((ticket, seat(ticket)));
        }
        let overdue: Vec<_> = self.attempts.extract_if(.., |(_, abort_at)| abort_at.is_over(now.instant())).collect();
        for (attempt, _) in given_up.into_iter().chain(overdue) {
            errands.given_up.push(attempt);
            let _ = self.handle(now, Input::Abandoned { attempt }, &mut errands);
        }
        (self.ruling(verdict), errands)
    }

    fn handle(&mut self, now: Now, input: Input, errands: &mut Errands<W>) -> Verdict {
        if matches!(input, Input::Tick { .. }) {
            // The machine says when the next one is, if there is one.
            self.wake_at.take_if(|at| at.is_over(now.instant()));
        }
        let step = self.machine.handle(now, input);
        for output in step.outputs {
            match output {
                Output::Start { attempt, abort_at, .. } => {
                    self.attempts.push((attempt, abort_at));
                    errands.starts.push(Start { attempt, sent_at: now.instant(), abort_at });
                }
                Output::Publish { snapshot, settles } => {
                    self.generation = snapshot.generation;
                    let snapshot = Arc::new(snapshot);
                    self.published = Some(Arc::clone(&snapshot));
                    self.settle(settles, &Ok(snapshot), errands);
                }
                Output::Hand { snapshot, settles } => self.settle(settles, &Ok(Arc::new(snapshot)), errands),
                Output::Fail { settles, error } => self.settle(settles, &Err(error), errands),
                Output::Retract { generation } => self.retract(generation),
                Output::WakeAt { until } => {
                    errands.alarm_is_earlier |= self.wake_at.is_none_or(|before| until.mono < before.mono || until.wall < before.wall);
                    self.wake_at = Some(until);
                }
                Output::Event(event) => {
                    if let Event::Expired { generation } = event {
                        self.retract(generation);
                    }
                    errands.events.push(event);
                }
            }
        }
        step.verdict
    }

    fn settle(&mut self, settles: u64, answer: &Answer, errands: &mut Errands<W>) {
        let settled = self.waiters.extract_if(.., |(ticket, _)| *ticket <= settles);
        errands.settled.extend(settled.map(|(_, waiter)| (waiter, answer.clone())));
    }

    fn retract(&mut self, generation: u64) {
        self.published.take_if(|snapshot| snapshot.generation == generation);
    }

    fn ruling(&self, verdict: Verdict) -> Ruling {
        match verdict {
            Verdict::Use(snapshot) => Ruling::Use(self.shared(snapshot)),
            Verdict::RetryWith(snapshot) => Ruling::RetryWith(self.shared(snapshot)),
            Verdict::Wait { ticket, until_mono } => Ruling::Wait { ticket, until_mono },
            Verdict::RetryAfter { ms } => Ruling::RetryAfter { ms },
            Verdict::Surface(reason) => Ruling::Surface(reason),
            Verdict::Fail(error) => Ruling::Fail(error),
            Verdict::Done => Ruling::Done,
        }
    }

    /// Returns the one that all share where it is the same.
    fn shared(&self, snapshot: Snapshot) -> Arc<Snapshot> {
        self.published.clone().filter(|current| **current == snapshot).unwrap_or_else(|| Arc::new(snapshot))
    }
}

impl<W> Default for Errands<W> {
    fn default() -> Self {
        Self { given_up: Vec::new(), starts: Vec::new(), settled: Vec::new(), alarm_is_earlier: false, events: Vec::new() }
    }
}
