//! What the user says.

use evertoken::{Code, Error, Event, Output, Reset, event::Reason};

use crate::{
    Oracle, clock,
    numbers::INVALIDATE_MS,
    rules::{Rule, When},
    state::{Endpoint, Failures, Flight, Kind, Rejections, Stage},
    turn::{Answer, Ruling, Turn},
};

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    pub(crate) fn retry(&mut self, turn: &mut Turn<'_, T>) -> Ruling {
        match &mut self.endpoint {
            Endpoint::Paused(pause) => {
                let not_before = pause.not_before;
                pause.until = clock::first(pause.until, not_before);
                let over = clock::over(pause.until, turn.now);
                turn.saw(if over { When::RetryEndsPause } else { When::RetryShortensPause });
                self.owed = Some(Reason::Retry);
                self.pass_pause(turn);
            }
            Endpoint::Idle if self.token.is_none() => {
                turn.saw(When::RetryFetches);
                self.start(turn, Reason::Retry, Rule::Retry);
            }
            Endpoint::Idle if self.token.as_ref().is_some_and(|token| token.due.is_some()) => {
                turn.saw(When::RetryDue);
                self.start(turn, Reason::Retry, Rule::Retry);
            }
            Endpoint::Idle | Endpoint::Flying(_) => turn.saw(When::RetryNothing),
        }
        (Answer::Done, Rule::Retry)
    }

    pub(crate) fn invalidate(&mut self, turn: &mut Turn<'_, T>, generation: u64) -> Ruling {
        const DONE: Ruling = (Answer::Done, Rule::Invalidate);
        if self.token.as_ref().is_none_or(|token| token.generation != generation) {
            turn.saw(When::InvalidatedOther);
            return DONE;
        }
        turn.saw(When::Invalidated);
        self.retract(turn, Rule::Invalidate);
        self.token = None;
        turn.tell(Event::Invalidated { generation });
        let Endpoint::Paused(pause) = &mut self.endpoint else { return DONE };
        if pause.kind == Kind::Terminal {
            turn.saw(When::InvalidateTerminal);
            return DONE;
        }
        let mut end = clock::last(turn.now, pause.not_before);
        if let Some(at) = self.invalidated_at {
            end = clock::last(end, clock::after(at, INVALIDATE_MS));
            turn.saw(When::InvalidateSoon);
        }
        if clock::left(end, turn.now) < clock::left(pause.until, turn.now) {
            turn.saw(When::InvalidateEndsPause);
            self.invalidated_at = Some(end);
            pause.until = clock::first(pause.until, end);
            self.pass_pause(turn);
        }
        DONE
    }

    pub(crate) fn credentials_changed(&mut self, turn: &mut Turn<'_, T>, drop_token: bool) -> Ruling {
        let in_use = self.token.is_some() || self.endpoint != Endpoint::Idle || !self.waiting.is_empty();
        turn.tell(Event::CredentialsChanged);
        if matches!(self.endpoint, Endpoint::Flying(_)) {
            turn.saw(When::CredentialsFence);
        }
        self.forget_sent(turn);
        if drop_token {
            if self.token.is_some() {
                turn.saw(When::CredentialsDrop);
            }
            self.retract(turn, Rule::Credentials);
            self.token = None;
        }
        if let Some(token) = &mut self.token {
            token.marked = false;
        }
        match &mut self.endpoint {
            _ if !in_use => turn.saw(When::CredentialsUnused),
            Endpoint::Paused(pause) if pause.asked => {
                turn.saw(When::CredentialsWait);
                (pause.until, pause.kind) = (pause.not_before, Kind::Transient);
                self.owed = Some(Reason::CredentialsChanged);
                self.pass_pause(turn);
            }
            endpoint => {
                turn.seen.note(if matches!(endpoint, Endpoint::Paused(_)) { When::CredentialsEndPause } else { When::CredentialsRefresh });
                self.start(turn, Reason::CredentialsChanged, Rule::Credentials);
            }
        }
        (Answer::Done, Rule::Credentials)
    }

    /// Nothing that was sent until now counts any more; a forced refresh and a full flight are allowed again.
    fn forget_sent(&mut self, turn: &Turn<'_, T>) {
        self.fence_for_good();
        self.failures.terminal = 0;
        self.failures.one_attempt = false;
        self.allow_force();
        self.credentials_at = Some(turn.now);
    }

    fn fence_for_good(&mut self) {
        self.fence(false);
        self.fenced.iter_mut().for_each(|fenced| fenced.counts = false);
    }

    fn allow_force(&mut self) {
        self.rejections.forced_at = None;
        if let Some(token) = &mut self.token {
            token.forced = false;
        }
    }

    pub(crate) fn reset(&mut self, turn: &mut Turn<'_, T>, reset: Reset) -> Ruling {
        turn.tell(Event::Reset { reset });
        match reset {
            Reset::Fork => self.fork(turn),
            Reset::Logout => self.log_out(turn, Code::Cancelled, Rule::Logout),
            Reset::Close => {
                turn.saw(When::Closed);
                self.log_out(turn, Code::Closed, Rule::Close);
                self.endpoint = Endpoint::Idle;
                self.closed = true;
            }
        }
        let rule = match reset {
            Reset::Fork => Rule::Fork,
            Reset::Logout => Rule::Logout,
            Reset::Close => Rule::Close,
        };
        (Answer::Done, rule)
    }

    fn fork(&mut self, turn: &mut Turn<'_, T>) {
        let renewing =
            self.owed == Some(Reason::CredentialsChanged) || matches!(&self.endpoint, Endpoint::Flying(Flight { renewing: true, .. }));
        match &self.endpoint {
            Endpoint::Flying(Flight { stage: Stage::Running { .. }, .. }) => turn.saw(When::ForkInFlight),
            Endpoint::Paused(_) => turn.saw(When::ForkPaused),
            _ => {}
        }
        self.fence_for_good();
        self.allow_force();
        self.owed = None;
        let _ = self.settle();
        if let Some(token) = &mut self.token {
            if token.withheld_until.take().is_some() {
                turn.saw(When::ForkWithheld);
            }
            if renewing {
                turn.saw(When::ForkRenewing);
                token.due = Some(turn.now);
            }
        }
        self.wake = None;
    }

    fn log_out(&mut self, turn: &mut Turn<'_, T>, code: Code, rule: Rule) {
        if self.token.is_some() && rule == Rule::Logout {
            turn.saw(When::LogoutToken);
        }
        self.retract(turn, rule);
        self.token = None;
        self.forget_sent(turn);
        self.rejections = Rejections { last: self.rejections.last, ..Rejections::new() };
        self.failures = Failures::default();
        self.owed = None;
        if !self.waiting.is_empty() {
            if rule == Rule::Logout {
                turn.saw(When::LogoutCallers);
            }
            let settles = self.settle();
            turn.expect(Output::Fail { settles, error: Error::new(code) }, rule);
        }
        match &mut self.endpoint {
            Endpoint::Paused(pause) if pause.asked => {
                turn.saw(When::LogoutRetryAfter);
                (pause.until, pause.kind) = (pause.not_before, Kind::Transient);
            }
            Endpoint::Paused(_) => {
                turn.saw(When::LogoutPause);
                self.endpoint = Endpoint::Idle;
            }
            Endpoint::Idle | Endpoint::Flying(_) => self.endpoint = Endpoint::Idle,
        }
    }
}
