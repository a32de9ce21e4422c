//! What to do when an API says that a token is bad: seven rules, the first that matches wins.

use crate::{
    event::{Event, Reason},
    io::{Input, SurfaceReason},
};

use super::{
    Machine,
    flight::{Flight, Why},
    turn::{Decision, Turn},
};

impl<T: Clone + Eq> Machine<T> {
    /// Records the rejection and rules on it; a body that cannot be sent again turns any retry into `Surface`.
    pub(super) fn rejected(&mut self, turn: &mut Turn<T>, generation: u64, replayable: bool, retried: bool, patience_ms: u64) -> Decision {
        turn.event(Event::Rejected { generation });
        if let Some(held) = self.held.as_mut().filter(|held| held.generation == generation) {
            self.rejections.record(held, &self.policy, turn.now);
        }
        let patience_ms = if replayable { patience_ms } else { 0 };
        let decision = self.rule(turn, generation, retried, patience_ms);
        match decision {
            Decision::Surface(_) => decision,
            _ if !replayable => Decision::Surface(SurfaceReason::NotReplayable),
            other => other,
        }
    }

    fn rule(&mut self, turn: &mut Turn<T>, generation: u64, retried: bool, patience_ms: u64) -> Decision {
        let now = turn.now;
        // 1. One retry per call.
        if retried {
            return Decision::Surface(SurfaceReason::AlreadyRetried);
        }
        // 2. Somebody has replaced the token already, or it is gone.
        let Some(held) = self.held.as_mut().filter(|held| held.generation == generation) else {
            return self.want_again(turn, patience_ms);
        };
        // 3. Replicas lag behind a fresh token.
        if !held.received_at.plus(self.policy.grace_ms(held.lifetime_ms)).is_over(now) {
            return Decision::RetryAfter { ms: self.policy.grace_delay_ms(held.lifetime_ms) };
        }
        match &mut self.flight {
            // 4. The attempt that runs becomes this token's forced refresh.
            Flight::InFlight(live) => {
                live.forced = true;
                return self.wait(turn, patience_ms);
            }
            // 5. A pause stands in the way, or a forced refresh did not help.
            Flight::Paused(pause) if pause.why != Why::SameToken || held.marked => {
                held.mark(now);
                if pause.why == Why::Transient && self.rejections.may_shorten(now) {
                    let until = now.plus(self.policy.rejected_pause_ms).later(pause.not_before);
                    if until.left_ms(now) < pause.until.left_ms(now) {
                        pause.until = until;
                        self.rejections.shortened_at = Some(now);
                    }
                }
                return Decision::Surface(SurfaceReason::Paused);
            }
            Flight::Idle | Flight::Paused(_) if held.marked => return Decision::Surface(SurfaceReason::Paused),
            Flight::Idle | Flight::Paused(_) => {}
        }
        // 6. Forced refreshes keep their distance.
        if self.rejections.is_held(now) {
            return Decision::Surface(SurfaceReason::TooSoon);
        }
        // 7. One forced refresh; meanwhile nobody else runs into the same rejection.
        self.rejections.force(held, &self.policy, now);
        let until = now.plus(self.policy.withhold_ms(held.lifetime_ms));
        self.retract(turn);
        if let Some(held) = &mut self.held {
            held.withheld_until = Some(until);
        }
        self.start_flight(turn, Reason::Rejected);
        if let Flight::InFlight(live) = &mut self.flight {
            live.forced = true;
        }
        self.wait(turn, patience_ms)
    }

    /// Acts as `Want { waited: true }`; what it would use is what the call is retried with.
    fn want_again(&mut self, turn: &mut Turn<T>, patience_ms: u64) -> Decision {
        match self.table(turn, Input::Want { min_valid_ms: 0, patience_ms, waited: true }) {
            Decision::Use => Decision::RetryWith,
            other => other,
        }
    }
}
