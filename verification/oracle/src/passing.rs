//! What time does by itself.

use evertoken::{Code, Event, Output, event::Reason};

use crate::{
    Oracle, clock,
    numbers::{ABORT_MS, ATTEMPT_MS, FENCED, FLIGHT_MS},
    rules::{Rule, When},
    state::{Endpoint, Fenced, Flight, Stage},
    turn::Turn,
};

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    pub(crate) fn expire(&mut self, turn: &mut Turn<'_, T>) {
        if let Some(token) = self.token.take_if(|token| clock::over(token.end, turn.now)) {
            turn.saw(When::Expired);
            if matches!(&self.endpoint, Endpoint::Paused(pause) if !clock::over(pause.until, turn.now)) {
                turn.saw(When::OutlivesToken);
            }
            turn.tell(Event::Expired { generation: token.generation });
            self.shown = None;
        }
    }

    /// Lets everything happen whose time has come, in its order.
    pub(crate) fn pass(&mut self, turn: &mut Turn<'_, T>) {
        let waiting = self.waiting.len();
        self.waiting.retain(|waiter| waiter.until > turn.now.mono);
        if self.waiting.len() < waiting {
            turn.saw(When::Lapsed);
        }
        if let Some(token) = &mut self.token
            && token.withheld_until.is_some_and(|until| clock::over(until, turn.now))
        {
            turn.saw(When::WithheldOver);
            token.withheld_until = None;
        }
        self.pass_fence(turn);
        self.mark(turn);
        self.pass_delay(turn);
        self.mark(turn);
        self.pass_pause(turn);
        self.mark(turn);
    }

    fn pass_fence(&mut self, turn: &mut Turn<'_, T>) {
        let Endpoint::Flying(Flight { stage: Stage::Running { fence, .. }, replacement, .. }) = &self.endpoint else { return };
        let (fence, replacement) = (*fence, *replacement);
        if !clock::over(fence, turn.now) {
            return;
        }
        self.fence(true);
        let wall_alone = turn.now.mono < fence.mono;
        if wall_alone && !replacement {
            turn.saw(When::WallReplaced);
            self.replace(turn);
            return;
        }
        if wall_alone {
            turn.saw(When::WallReplacedOnce);
        }
        self.attempt_failed(turn, clock::came(fence, turn.now), Code::AttemptDeadline.into(), None);
    }

    /// The same flight again, because only the wall clock says that its time is over.
    fn replace(&mut self, turn: &mut Turn<'_, T>) {
        let Endpoint::Flying(Flight { forced, renewing, .. }) = self.endpoint else { return };
        self.start(turn, Reason::WallStep, Rule::WallStep);
        if let Endpoint::Flying(flight) = &mut self.endpoint {
            (flight.replacement, flight.forced, flight.renewing) = (true, forced, renewing);
        }
    }

    fn pass_delay(&mut self, turn: &mut Turn<'_, T>) {
        let Endpoint::Flying(Flight { stage: Stage::Between { next, error }, began, replacement, .. }) = &self.endpoint else { return };
        if !clock::over(*next, turn.now) {
            return;
        }
        let (error, at, replacement) = (error.clone(), clock::came(*next, turn.now), *replacement);
        let end = clock::after(*began, FLIGHT_MS);
        if self.waiting.is_empty() {
            turn.saw(When::NobodyLeft);
            self.flight_failed(turn, at, error, None);
        } else if !clock::over(end, turn.now) {
            self.attempt(turn, Rule::Attempts);
        } else if turn.now.mono < end.mono && !replacement {
            turn.saw(When::WallBetween);
            self.replace(turn);
        } else {
            self.flight_failed(turn, at, error, None);
        }
    }

    pub(crate) fn pass_pause(&mut self, turn: &mut Turn<'_, T>) {
        let Endpoint::Paused(pause) = &self.endpoint else { return };
        if !clock::over(pause.until, turn.now) {
            return;
        }
        self.endpoint = Endpoint::Idle;
        if let Some(reason) = self.owed {
            turn.saw(When::PauseOverOwed);
            self.start(turn, reason, Rule::PauseEnds);
        } else if self.waiting.is_empty() {
            turn.saw(When::PauseOverIdle);
        } else {
            turn.saw(When::PauseOverWaiting);
            let reason = self.due(turn, 0).unwrap_or(Reason::Window);
            self.start(turn, reason, Rule::PauseEnds);
        }
    }

    /// A flight begins with its first attempt.
    pub(crate) fn start(&mut self, turn: &mut Turn<'_, T>, reason: Reason, rule: Rule) {
        self.owed = None;
        let error = Code::AttemptDeadline.into();
        self.endpoint = Endpoint::Flying(Flight {
            reason,
            began: turn.now,
            attempts: 0,
            replacement: false,
            forced: false,
            renewing: reason == Reason::CredentialsChanged,
            overtaken: false,
            stage: Stage::Between { next: turn.now, error },
        });
        self.attempt(turn, rule);
    }

    fn attempt(&mut self, turn: &mut Turn<'_, T>, rule: Rule) {
        let Endpoint::Flying(flight) = &mut self.endpoint else { return };
        let alone = clock::after(turn.now, ATTEMPT_MS);
        let fence = if self.token.is_some() { alone } else { clock::first(alone, clock::after(flight.began, FLIGHT_MS)) };
        turn.seen.note(if fence == alone { When::FenceDeadline } else { When::FenceFlightEnd });
        self.attempts += 1;
        flight.attempts += 1;
        match flight.attempts {
            2 => turn.seen.note(When::SecondAttempt),
            3 => turn.seen.note(When::ThirdAttempt),
            _ => {}
        }
        let attempt = self.attempts;
        flight.stage = Stage::Running { attempt, sent: turn.now, fence, waited_until: None };
        let reason = flight.reason;
        turn.tell(Event::Started { attempt, reason });
        turn.expect(Output::Start { attempt, fence_at: fence, abort_at: clock::after(turn.now, ABORT_MS) }, rule);
    }

    /// Takes the right to count from the running attempt; for good unless its deadline did it.
    pub(crate) fn fence(&mut self, counts: bool) {
        let Endpoint::Flying(flight) = &self.endpoint else { return };
        if let Stage::Running { attempt, sent, .. } = flight.stage {
            self.fenced.push(Fenced { attempt, sent, counts });
            if self.fenced.len() > FENCED {
                self.forgotten = self.fenced.remove(0).attempt;
            }
        }
        if !counts {
            self.endpoint = Endpoint::Idle;
        }
    }

    /// Says why a refresh is due. Where the drawn beginning is not known yet, the machine's own act tells.
    pub(crate) fn due(&mut self, turn: &mut Turn<'_, T>, min_valid: u64) -> Option<Reason> {
        let now = turn.now;
        let says_window = turn.started_for(Reason::Window);
        let Some(token) = &mut self.token else { return Some(Reason::Absent) };
        if token.marked {
            return Some(Reason::Rejected);
        }
        let (earliest, latest) = token.spread;
        let by_window = if clock::over(token.due_from(latest), now) || clock::over(token.hard(), now) {
            true
        } else {
            clock::over(token.due_from(earliest), now) && says_window
        };
        if by_window {
            return Some(Reason::Window);
        }
        token.is_short(now, min_valid).then_some(Reason::MinValid)
    }

    /// Notes the call's time for what the window's start means.
    pub(crate) fn note_window(&self, turn: &mut Turn<'_, T>, started: bool) {
        let Some(token) = &self.token else { return };
        let early = !clock::over(token.refresh(token.spread.1), turn.now);
        if started {
            turn.saw(if early { When::RefreshDemanded } else { When::Refreshed });
        } else if early {
            turn.saw(When::NotYetDue);
            if token.spread.0 == token.spread.1 && clock::left(token.refresh(token.spread.0), turn.now) == 1 {
                turn.saw(When::LastMomentBefore);
            }
        }
    }
}
