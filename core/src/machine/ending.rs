//! How attempts end: with a token, with a failure, or abandoned.

use crate::{
    error::{Class, Code, Error},
    event::{Event, Reason},
    io::{Outcome, Output},
    time::Instant,
};

use super::{
    Machine,
    flight::{Flight, Live, Pause, Stage, Why},
    held::Held,
    turn::{Decision, Turn},
};

impl<T: Clone + Eq> Machine<T> {
    pub(super) fn finished(&mut self, turn: &mut Turn<T>, attempt: u64, outcome: Outcome<T>) -> Decision {
        match outcome {
            Outcome::Failed { error, .. } if error.class() == Class::Cancelled => self.abandoned(turn, attempt),
            Outcome::Failed { error, retry_after_ms } => {
                if self.is_running(attempt) {
                    let now = turn.now;
                    self.attempt_failed(turn, now, error, retry_after_ms);
                    return Decision::Done;
                }
                self.fenced_ended(attempt, |_, _| ())
            }
            Outcome::Granted { token, lifetime_ms } => {
                let lifetime_ms = lifetime_ms.min(self.policy.lifetime_max_ms);
                if let Some(sent_at) = self.flight.running().filter(|run| run.attempt == attempt).map(|run| run.sent_at) {
                    self.granted(turn, sent_at, token, lifetime_ms);
                    return Decision::Done;
                }
                self.fenced_ended(attempt, |machine, sent_at| machine.granted_late(turn, sent_at, token, lifetime_ms))
            }
        }
    }

    pub(super) fn abandoned(&mut self, turn: &mut Turn<T>, attempt: u64) -> Decision {
        if !self.is_running(attempt) {
            return self.fenced_ended(attempt, |_, _| ());
        }
        turn.event(Event::Abandoned { attempt });
        let now = turn.now;
        if self.held.is_some() && self.is_superseded() {
            self.flight = Flight::Idle;
            return Decision::Done;
        }
        if self.held.is_some() {
            self.refresh_failed(turn, now, attempt, Code::Cancelled.into(), None);
            return Decision::Done;
        }
        self.failures.abandoned += 1;
        let pause_ms = self.policy.abandoned_pause_for(self.failures.abandoned);
        if pause_ms > 0 {
            let until = now.plus(pause_ms);
            let not_before = now.plus(self.policy.retry_min_ms).earlier(until);
            self.pause(turn, Pause { until, not_before, retry_after: false, why: Why::Abandoned, error: Code::Deadline.into() });
        } else if self.tickets.any_open() {
            self.start_flight(turn, Reason::Absent);
        } else {
            self.flight = Flight::Idle;
        }
        Decision::Done
    }

    /// Says whether nobody needs the running attempt since a token came from elsewhere.
    fn is_superseded(&self) -> bool {
        let flight = matches!(&self.flight, Flight::InFlight(live) if live.superseded && !live.forced && !live.renewing);
        flight && !self.tickets.any_open()
    }

    fn is_running(&self, attempt: u64) -> bool {
        self.flight.running().is_some_and(|run| run.attempt == attempt)
    }

    /// The reported end of an attempt that was fenced: it counts only if it may, and its report is no misuse.
    fn fenced_ended(&mut self, attempt: u64, count: impl FnOnce(&mut Self, Instant)) -> Decision {
        let Some(at) = self.fenced.iter().position(|fenced| fenced.attempt == attempt) else {
            if (1..=self.forgotten).contains(&attempt) {
                return Decision::Done;
            }
            return Decision::Fail(Error::new(Code::Misuse).with_description("the end of an attempt that does not run"));
        };
        let fenced = self.fenced.remove(at);
        if fenced.may_count {
            count(self, fenced.sent_at);
        }
        Decision::Done
    }

    fn granted(&mut self, turn: &mut Turn<T>, sent_at: Instant, token: T, lifetime_ms: u64) {
        let now = turn.now;
        let expires_at = sent_at.plus(lifetime_ms);
        let dead = expires_at.is_over(now);
        let known_bad = self.rejections.contains(&token);
        let Some(held) = &mut self.held else {
            self.succeeded();
            if dead {
                self.hand(turn, sent_at, token, lifetime_ms);
            } else {
                self.flight = Flight::Idle;
                self.accept(turn, sent_at, token, lifetime_ms, false);
            }
            return;
        };
        if held.token == token {
            held.expires_at = held.expires_at.later(expires_at);
            if !known_bad && !dead {
                self.same_token(turn);
                return;
            }
        }
        if dead {
            self.attempt_failed(turn, now, Code::TokenDeadOnArrival.into(), None);
        } else if known_bad {
            self.attempt_failed(turn, now, Code::TokenRejectedAgain.into(), None);
        } else {
            self.succeeded();
            self.flight = Flight::Idle;
            self.accept(turn, sent_at, token, lifetime_ms, false);
        }
    }

    /// A success that comes after its attempt was fenced by its deadline; it never takes a better token's place.
    fn granted_late(&mut self, turn: &mut Turn<T>, sent_at: Instant, token: T, lifetime_ms: u64) {
        let expires_at = sent_at.plus(lifetime_ms);
        if expires_at.is_over(turn.now) {
            return;
        }
        if let Some(held) = &mut self.held {
            if held.token == token {
                held.expires_at = held.expires_at.later(expires_at);
                return;
            }
            if held.expires_at.left_ms(turn.now) >= expires_at.left_ms(turn.now) || self.rejections.contains(&token) {
                return;
            }
        }
        self.succeeded();
        // The server works after all; its own Retry-After stands.
        if matches!(&self.flight, Flight::Paused(pause) if !pause.retry_after) {
            self.flight = Flight::Idle;
        }
        self.accept(turn, sent_at, token, lifetime_ms, true);
    }

    fn succeeded(&mut self) {
        self.failures = super::Failures::default();
        self.owed = None;
    }

    /// Holds a new token and answers everybody with it; a running attempt goes on.
    pub(super) fn accept(&mut self, turn: &mut Turn<T>, sent_at: Instant, token: T, lifetime_ms: u64, late: bool) {
        let spread_ms = self.draw_spread(turn, lifetime_ms);
        self.generations += 1;
        let generation = self.generations;
        turn.event(Event::Granted { generation, lifetime_ms, late });
        self.hold(turn, Held::new(token, generation, sent_at, lifetime_ms, spread_ms, turn.now));
    }

    pub(super) fn draw_spread(&self, turn: &mut Turn<T>, lifetime_ms: u64) -> u64 {
        turn.draw(0, self.policy.window_ms(lifetime_ms) / self.policy.window_spread_divisor)
    }

    pub(super) fn hold(&mut self, turn: &mut Turn<T>, held: Held<T>) {
        self.held = Some(held);
        turn.settles = self.tickets.settle();
        // The user has what it asked for.
        self.owed.take_if(|reason| *reason == Reason::Retry);
        match &mut self.flight {
            Flight::InFlight(Live { stage: Stage::Between { .. }, .. }) => self.flight = Flight::Idle,
            // An attempt that goes on was begun for another token: its failure says nothing of this one.
            Flight::InFlight(live) => (live.forced, live.renewing, live.superseded) = (false, false, true),
            Flight::Idle | Flight::Paused(_) => {}
        }
    }

    /// A token without a life of its own serves the callers that wait for it, and nobody else.
    fn hand(&mut self, turn: &mut Turn<T>, sent_at: Instant, token: T, lifetime_ms: u64) {
        let now = turn.now;
        self.generations += 1;
        turn.event(Event::Granted { generation: 0, lifetime_ms, late: false });
        let began = if let Flight::InFlight(live) = &self.flight { live.began } else { now };
        if self.tickets.any_open() {
            let mut held = Held::new(token, self.generations, sent_at, lifetime_ms, 0, now);
            held.revision = 1;
            let snapshot = held.snapshot(super::Times { ask_at: sent_at, use_until: sent_at });
            turn.outputs.push(Output::Hand { snapshot, settles: self.tickets.settle() });
        }
        let until = began.plus(self.policy.single_use_interval_ms);
        if until.is_over(now) {
            self.flight = Flight::Idle;
        } else {
            self.pause(turn, Pause { until, not_before: until, retry_after: false, why: Why::SingleUse, error: Code::Deadline.into() });
        }
    }

    /// The server gave the held token again: the next request waits until that may have changed.
    fn same_token(&mut self, turn: &mut Turn<T>) {
        let now = turn.now;
        self.succeeded();
        let Some(held) = &mut self.held else { return };
        held.due_at = None;
        held.withheld_until = None;
        turn.event(Event::SameToken { generation: held.generation });
        let pause_ms = self.policy.same_token_pause_ms(held.expires_at.left_ms(now), held.lifetime_ms);
        let until = now.plus(pause_ms).earlier(held.expires_at);
        let not_before = now.plus(self.policy.retry_min_ms).earlier(until);
        turn.settles = self.tickets.settle();
        self.pause(turn, Pause { until, not_before, retry_after: false, why: Why::SameToken, error: Code::Deadline.into() });
    }

    /// An attempt failed at a time that may lie a while back.
    pub(super) fn attempt_failed(&mut self, turn: &mut Turn<T>, at: Instant, error: Error, retry_after_ms: Option<u64>) {
        let Flight::InFlight(live) = &self.flight else { return };
        let (used, began) = (live.used, live.began);
        let attempt = self.attempts;
        if self.held.is_some() {
            self.refresh_failed(turn, at, attempt, error, retry_after_ms);
            return;
        }
        turn.event(Event::Failed { attempt, error: error.clone(), served: false });
        let allowed = if self.failures.one_attempt { 1 } else { self.policy.fetch_attempts };
        let next_at = at.plus(crate::policy::doubled(self.policy.fetch_delay_ms, used.saturating_sub(1)));
        let in_budget = !began.plus(self.policy.fetch_budget_ms).is_over(next_at);
        if used < allowed && in_budget && !error.class().is_terminal() && retry_after_ms.is_none() {
            if let Flight::InFlight(live) = &mut self.flight {
                live.stage = Stage::Between { next_at, error };
            }
            return;
        }
        self.flight_failed(turn, at, error, retry_after_ms);
    }

    /// A flight failed and no token is held: everybody who waits gets the same error, and a pause begins.
    pub(super) fn flight_failed(&mut self, turn: &mut Turn<T>, at: Instant, error: Error, retry_after_ms: Option<u64>) {
        self.failures.one_attempt = true;
        let terminal = error.class().is_terminal();
        let pause_ms = if terminal {
            self.failures.terminal += 1;
            self.policy.terminal_pause_for(self.failures.terminal - 1)
        } else {
            self.failures.fetches += 1;
            let pause_ms = self.policy.fetch_pause_for(self.failures.fetches - 1);
            turn.draw(pause_ms / 2, pause_ms)
        };
        let pause = self.pause_after(at, at.plus(pause_ms), error.clone(), retry_after_ms);
        if self.tickets.any_open() {
            let settles = self.tickets.settle();
            turn.outputs.push(Output::Fail { settles, error: error.with_retry_at(pause.until) });
        }
        self.pause(turn, pause);
        self.pass_pause(turn);
    }

    /// A refresh failed while the token still serves: nobody notices, and a pause begins.
    fn refresh_failed(&mut self, turn: &mut Turn<T>, at: Instant, attempt: u64, error: Error, retry_after_ms: Option<u64>) {
        turn.event(Event::Failed { attempt, error: error.clone(), served: true });
        let (forced, renewing) = match &self.flight {
            Flight::InFlight(live) => (live.forced, live.renewing),
            Flight::Idle | Flight::Paused(_) => (false, false),
        };
        let Some(held) = &mut self.held else { return };
        if forced {
            held.mark(at);
        } else if renewing {
            held.due_at.get_or_insert(at);
        }
        held.withheld_until = None;
        let terminal = error.class().is_terminal();
        self.failures.no_last_try |= terminal || retry_after_ms.is_some();
        let until = if terminal {
            self.failures.terminal += 1;
            at.plus(self.policy.terminal_pause_for(self.failures.terminal - 1))
        } else {
            self.failures.refreshes += 1;
            let pause_ms = self.policy.refresh_pause_for(held.lifetime_ms, self.failures.refreshes - 1);
            let drawn_ms = turn.draw(pause_ms / 2, pause_ms).max(self.policy.refresh_pause_floor_ms);
            let mut until = at.plus(drawn_ms);
            if retry_after_ms.is_none() {
                until = until.earlier(held.expires_at);
                let hard_at = held.hard_at(&self.policy);
                if !self.failures.no_last_try && hard_at.left_ms(at) >= self.policy.last_try_ms.max(1) {
                    until = until.earlier(hard_at);
                }
            }
            until
        };
        turn.settles = self.tickets.settle();
        let pause = self.pause_after(at, until, error, retry_after_ms);
        self.pause(turn, pause);
        self.pass_pause(turn);
    }

    /// The pause after a failure: the later of the policy's delay and the server's Retry-After.
    fn pause_after(&self, at: Instant, until: Instant, error: Error, retry_after_ms: Option<u64>) -> Pause {
        let why = if error.class().is_terminal() { Why::Terminal } else { Why::Transient };
        let asked = retry_after_ms.map(|ms| at.plus(ms.min(self.policy.retry_after_cap_ms)));
        Pause {
            until: asked.map_or(until, |asked| asked.later(until)),
            not_before: asked.unwrap_or_else(|| at.plus(self.policy.retry_min_ms)),
            retry_after: asked.is_some(),
            why,
            error,
        }
    }
}
