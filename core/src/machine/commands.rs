//! What the user says: this token is no good, the credentials are new, start over.

use crate::{
    error::{Code, Error},
    event::{Event, Reason},
    io::{Output, Reset},
    time::Instant,
};

use super::{
    Failures, Machine,
    flight::{Flight, Why},
    turn::{Decision, Turn},
};

impl<T: Clone + Eq> Machine<T> {
    pub(super) fn invalidate(&mut self, turn: &mut Turn<T>, generation: u64) -> Decision {
        if self.held.as_ref().is_none_or(|held| held.generation != generation) {
            return Decision::Done;
        }
        self.drop_token(turn);
        turn.event(Event::Invalidated { generation });
        // Without a token a pause that was meant for a good one is too long: it ends as soon as it may.
        if let Flight::Paused(pause) = &self.flight
            && pause.why != Why::Terminal
        {
            let mut until = turn.now.later(pause.not_before);
            if let Some(last) = self.pause_invalidated_at {
                until = until.later(last.plus(self.policy.invalidate_min_ms));
            }
            if until.left_ms(turn.now) < pause.until.left_ms(turn.now) {
                self.pause_invalidated_at = Some(until);
                self.shorten_pause(turn, until);
            }
        }
        Decision::Done
    }

    pub(super) fn credentials_changed(&mut self, turn: &mut Turn<T>, drop_token: bool) -> Decision {
        let in_use = self.held.is_some() || !matches!(self.flight, Flight::Idle) || self.tickets.any_open();
        turn.event(Event::CredentialsChanged);
        self.change_credentials(turn.now);
        if drop_token {
            self.drop_token(turn);
        }
        if let Some(held) = &mut self.held {
            held.marked = false;
        }
        if !in_use {
            return Decision::Done;
        }
        match &mut self.flight {
            // The server's own word outlives the credentials.
            Flight::Paused(pause) if pause.retry_after => {
                pause.until = pause.not_before;
                pause.why = Why::Transient;
                self.owed = Some(Reason::CredentialsChanged);
                self.pass_pause(turn);
            }
            Flight::Idle | Flight::InFlight(_) | Flight::Paused(_) => self.start_flight(turn, Reason::CredentialsChanged),
        }
        Decision::Done
    }

    /// What new credentials and a logout have in common: nothing that was sent before counts any more.
    fn change_credentials(&mut self, now: Instant) {
        self.fence(false);
        self.fenced.iter_mut().for_each(|fenced| fenced.may_count = false);
        self.failures.terminal = 0;
        self.failures.one_attempt = false;
        self.rejections.allow_again();
        self.credentials_changed_at = Some(now);
    }

    pub(super) fn reset(&mut self, turn: &mut Turn<T>, reset: Reset) {
        turn.event(Event::Reset { reset });
        if reset == Reset::Fork {
            let renewing =
                self.owed.take() == Some(Reason::CredentialsChanged) || matches!(&self.flight, Flight::InFlight(live) if live.renewing);
            self.fence(false);
            self.fenced.iter_mut().for_each(|fenced| fenced.may_count = false);
            self.tickets.settle();
            self.rejections.allow_again();
            if let Some(held) = &mut self.held {
                held.withheld_until = None;
                held.due_at = if renewing { Some(turn.now) } else { held.due_at };
            }
            self.wake_at = None;
            return;
        }
        self.drop_token(turn);
        self.change_credentials(turn.now);
        self.rejections.forget(&self.policy);
        self.failures = Failures::default();
        self.owed = None;
        if self.tickets.any_open() {
            let error = Error::new(if reset == Reset::Close { Code::Closed } else { Code::Cancelled });
            turn.outputs.push(Output::Fail { settles: self.tickets.settle(), error });
        }
        match &mut self.flight {
            Flight::Paused(pause) if pause.retry_after && reset == Reset::Logout => {
                pause.until = pause.not_before;
                pause.why = Why::Transient;
            }
            Flight::Idle | Flight::InFlight(_) | Flight::Paused(_) => self.flight = Flight::Idle,
        }
        self.closed |= reset == Reset::Close;
    }
}
