//! When to ask for a token: the one state machine behind every language.
//!
//! Its state is what it holds (no token, or one) times what it does about the token endpoint (idle, in flight, paused).
//! [`Machine::handle`] is the only mutation; its table of transitions is `Machine::table`, in this file, and the
//! diagram in `docs/machine.md` is held against it by the exhaustive check (`verification/model`).

mod adoption;
mod commands;
mod deadlines;
mod ending;
mod explain;
mod flight;
mod held;
mod rejected;
mod rejections;
mod tickets;
mod turn;

use alloc::vec::Vec;

use crate::{
    error::{Code, Error},
    event::{Event, Reason},
    io::{Input, Output, Snapshot, Step, Verdict},
    policy::Policy,
    secret::AccessToken,
    time::{Instant, Now},
};

pub use explain::{Explanation, FlightView, TokenView};
use flight::{Fenced, Flight, Live, Pause, Run, Stage, Why};
use held::{Held, Times};
use rejections::Rejections;
use tickets::Tickets;
use turn::{Decision, Turn};

/// Fenced attempts of which no end was reported are forgotten beyond this number; their reports change nothing.
const FENCED_MAX: usize = 16;

/// The token machine of one grant: one provider, client, scope, audience and surface.
///
/// A host calls [`Machine::handle`] under a short lock, carries out the outputs in their order and obeys the verdict.
/// The machine performs no I/O, reads no clock and knows nothing of HTTP; two machines that get the same inputs give
/// the same outputs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine<T = AccessToken> {
    policy: Policy,
    /// The clocks as they were read last.
    seen: Option<Instant>,
    /// The machine's own monotonic time, which stands still while the host's clock is behind it.
    mono: u64,
    closed: bool,
    held: Option<Held<T>>,
    flight: Flight,
    fenced: Vec<Fenced>,
    /// Up to this one, attempts that never reported their end were forgotten.
    forgotten: u64,
    tickets: Tickets,
    rejections: Rejections<T>,
    failures: Failures,
    generations: u64,
    attempts: u64,
    /// A refresh to start as soon as a pause allows, though nobody waits for it.
    owed: Option<Reason>,
    credentials_changed_at: Option<Instant>,
    pause_invalidated_at: Option<Instant>,
    published: Option<Published>,
    wake_at: Option<Instant>,
}

/// What has failed since the last success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Failures {
    refreshes: u32,
    fetches: u32,
    terminal: u32,
    abandoned: u32,
    /// A flight without a token failed: the next ones have one attempt.
    one_attempt: bool,
    /// Not all refreshes failed transiently and without Retry-After: no last try at `exp - H`.
    no_last_try: bool,
}

/// The newest snapshot that hosts know of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Published {
    generation: u64,
    times: Times,
}

impl<T: Clone + Eq> Machine<T> {
    /// Makes a machine that holds nothing.
    ///
    /// # Errors
    /// What [`Policy::validate`] refuses.
    pub fn new(policy: Policy) -> Result<Self, Error> {
        policy.validate()?;
        Ok(Self {
            rejections: Rejections::new(&policy),
            policy,
            seen: None,
            mono: 0,
            closed: false,
            held: None,
            flight: Flight::Idle,
            fenced: Vec::new(),
            forgotten: 0,
            tickets: Tickets::default(),
            failures: Failures::default(),
            generations: 0,
            attempts: 0,
            owed: None,
            credentials_changed_at: None,
            pause_invalidated_at: None,
            published: None,
            wake_at: None,
        })
    }

    /// Returns the numbers that this machine follows.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the snapshot that stands: what the last `Publish` said, unless it was retracted.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot<T>> {
        let published = self.published.as_ref()?;
        let held = self.held.as_ref().filter(|held| held.generation == published.generation)?;
        Some(held.snapshot(published.times))
    }

    /// Takes an input at a time and says what to do; the only mutation.
    ///
    /// Times that run backwards are clamped and reported. Any input may come at any time; what makes no sense is answered
    /// by `Fail` with [`Code::Misuse`] or, after `Close`, [`Code::Closed`], and changes nothing.
    pub fn handle(&mut self, now: Now, input: Input<T>) -> Step<T> {
        let mut turn = Turn::new(now);
        self.read_clocks(&mut turn);
        let decision = self.transition(&mut turn, input);
        self.publish_changes(&mut turn);
        self.arm(&mut turn);
        Step { verdict: self.verdict(decision), outputs: turn.outputs }
    }

    fn transition(&mut self, turn: &mut Turn<T>, input: Input<T>) -> Decision {
        if self.closed && !matches!(input, Input::Reset(_)) {
            return Decision::Fail(Code::Closed.into());
        }
        // An attempt that is not fenced yet is not late; new credentials and resets beat every deadline; and nobody is
        // failed, nothing sent, in the moment in which another tab's token comes.
        let before_deadlines = match input {
            Input::Finished { .. } | Input::Abandoned { .. } | Input::Adopt { .. } => true,
            Input::CredentialsChanged { .. } | Input::Reset(_) => true,
            Input::Want { .. } | Input::Rejected { .. } | Input::Invalidate { .. } | Input::Retry | Input::Tick { .. } => false,
        };
        self.expire_token(turn);
        if !before_deadlines {
            self.pass_deadlines(turn);
        }
        let decision = self.table(turn, input);
        if before_deadlines {
            self.pass_deadlines(turn);
        }
        decision
    }

    /// The table of transitions: what is held, what the flight does, what comes in.
    fn table(&mut self, turn: &mut Turn<T>, input: Input<T>) -> Decision {
        match (&self.held, &self.flight, input) {
            (Some(_), Flight::Idle, Input::Want { min_valid_ms, patience_ms, waited }) => {
                if let Some(reason) = self.due(turn.now, min_valid_ms) {
                    self.start_flight(turn, reason);
                }
                self.serve(turn, min_valid_ms, patience_ms, waited)
            }
            (Some(_), Flight::InFlight(_) | Flight::Paused(_), Input::Want { min_valid_ms, patience_ms, waited }) => {
                self.serve(turn, min_valid_ms, patience_ms, waited)
            }
            (None, Flight::Idle, Input::Want { patience_ms, .. }) => {
                self.start_flight(turn, Reason::Absent);
                self.wait(turn, patience_ms)
            }
            (None, Flight::InFlight(_), Input::Want { patience_ms, .. }) => self.wait(turn, patience_ms),
            (None, Flight::Paused(pause), Input::Want { patience_ms, .. }) => {
                let in_time = pause.until.left_ms(turn.now).saturating_add(self.policy.paused_wait_margin_ms) <= patience_ms;
                if pause.why != Why::Terminal && in_time {
                    self.wait(turn, patience_ms)
                } else {
                    Decision::Fail(pause.error.clone().with_retry_at(pause.until))
                }
            }

            (_, _, Input::Rejected { generation, replayable, retried, patience_ms }) => {
                self.rejected(turn, generation, replayable, retried, patience_ms)
            }

            (_, _, Input::Finished { attempt, outcome }) => self.finished(turn, attempt, outcome),
            (_, _, Input::Abandoned { attempt }) => self.abandoned(turn, attempt),

            (_, _, Input::Adopt { token }) => self.adopt(turn, token),
            (_, _, Input::Invalidate { generation }) => self.invalidate(turn, generation),
            (_, _, Input::CredentialsChanged { drop_token }) => self.credentials_changed(turn, drop_token),

            (_, Flight::Paused(pause), Input::Retry) => {
                let (until, not_before) = (pause.until, pause.not_before);
                self.owed = Some(Reason::Retry);
                self.shorten_pause(turn, until.earlier(not_before));
                Decision::Done
            }
            (None, Flight::Idle, Input::Retry) => {
                self.start_flight(turn, Reason::Retry);
                Decision::Done
            }
            (Some(held), Flight::Idle, Input::Retry) if held.due_at.is_some() => {
                self.start_flight(turn, Reason::Retry);
                Decision::Done
            }
            (Some(_), Flight::Idle, Input::Retry) | (_, Flight::InFlight(_), Input::Retry) => Decision::Done,

            (_, Flight::Idle, Input::Tick { keep_fresh }) => {
                turn.keep_fresh = keep_fresh;
                if let (true, Some(reason)) = (keep_fresh, self.due(turn.now, 0)) {
                    self.start_flight(turn, reason);
                }
                Decision::Done
            }
            (_, Flight::InFlight(_) | Flight::Paused(_), Input::Tick { keep_fresh }) => {
                turn.keep_fresh = keep_fresh;
                Decision::Done
            }

            (_, _, Input::Reset(reset)) => {
                self.reset(turn, reset);
                Decision::Done
            }
        }
    }

    /// Says why a refresh is due, if it is.
    fn due(&self, now: Instant, min_valid_ms: u64) -> Option<Reason> {
        let Some(held) = &self.held else { return Some(Reason::Absent) };
        if held.marked {
            Some(Reason::Rejected)
        } else if held.due_from(&self.policy).is_over(now) || held.hard_at(&self.policy).is_over(now) {
            Some(Reason::Window)
        } else if held.is_short(&self.policy, now, min_valid_ms) {
            Some(Reason::MinValid)
        } else {
            None
        }
    }

    /// Serves the held token, at once or after a bounded wait behind the attempt that runs.
    fn serve(&mut self, turn: &mut Turn<T>, min_valid_ms: u64, patience_ms: u64, waited: bool) -> Decision {
        let now = turn.now;
        let Some(held) = &self.held else { return self.wait(turn, patience_ms) };
        let Flight::InFlight(Live { stage: Stage::Running(run), .. }) = &mut self.flight else { return Decision::Use };
        if waited || patience_ms == 0 {
            return Decision::Use;
        }
        let wait_ms = if let Some(until) = held.withheld_until {
            until.left_ms(now)
        } else {
            let limit_ms = if held.is_short(&self.policy, now, min_valid_ms) {
                self.policy.min_valid_wait_ms(held.lifetime_ms)
            } else if held.hard_at(&self.policy).is_over(now) {
                self.policy.hard_wait_ms(held.lifetime_ms)
            } else {
                0
            };
            if limit_ms == 0 {
                return Decision::Use;
            }
            // One attempt is waited for once: a caller that comes later waits for what is left.
            let until_mono = *run.waited_for_until.get_or_insert(now.mono.saturating_add(limit_ms));
            limit_ms.min(until_mono.saturating_sub(now.mono))
        };
        if wait_ms == 0 { Decision::Use } else { self.wait(turn, wait_ms.min(patience_ms)) }
    }

    fn wait(&mut self, turn: &Turn<T>, wait_ms: u64) -> Decision {
        if wait_ms == 0 {
            return Decision::Fail(Code::Deadline.into());
        }
        let until_mono = turn.now.mono.saturating_add(wait_ms);
        Decision::Wait { ticket: self.tickets.issue(until_mono), until_mono }
    }

    fn start_flight(&mut self, turn: &mut Turn<T>, reason: Reason) {
        self.owed = None;
        self.flight = Flight::InFlight(Live {
            reason,
            began: turn.now,
            used: 0,
            wall_replaced: false,
            forced: false,
            renewing: reason == Reason::CredentialsChanged,
            superseded: false,
            stage: Stage::Between { next_at: turn.now, error: Code::AttemptDeadline.into() },
        });
        self.next_attempt(turn);
    }

    fn next_attempt(&mut self, turn: &mut Turn<T>) {
        let now = turn.now;
        let Flight::InFlight(live) = &mut self.flight else { return };
        self.attempts += 1;
        live.used += 1;
        let mut fence_at = now.plus(self.policy.attempt_deadline_ms);
        if self.held.is_none() {
            fence_at = fence_at.earlier(live.began.plus(self.policy.fetch_budget_ms));
        }
        let attempt = self.attempts;
        live.stage = Stage::Running(Run { attempt, sent_at: now, fence_at, waited_for_until: None });
        turn.event(Event::Started { attempt, reason: live.reason });
        turn.outputs.push(Output::Start { attempt, fence_at, abort_at: now.plus(self.policy.attempt_abort_ms) });
    }

    /// Takes the right to count from the running attempt, if there is one; the flight is idle then.
    fn fence(&mut self, may_count: bool) {
        if let Some(run) = self.flight.running() {
            self.fenced.push(Fenced { attempt: run.attempt, sent_at: run.sent_at, may_count });
            if self.fenced.len() > FENCED_MAX {
                self.forgotten = self.fenced.remove(0).attempt;
            }
        }
        if matches!(self.flight, Flight::InFlight(_)) && !may_count {
            self.flight = Flight::Idle;
        }
    }

    fn pause(&mut self, turn: &mut Turn<T>, pause: Pause) {
        turn.event(Event::Paused { until: pause.until });
        self.flight = Flight::Paused(pause);
    }

    /// Ends a pause earlier: at once, or at the given time.
    fn shorten_pause(&mut self, turn: &mut Turn<T>, until: Instant) {
        if let Flight::Paused(pause) = &mut self.flight {
            pause.until = pause.until.earlier(until);
        }
        self.pass_pause(turn);
    }

    fn drop_token(&mut self, turn: &mut Turn<T>) {
        self.retract(turn);
        self.held = None;
    }

    fn retract(&mut self, turn: &mut Turn<T>) {
        // Who was answered in this turn gets the snapshot before it goes.
        if turn.settles > 0 {
            self.publish_changes(turn);
            turn.settles = 0;
        }
        if let Some(published) = self.published.take() {
            turn.outputs.push(Output::Retract { generation: published.generation });
        }
    }

    fn read_clocks(&mut self, turn: &mut Turn<T>) {
        let read = turn.now;
        self.mono = self.mono.max(read.mono);
        turn.now.mono = self.mono;
        let Some(seen) = self.seen.replace(read) else { return };
        let mono_back_ms = seen.mono.saturating_sub(read.mono);
        let mono_ms = signed_difference(read.mono.max(seen.mono), seen.mono);
        let wall_ms = signed_difference(read.wall, seen.wall).saturating_sub(mono_ms);
        if mono_back_ms > 0 || wall_ms.unsigned_abs() > self.policy.clock_step_ms {
            turn.event(Event::ClockStepped { wall_ms, mono_back_ms });
        }
    }

    /// Publishes what hosts do not know yet, and settles tickets with it.
    fn publish_changes(&mut self, turn: &mut Turn<T>) {
        let Some(held) = self.held.as_mut() else { return };
        if held.withheld_until.is_some() {
            return;
        }
        let times = held.times(&self.policy, &self.flight);
        let known = self.published.as_ref().is_some_and(|known| known.generation == held.generation && known.times == times);
        if !known {
            held.revision += 1;
            self.published = Some(Published { generation: held.generation, times });
        }
        if !known || turn.settles > 0 {
            turn.outputs.push(Output::Publish { snapshot: held.snapshot(times), settles: turn.settles });
        }
    }

    /// Asks for a wake-up where something is due though no caller may come.
    fn arm(&mut self, turn: &mut Turn<T>) {
        let waiting = self.tickets.any_open() || self.owed.is_some() || turn.keep_fresh;
        let flight = match &self.flight {
            Flight::InFlight(Live { stage: Stage::Running(run), .. }) => Some(run.fence_at),
            Flight::InFlight(Live { stage: Stage::Between { next_at, .. }, .. }) => Some(*next_at),
            Flight::Paused(pause) if waiting => Some(pause.until),
            Flight::Idle if turn.keep_fresh => self.held.as_ref().map(|held| held.times(&self.policy, &self.flight).ask_at),
            Flight::Idle | Flight::Paused(_) => None,
        };
        let withheld = self.held.as_ref().and_then(|held| held.withheld_until);
        let next = match (flight, withheld) {
            (Some(a), Some(b)) => Some(a.earlier(b)),
            (a, b) => a.or(b),
        };
        let Some(next) = next else {
            self.wake_at = None;
            return;
        };
        let until = next.earlier(turn.now.plus(self.policy.wake_max_ms));
        if turn.keep_fresh || self.wake_at != Some(until) {
            self.wake_at = Some(until);
            turn.outputs.push(Output::WakeAt { until });
        }
    }

    fn verdict(&self, decision: Decision) -> Verdict<T> {
        let current = |verdict: fn(Snapshot<T>) -> Verdict<T>| {
            let held = self.held.as_ref().map(|held| held.snapshot(held.times(&self.policy, &self.flight)));
            held.map_or_else(|| Verdict::Fail(Code::Deadline.into()), verdict)
        };
        match decision {
            Decision::Use => current(Verdict::Use),
            Decision::RetryWith => current(Verdict::RetryWith),
            Decision::Wait { ticket, until_mono } => Verdict::Wait { ticket, until_mono },
            Decision::RetryAfter { ms } => Verdict::RetryAfter { ms },
            Decision::Surface(reason) => Verdict::Surface(reason),
            Decision::Fail(error) => Verdict::Fail(error),
            Decision::Done => Verdict::Done,
        }
    }
}

const fn signed_difference(a: u64, b: u64) -> i64 {
    // Unix milliseconds stay far below 2^63; a host's nonsense only mislabels an event.
    a.wrapping_sub(b).cast_signed()
}
