//! What happens because its time has come: tokens, attempts and pauses that are over.

use crate::{
    error::Code,
    event::{Event, Reason},
};

use super::{
    Machine,
    flight::{Flight, Live, Stage},
    turn::Turn,
};

impl<T: Clone + Eq> Machine<T> {
    /// Lets everything happen whose time has come, in the order in which it would have happened.
    pub(super) fn pass_deadlines(&mut self, turn: &mut Turn<T>) {
        let now = turn.now;
        self.tickets.lapse(now.mono);
        if let Some(held) = self.held.as_mut().filter(|held| held.withheld_until.is_some_and(|until| until.is_over(now))) {
            held.withheld_until = None;
        }
        self.pass_attempt_deadline(turn);
        self.pass_next_attempt(turn);
        self.pass_pause(turn);
    }

    pub(super) fn expire_token(&mut self, turn: &mut Turn<T>) {
        if let Some(held) = self.held.take_if(|held| held.expires_at.is_over(turn.now)) {
            turn.event(Event::Expired { generation: held.generation });
            self.published = None;
        }
    }

    fn pass_attempt_deadline(&mut self, turn: &mut Turn<T>) {
        let Flight::InFlight(live) = &self.flight else { return };
        let Some(run) = live.running().filter(|run| run.fence_at.is_over(turn.now)) else { return };
        let (wall_alone, wall_replaced) = (run.fence_at.mono > turn.now.mono, live.wall_replaced);
        let at = run.fence_at.came_at(turn.now);
        self.fence(true);
        if wall_alone && !wall_replaced {
            self.replace_flight(turn);
        } else {
            self.attempt_failed(turn, at, Code::AttemptDeadline.into(), None);
        }
    }

    /// Begins again for the same tickets because only the wall clock says that the time is over; once per flight.
    fn replace_flight(&mut self, turn: &mut Turn<T>) {
        let Flight::InFlight(Live { forced, renewing, .. }) = self.flight else { return };
        self.start_flight(turn, Reason::WallStep);
        if let Flight::InFlight(live) = &mut self.flight {
            (live.wall_replaced, live.forced, live.renewing) = (true, forced, renewing);
        }
    }

    fn pass_next_attempt(&mut self, turn: &mut Turn<T>) {
        let Flight::InFlight(Live { stage: Stage::Between { next_at, error }, began, wall_replaced, .. }) = &self.flight else { return };
        if !next_at.is_over(turn.now) {
            return;
        }
        let (at, error) = (next_at.came_at(turn.now), error.clone());
        let ends_at = began.plus(self.policy.fetch_budget_ms);
        let (waiting, ended, wall_alone) = (self.tickets.any_open(), ends_at.is_over(turn.now), ends_at.mono > turn.now.mono);
        if waiting && !ended {
            self.next_attempt(turn);
        } else if waiting && wall_alone && !*wall_replaced {
            self.replace_flight(turn);
        } else {
            self.flight_failed(turn, at, error, None);
        }
    }

    pub(super) fn pass_pause(&mut self, turn: &mut Turn<T>) {
        let Flight::Paused(pause) = &self.flight else { return };
        if !pause.until.is_over(turn.now) {
            return;
        }
        self.flight = Flight::Idle;
        if let Some(reason) = self.owed {
            self.start_flight(turn, reason);
        } else if self.tickets.any_open() {
            let reason = self.due(turn.now, 0).unwrap_or(Reason::Window);
            self.start_flight(turn, reason);
        }
    }
}
