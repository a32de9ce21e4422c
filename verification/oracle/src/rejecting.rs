//! What follows when an API says that a token is bad: seven rules, the first that matches wins.

use evertoken::{Event, event::Reason, io::SurfaceReason};

use crate::{
    Oracle, clock,
    numbers::{HOLD_MS, REJECTED_PAUSE_MS, REMEMBERED, grace, grace_delay, hold_cap, withhold},
    rules::{Rule, When},
    state::{Endpoint, Kind},
    turn::{Answer, Ruling, Turn},
};

/// A call that an API refused.
#[derive(Clone, Copy)]
pub(crate) struct Refused {
    pub(crate) generation: u64,
    pub(crate) replayable: bool,
    pub(crate) retried: bool,
    pub(crate) patience: u64,
}

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    pub(crate) fn rejected(&mut self, turn: &mut Turn<'_, T>, call: Refused) -> Ruling {
        turn.tell(Event::Rejected { generation: call.generation });
        self.record(turn, call.generation);
        let patience = if call.replayable { call.patience } else { 0 };
        let (answer, rule) = self.rule(turn, call.generation, call.retried, patience);
        match answer {
            Answer::Surface(_) => (answer, rule),
            _ if !call.replayable => {
                turn.saw(When::NotReplayable);
                (Answer::Surface(SurfaceReason::NotReplayable), Rule::NotReplayable)
            }
            _ => (answer, rule),
        }
    }

    /// Remembers the first rejection of the held token, and its bytes.
    fn record(&mut self, turn: &Turn<'_, T>, generation: u64) {
        let Some(token) = self.token.as_mut().filter(|token| token.generation == generation && token.rejected.is_none()) else { return };
        token.rejected = Some(turn.now);
        self.rejections.last = Some(turn.now);
        let recent = &mut self.rejections.recent;
        recent.retain(|known| *known != token.token);
        recent.push(token.token.clone());
        if recent.len() > REMEMBERED {
            recent.remove(0);
        }
    }

    fn rule(&mut self, turn: &mut Turn<'_, T>, generation: u64, retried: bool, patience: u64) -> Ruling {
        let now = turn.now;
        if retried {
            turn.saw(When::Retried);
            return (Answer::Surface(SurfaceReason::AlreadyRetried), Rule::Rejected1);
        }
        let Some(token) = self.token.as_mut().filter(|token| token.generation == generation) else {
            return match self.want(turn, 0, patience, true) {
                (Answer::Use, _) => {
                    turn.saw(When::ReplacedMeanwhile);
                    (Answer::RetryWith, Rule::Rejected2)
                }
                (Answer::Wait { ticket, until }, _) => {
                    turn.saw(When::RejectedWithoutToken);
                    (Answer::Wait { ticket, until }, Rule::Rejected2)
                }
                other => other,
            };
        };
        let grace_end = clock::after(token.received, grace(token.life));
        if !clock::over(grace_end, now) {
            turn.saw(When::Grace);
            return (Answer::RetryAfter { ms: grace_delay(token.life) }, Rule::Rejected3);
        }
        if grace_end.mono == now.mono {
            turn.saw(When::GraceOver);
        }
        if token.forced {
            turn.saw(When::ForcedBefore);
        }
        match &mut self.endpoint {
            Endpoint::Flying(flight) => {
                turn.saw(When::JoinsAttempt);
                flight.forced = true;
                return self.wait(turn, patience, Rule::Rejected4);
            }
            Endpoint::Paused(pause) if pause.kind != Kind::SameToken || token.marked => {
                turn.saw(When::PauseSurfaces);
                token.marked = true;
                token.due.get_or_insert(now);
                let hold_over = self.rejections.shortened_at.is_none_or(|at| clock::over(clock::after(at, self.rejections.hold), now));
                let end = clock::last(clock::after(now, REJECTED_PAUSE_MS), pause.not_before);
                let nearer = clock::left(end, now) < clock::left(pause.until, now);
                match (pause.kind, hold_over, nearer) {
                    (Kind::Transient, true, true) => {
                        turn.saw(When::PauseShortened);
                        turn.times = Rule::Shortens;
                        pause.until = end;
                        self.rejections.shortened_at = Some(now);
                    }
                    (Kind::Transient, false, true) => {
                        turn.times = Rule::Shortens;
                        turn.saw(When::PauseShortenedOnce);
                    }
                    (Kind::Terminal, _, _) => {
                        turn.times = Rule::Shortens;
                        turn.saw(When::PauseNotShortened);
                    }
                    _ => {}
                }
                return (Answer::Surface(SurfaceReason::Paused), Rule::Rejected5);
            }
            Endpoint::Paused(_) => turn.saw(When::SameTokenForces),
            Endpoint::Idle => {}
        }
        if token.marked {
            turn.saw(When::MarkedSurfaces);
            return (Answer::Surface(SurfaceReason::Paused), Rule::Rejected5);
        }
        let (hold, last) = (self.rejections.hold, self.rejections.forced_at);
        if last.is_some_and(|at| !clock::over(clock::after(at, hold), now)) {
            turn.saw(When::TooSoon);
            return (Answer::Surface(SurfaceReason::TooSoon), Rule::Rejected6);
        }
        let soon = token.rejected.is_some_and(|at| !clock::over(clock::after(token.received, hold), at));
        self.rejections.hold = if last.is_some() && soon { (2 * hold).min(hold_cap(token.life)) } else { HOLD_MS };
        if self.rejections.hold > hold {
            turn.saw(When::HoldDoubled);
        }
        turn.saw(if last.is_some() { When::HoldAgain } else { When::Forced });
        self.rejections.forced_at = Some(now);
        token.forced = true;
        let until = clock::after(now, withhold(token.life));
        self.retract(turn, Rule::Retracted);
        if let Some(token) = &mut self.token {
            token.withheld_until = Some(until);
        }
        self.start(turn, Reason::Rejected, Rule::Rejected7);
        if let Endpoint::Flying(flight) = &mut self.endpoint {
            flight.forced = true;
        }
        self.wait(turn, patience, Rule::Rejected7)
    }
}
