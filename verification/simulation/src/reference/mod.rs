//! What a client is expected to do, from what it was told: a second, small telling of the documented behaviour.
//!
//! It sees what callers ask and are answered, which token requests are sent and how they end, and the source's public
//! events. It follows them with numbers of its own and says what was not as documented.

mod answers;
pub mod numbers;
mod requests;
mod snapshots;
#[cfg(test)]
pub(crate) mod wrong;

use std::collections::{BTreeMap, BTreeSet};

use evertoken::{AccessToken, Adopted, Event, Input, Instant, Outcome, Output, Reset, Snapshot, Step, event::Reason};

use crate::matrix::State;
use requests::{Cause, Flight, Pause, Why};

/// What is expected of a client.
#[derive(Default)]
pub struct Reference {
    mono: u64,
    token: Option<Token>,
    /// What hosts may use by themselves.
    standing: Option<Snapshot>,
    flight: Flight,
    failures: Failures,
    /// When requests were sent that have not been reported to have ended.
    sent: BTreeMap<u64, Instant>,
    /// Attempts of old credentials.
    dead: BTreeSet<u64>,
    forced_at: Option<Instant>,
    hold_ms: u64,
    shortened_at: Option<Instant>,
    invalidated_at: Option<Instant>,
    /// The user, or new credentials, want a request as soon as it may be sent.
    owed: bool,
    /// Why the next request is sent.
    reason: Option<Reason>,
    /// The token that comes is from a request that was given up.
    late: bool,
    closed: bool,
    held_from: Option<Instant>,
    /// How many requests there are reasons for, and how many there were.
    allowance: u64,
    requests: u64,
    /// How far into the first fifth of the window refreshes began, in hundredths.
    spread: Spread,
    complaints: Vec<(&'static str, String)>,
}

/// A token, as its client counts.
#[derive(Clone)]
struct Token {
    token: AccessToken,
    generation: u64,
    life: u64,
    received: Instant,
    ends: Instant,
    rejected: Option<Instant>,
    /// A forced refresh did not help, or could not begin.
    marked: bool,
    /// A refresh is due, whatever the window says.
    due: bool,
    withheld: Option<Instant>,
}

impl Token {
    const fn new(token: AccessToken, generation: u64, life: u64, received: Instant, ends: Instant) -> Self {
        Self { token, generation, life, received, ends, rejected: None, marked: false, due: false, withheld: None }
    }
}

/// What failed since the last success.
#[derive(Clone, Copy, Default)]
struct Failures {
    refreshes: u32,
    fetches: u32,
    terminal: u32,
    abandoned: u32,
    one_attempt: bool,
    no_last_try: bool,
}

/// Where refreshes began within the first fifth of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// How many were seen.
    pub seen: u64,
    /// The earliest, in thousandths of the fifth.
    pub least: u64,
    /// The latest.
    pub most: u64,
}

impl Reference {
    /// Takes in a call of the machine.
    pub fn observe(&mut self, now: Instant, input: &Input, step: &Step) {
        // A monotonic clock that runs back counts as one that stands still.
        self.mono = self.mono.max(now.mono);
        let now = Instant { mono: self.mono, wall: now.wall };
        if self.closed {
            let silent = step.outputs.iter().all(|output| !matches!(output, Output::Start { .. } | Output::Publish { .. }));
            self.ensure(silent, "closed-is-closed", || format!("{input:?}"));
            return;
        }
        if self.token.as_ref().is_some_and(|token| token.ends.is_over(now)) {
            (self.token, self.standing) = (None, None);
        }
        let before = self.token.clone();
        self.hear(now, input);
        let mut cause = Cause::Nothing;
        for output in &step.outputs {
            self.follow(now, input, before.as_ref(), &mut cause, output);
        }
        if self.pause().is_some_and(|pause| pause.until.is_over(now)) {
            self.flight = Flight::Idle;
        }
        self.check_due(now, input, step);
        self.check_verdict(now, input, step);
        self.check_standing(now);
        let (requests, allowance) = (self.requests, self.allowance + 2);
        self.ensure(requests <= allowance, "request-budget", || format!("{requests} requests, {allowance} have a reason"));
        if self.token.is_none() {
            self.held_from = None;
        }
    }

    /// What the input itself means, before anything comes of it.
    fn hear(&mut self, now: Instant, input: &Input) {
        match input {
            Input::Finished { attempt, outcome } => {
                if let (Outcome::Granted { token, lifetime_ms }, Some(sent)) = (outcome, self.sent.get(attempt).copied())
                    && !self.dead.contains(attempt)
                    && let Some(held) = self.token.as_mut().filter(|held| held.token == *token)
                {
                    let ends = sent.plus((*lifetime_ms).min(numbers::LONGEST_LIFE));
                    let live = matches!(&self.flight, Flight::Running(run) if run.attempt == *attempt);
                    // What comes late and dead says nothing.
                    if live || !ends.is_over(now) {
                        held.ends = held.ends.later(ends);
                    }
                }
            }
            Input::Invalidate { .. } => self.allowance += 1,
            Input::CredentialsChanged { drop_token } => {
                self.allowance += 1;
                self.change_credentials();
                if *drop_token {
                    self.token = None;
                }
                self.token.iter_mut().for_each(|token| token.marked = false);
                self.owed = true;
                match &mut self.flight {
                    Flight::Paused(pause) if pause.asked => (pause.until, pause.why) = (pause.not_before, Why::Transient),
                    flight => *flight = Flight::Idle,
                }
            }
            Input::Retry => {
                self.allowance += 1;
                self.retried();
            }
            Input::Reset(reset) => self.reset(*reset),
            Input::Adopt { .. } | Input::Abandoned { .. } | Input::Want { .. } | Input::Rejected { .. } | Input::Tick { .. } => {}
        }
    }

    /// The user wants a request as soon as the pause may end.
    fn retried(&mut self) {
        if let Flight::Paused(pause) = &mut self.flight {
            pause.until = pause.until.earlier(pause.not_before);
            self.owed = true;
        }
    }

    fn reset(&mut self, reset: Reset) {
        self.allowance += 1;
        self.change_credentials();
        self.closed |= reset == Reset::Close;
        if reset == Reset::Fork {
            return;
        }
        (self.token, self.owed, self.failures) = (None, false, Failures::default());
        (self.hold_ms, self.shortened_at) = (numbers::HOLD, None);
        match &mut self.flight {
            Flight::Paused(pause) if pause.asked => (pause.until, pause.why) = (pause.not_before, Why::Transient),
            flight => *flight = Flight::Idle,
        }
    }

    fn change_credentials(&mut self) {
        self.dead.extend(self.sent.keys());
        (self.failures.terminal, self.failures.one_attempt) = (0, false);
        self.forced_at = None;
        if matches!(self.flight, Flight::Running(_) | Flight::Between { .. }) {
            self.flight = Flight::Idle;
        }
    }

    fn follow(&mut self, now: Instant, input: &Input, before: Option<&Token>, cause: &mut Cause, output: &Output) {
        match output {
            Output::Event(event) => self.follow_event(now, input, before, cause, event),
            Output::Start { attempt, fence_at, abort_at } => self.started(now, input, *attempt, *fence_at, *abort_at),
            Output::Publish { snapshot, .. } => {
                let known = self.token.as_ref().is_some_and(|token| {
                    (token.generation, &token.token, token.life) == (snapshot.generation, &snapshot.token, snapshot.lifetime_ms)
                });
                self.ensure(known, "only-what-came-is-published", || format!("generation {}", snapshot.generation));
                if let Some(token) = &mut self.token {
                    token.withheld = None;
                }
                self.standing = Some(snapshot.clone());
                self.held_from.get_or_insert(now);
            }
            Output::Retract { generation } => {
                if self.standing.as_ref().is_some_and(|standing| standing.generation == *generation) {
                    self.standing = None;
                }
            }
            Output::Fail { .. } => {
                let held = self.token.is_some();
                self.ensure(!held, "nobody-who-waits-fails-while-a-token-is-held", || format!("{input:?}"));
            }
            Output::Hand { snapshot, .. } => {
                let dead = snapshot.issued_at.plus(snapshot.lifetime_ms).is_over(now);
                self.ensure(dead, "only-a-dead-token-is-handed", || format!("generation {}", snapshot.generation));
            }
            Output::WakeAt { until } => {
                self.ensure(until.left_ms(now) <= 3_600_000, "wakes-within-an-hour", || format!("{until:?}"));
            }
        }
    }

    /// The server gave a new token.
    fn granted(&mut self, now: Instant, generation: u64, attempt: u64, outcome: &Outcome) {
        let (Outcome::Granted { token, lifetime_ms }, Some(sent)) = (outcome, self.sent.get(&attempt)) else { return };
        let ends = sent.plus((*lifetime_ms).min(numbers::LONGEST_LIFE));
        let dead = self.dead.contains(&attempt);
        self.ensure(!dead, "what-was-given-up-for-good-stays-so", || format!("attempt {attempt}"));
        if let (Some(held), true) = (&self.token, self.late) {
            let better = ends.left_ms(now) > held.ends.left_ms(now);
            self.ensure(better, "a-late-success-only-if-it-outlives", || format!("generation {generation}"));
        }
        self.hold(Token::new(token.clone(), generation, (*lifetime_ms).min(numbers::LONGEST_LIFE), now, ends));
    }

    fn adopted(&mut self, now: Instant, generation: u64, adopted: &Adopted) {
        let Adopted { token, issued_at_wall, lifetime_ms, remaining_ms } = adopted;
        let lifetime_ms = &(*lifetime_ms).min(numbers::LONGEST_LIFE);
        let by_wall = issued_at_wall.saturating_add(*lifetime_ms).saturating_sub(now.wall);
        let left = (*remaining_ms).min(*lifetime_ms).min(by_wall);
        let better = self.token.as_ref().is_none_or(|held| held.token != *token && held.ends.left_ms(now) < left);
        self.ensure(better && left > 0, "only-a-better-token-is-adopted", || format!("generation {generation}: {left} ms left"));
        self.hold(Token::new(token.clone(), generation, *lifetime_ms, now, now.plus(left)));
        if matches!(self.flight, Flight::Between { .. }) {
            self.flight = Flight::Idle;
        }
    }

    fn hold(&mut self, token: Token) {
        self.token = Some(token);
        if let Flight::Running(run) = &mut self.flight {
            // It was begun for another token: its failure says nothing of this one.
            (run.forced, run.renewing, run.overtaken) = (false, false, true);
        }
    }

    /// Time was set, or the device slept: so many more requests have a reason.
    pub(crate) const fn allow(&mut self, requests: u64) {
        self.allowance += requests;
    }

    /// Returns the state that the client is in.
    #[must_use]
    pub fn state(&self, now: Instant) -> State {
        let flight = match &self.flight {
            Flight::Idle => 0,
            Flight::Running(_) => 1,
            Flight::Between { .. } => 2,
            Flight::Paused(pause) if pause.until.is_over(now) => 0,
            Flight::Paused(_) => 3,
        };
        let held = self.token.as_ref().filter(|token| !token.ends.is_over(now)).map_or(0, |token| {
            let left = token.ends.left_ms(now);
            if token.withheld.is_some_and(|until| !until.is_over(now)) {
                4
            } else if token.marked {
                5
            } else if left <= numbers::leeway(token.life) {
                3
            } else if left <= numbers::window(token.life) {
                2
            } else {
                1
            }
        });
        State { held, flight }
    }

    /// Returns the instants at which something changes, as far as they are ahead.
    #[must_use]
    pub fn deadlines(&self, now: Instant) -> Vec<Instant> {
        let mut all = Vec::new();
        match &self.flight {
            Flight::Idle => {}
            Flight::Running(run) => all.push(run.fence),
            Flight::Between { next, .. } => all.push(*next),
            Flight::Paused(pause) => all.extend([pause.until, pause.not_before]),
        }
        if let Some(token) = &self.token {
            let window = token.ends.minus(numbers::window(token.life));
            let young = token.received.plus(numbers::young(token.life));
            let hard = token.ends.minus(numbers::leeway(token.life));
            all.extend([window, window.plus(numbers::spread(token.life)), hard, token.ends, young]);
            all.extend(token.withheld);
            all.extend(self.standing.as_ref().map(|standing| standing.ask_at));
        }
        all.extend(self.forced_at.map(|at| at.plus(self.hold_ms)));
        all.retain(|at| !at.is_over(now));
        all
    }

    /// Returns what is left of the held token's life, and its life.
    #[must_use]
    pub fn left_ms(&self, now: Instant) -> Option<(u64, u64)> {
        self.token.as_ref().map(|token| (token.ends.left_ms(now), token.life))
    }

    /// Returns a time as a client counts whose monotonic clock runs back: that clock stands still until it has caught up.
    #[must_use]
    pub fn counted(&self, now: Instant) -> Instant {
        Instant { mono: self.mono.max(now.mono), wall: now.wall }
    }

    /// Says whether a valid token is held.
    #[must_use]
    pub fn is_held(&self, now: Instant) -> bool {
        let now = self.counted(now);
        self.token.as_ref().is_some_and(|token| !token.ends.is_over(now))
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

    /// Returns where refreshes began in the first fifth of the window.
    #[must_use]
    pub const fn spread(&self) -> Spread {
        self.spread
    }

    /// Takes what was not as expected.
    pub fn complaints(&mut self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut self.complaints)
    }

    fn ensure(&mut self, holds: bool, invariant: &'static str, detail: impl FnOnce() -> String) {
        if !holds {
            self.complaints.push((invariant, detail()));
        }
    }

    fn pause(&self) -> Option<&Pause> {
        if let Flight::Paused(pause) = &self.flight { Some(pause) } else { None }
    }

    fn follow_event(&mut self, now: Instant, input: &Input, before: Option<&Token>, cause: &mut Cause, event: &Event) {
        match event {
            Event::Started { reason, .. } => {
                self.reason = Some(*reason);
                self.check_reason(now, input, *reason);
            }
            Event::Failed { attempt, error, served } => {
                self.allowance += 1;
                *cause = self.failed(now, input, before, (*attempt, error, *served));
            }
            Event::Abandoned { .. } => {
                self.allowance += 1;
                *cause = Cause::Abandoned;
                // With a token it fails, which is told next.
                let overtaken = matches!(&self.flight, Flight::Running(run) if run.overtaken && !run.forced && !run.renewing);
                if overtaken && self.token.is_some() {
                    // Where callers wait for it, it fails, which is told next.
                    self.flight = Flight::Idle;
                } else if self.token.is_none() {
                    self.failures.abandoned += 1;
                    self.flight = Flight::Idle;
                }
            }
            Event::SameToken { .. } => {
                self.allowance += 1;
                self.failures = Failures::default();
                self.token.iter_mut().for_each(|token| token.due = false);
                *cause = Cause::SameToken;
            }
            Event::Granted { generation, late, .. } => {
                self.allowance += if *late { 3 } else { 2 };
                self.failures = Failures::default();
                (self.owed, self.late) = (false, *late);
                *cause = if *generation == 0 { Cause::SingleUse(self.began()) } else { Cause::Nothing };
                if let (Input::Finished { attempt, outcome }, true) = (input, *generation > 0) {
                    self.granted(now, *generation, *attempt, outcome);
                }
                match &self.flight {
                    Flight::Paused(pause) if pause.asked && *late => {}
                    Flight::Running(_) if *late => {}
                    _ => self.flight = Flight::Idle,
                }
            }
            Event::Adopted { generation } => {
                self.allowance += 2;
                if let Input::Adopt { token } = input {
                    self.adopted(now, *generation, token);
                }
            }
            Event::Invalidated { generation } => {
                let right = matches!(input, Input::Invalidate { .. });
                self.ensure(right, "only-the-user-invalidates", || format!("generation {generation}"));
                self.token = None;
                self.invalidate_pause(now);
            }
            Event::Paused { until } => {
                self.paused(now, before, cause, *until);
                if *input == Input::Retry {
                    self.retried();
                }
            }
            Event::Rejected { generation } => {
                if let Some(token) = self.token.as_mut().filter(|token| token.generation == *generation) {
                    token.rejected.get_or_insert(now);
                }
            }
            // The rest tells of what was seen otherwise.
            _ => {}
        }
    }
}
