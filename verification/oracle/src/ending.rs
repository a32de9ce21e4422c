//! How attempts end.

use evertoken::{Class, Code, Error, Event, Instant, Outcome, Output, Snapshot, event::Reason};

use crate::{
    Oracle, clock,
    numbers::{self, ATTEMPTS, FLIGHT_MS, LAST_TRY_MS, REFRESH_FLOOR_MS, RETRY_AFTER_MS, RETRY_MS, SINGLE_USE_MS, YEAR},
    rules::{Rule, When},
    state::{Endpoint, Failures, Flight, Kind, Pause, Stage, Token},
    turn::{Answer, Ruling, Turn},
};

/// What a server granted.
struct Grant<T> {
    sent: Instant,
    token: T,
    life: u64,
}

impl<T> Grant<T> {
    const fn end(&self) -> Instant {
        clock::after(self.sent, self.life)
    }
}

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    pub(crate) fn finished(&mut self, turn: &mut Turn<'_, T>, attempt: u64, outcome: &Outcome<T>) -> Ruling {
        match outcome {
            Outcome::Failed { error, .. } if error.class() == Class::Cancelled => self.abandoned(turn, attempt),
            Outcome::Failed { error, retry_after_ms } => {
                if self.running(attempt).is_none() {
                    return self.fenced_ended(turn, attempt).0;
                }
                self.attempt_failed(turn, turn.now, error.clone(), *retry_after_ms);
                (Answer::Done, Rule::Events)
            }
            Outcome::Granted { token, lifetime_ms } => {
                let life = (*lifetime_ms).min(YEAR);
                if let Some(sent) = self.running(attempt) {
                    self.granted(turn, Grant { sent, token: token.clone(), life });
                    return (Answer::Done, Rule::Granted);
                }
                let (ruling, counts) = self.fenced_ended(turn, attempt);
                if let Some(sent) = counts {
                    self.granted_late(turn, Grant { sent, token: token.clone(), life });
                }
                ruling
            }
        }
    }

    pub(crate) fn abandoned(&mut self, turn: &mut Turn<'_, T>, attempt: u64) -> Ruling {
        if self.running(attempt).is_none() {
            return self.fenced_ended(turn, attempt).0;
        }
        turn.tell(Event::Abandoned { attempt });
        let now = turn.now;
        let needed = !self.waiting.is_empty();
        let overtaken = matches!(&self.endpoint, Endpoint::Flying(Flight { overtaken: true, forced: false, renewing: false, .. }));
        if self.token.is_some() && overtaken && !needed {
            turn.saw(When::AbandonedOvertaken);
            self.endpoint = Endpoint::Idle;
            return (Answer::Done, Rule::AbandonedPause);
        }
        if self.token.is_some() {
            turn.saw(When::AbandonedHeld);
            self.refresh_failed(turn, now, Code::Cancelled.into(), None);
            return (Answer::Done, Rule::AbandonedPause);
        }
        let pause = numbers::abandoned_pause(self.failures.abandoned);
        self.failures.abandoned = self.failures.abandoned.saturating_add(1);
        if pause > 0 {
            turn.saw(When::AbandonedTwice);
            let until = clock::after(now, pause);
            let not_before = clock::first(clock::after(now, RETRY_MS), until);
            let pause = Pause { until, not_before, asked: false, kind: Kind::Abandoned, error: Code::Deadline.into() };
            self.pause(turn, pause, Rule::AbandonedPause, (until, until));
        } else if self.waiting.is_empty() {
            turn.saw(When::AbandonedAlone);
            self.endpoint = Endpoint::Idle;
        } else {
            turn.saw(When::AbandonedOnce);
            self.start(turn, Reason::Absent, Rule::AbandonedPause);
        }
        (Answer::Done, Rule::AbandonedPause)
    }

    /// When the given attempt was sent, if it is the one that runs.
    fn running(&self, attempt: u64) -> Option<Instant> {
        match &self.endpoint {
            Endpoint::Flying(Flight { stage: Stage::Running { attempt: running, sent, .. }, .. }) if *running == attempt => Some(*sent),
            _ => None,
        }
    }

    /// The end of an attempt that was given up, and when it was sent if its success still counts.
    fn fenced_ended(&mut self, turn: &mut Turn<'_, T>, attempt: u64) -> (Ruling, Option<Instant>) {
        let done = (Answer::Done, Rule::FencedEnd);
        if let Some(at) = self.fenced.iter().position(|fenced| fenced.attempt == attempt) {
            turn.saw(When::FencedEnded);
            let fenced = self.fenced.remove(at);
            if !fenced.counts {
                turn.saw(When::LateFencedForGood);
            }
            return (done, fenced.counts.then_some(fenced.sent));
        }
        if attempt > 0 && attempt <= self.forgotten {
            return (done, None);
        }
        turn.saw(if attempt > 0 && attempt <= self.attempts { When::FencedEndedTwice } else { When::UnknownAttempt });
        ((Answer::Misuse, Rule::Misuse), None)
    }

    fn granted(&mut self, turn: &mut Turn<'_, T>, grant: Grant<T>) {
        let end = grant.end();
        let dead = clock::over(end, turn.now);
        let refused = self.rejections.recent.contains(&grant.token);
        let Some(held) = &mut self.token else {
            self.succeeded();
            if refused {
                turn.saw(When::RejectedTaken);
            }
            if dead {
                self.hand(turn, grant);
            } else {
                turn.saw(When::GrantedFirst);
                self.endpoint = Endpoint::Idle;
                self.accept(turn, grant, false);
            }
            return;
        };
        let same = held.token == grant.token;
        if same {
            if clock::left(end, turn.now) > clock::left(held.end, turn.now) {
                turn.saw(When::SameTokenGrows);
            }
            held.end = clock::last(held.end, end);
        }
        let now = turn.now;
        if dead {
            turn.saw(When::DeadWhileHeld);
            self.attempt_failed(turn, now, Code::TokenDeadOnArrival.into(), None);
        } else if refused {
            turn.saw(When::RejectedRefused);
            self.attempt_failed(turn, now, Code::TokenRejectedAgain.into(), None);
        } else if same {
            self.same_again(turn);
        } else {
            turn.saw(if clock::left(end, now) < clock::left(held.end, now) { When::GrantedShorter } else { When::GrantedReplaces });
            self.succeeded();
            self.endpoint = Endpoint::Idle;
            self.accept(turn, grant, false);
        }
    }

    fn granted_late(&mut self, turn: &mut Turn<'_, T>, grant: Grant<T>) {
        let end = grant.end();
        if clock::over(end, turn.now) {
            turn.saw(When::LateDead);
            return;
        }
        let refused = self.rejections.recent.contains(&grant.token);
        if let Some(held) = &mut self.token {
            if held.token == grant.token {
                turn.saw(When::LateSame);
                held.end = clock::last(held.end, end);
                return;
            }
            if refused || clock::left(end, turn.now) <= clock::left(held.end, turn.now) {
                turn.saw(When::LateRefused);
                return;
            }
        }
        turn.saw(When::LateUsed);
        self.succeeded();
        match &self.endpoint {
            Endpoint::Paused(pause) if pause.asked => turn.saw(When::LateKeepsRetryAfter),
            Endpoint::Paused(_) => {
                turn.saw(When::LateEndsPause);
                self.endpoint = Endpoint::Idle;
            }
            Endpoint::Flying(_) => turn.saw(When::LateBesideAttempt),
            Endpoint::Idle => {}
        }
        self.accept(turn, grant, true);
    }

    fn succeeded(&mut self) {
        self.failures = Failures::default();
        self.owed = None;
    }

    fn accept(&mut self, turn: &mut Turn<'_, T>, grant: Grant<T>, late: bool) {
        turn.drew = true;
        self.generations += 1;
        let generation = self.generations;
        turn.tell(Event::Granted { generation, lifetime_ms: grant.life, late });
        let token = Token {
            generation,
            revision: 0,
            issued: grant.sent,
            received: turn.now,
            end: grant.end(),
            life: grant.life,
            spread: (0, numbers::spread(grant.life)),
            rejected: None,
            marked: false,
            forced: false,
            due: None,
            withheld_until: None,
            token: grant.token,
        };
        self.hold(turn, token);
    }

    /// A token without a life serves those who wait for it, and nobody else.
    fn hand(&mut self, turn: &mut Turn<'_, T>, grant: Grant<T>) {
        self.generations += 1;
        turn.tell(Event::Granted { generation: 0, lifetime_ms: grant.life, late: false });
        let began = match &self.endpoint {
            Endpoint::Flying(flight) => flight.began,
            Endpoint::Idle | Endpoint::Paused(_) => turn.now,
        };
        if self.waiting.is_empty() {
            turn.saw(When::HandedToNobody);
        } else {
            turn.saw(When::Handed);
            let settles = self.settle();
            let snapshot = Snapshot {
                generation: self.generations,
                revision: 1,
                token: grant.token,
                ask_at: grant.sent,
                use_until: grant.sent,
                issued_at: grant.sent,
                lifetime_ms: grant.life,
            };
            turn.expect(Output::Hand { snapshot, settles }, Rule::SingleUse);
        }
        let until = clock::after(began, SINGLE_USE_MS);
        if clock::over(until, turn.now) {
            turn.saw(When::SingleUseSlow);
            self.endpoint = Endpoint::Idle;
        } else {
            turn.saw(When::SingleUsePaced);
            let pause = Pause { until, not_before: until, asked: false, kind: Kind::SingleUse, error: Code::Deadline.into() };
            self.pause(turn, pause, Rule::SingleUse, (until, until));
        }
    }

    fn same_again(&mut self, turn: &mut Turn<'_, T>) {
        let now = turn.now;
        turn.saw(When::SameToken);
        self.succeeded();
        let Some(token) = &mut self.token else { return };
        (token.due, token.withheld_until) = (None, None);
        let generation = token.generation;
        let pause = numbers::same_token_pause(clock::left(token.end, now), token.life);
        let until = clock::first(clock::after(now, pause), token.end);
        let not_before = clock::first(clock::after(now, RETRY_MS), until);
        turn.tell(Event::SameToken { generation });
        self.answer_all(turn, When::AnsweredByOld);
        let pause = Pause { until, not_before, asked: false, kind: Kind::SameToken, error: Code::Deadline.into() };
        self.pause(turn, pause, Rule::SameToken, (until, until));
    }

    /// An attempt failed, at a time that may lie a while back.
    pub(crate) fn attempt_failed(&mut self, turn: &mut Turn<'_, T>, at: Instant, error: Error, retry_after: Option<u64>) {
        if self.token.is_some() {
            turn.saw(When::KeptAfterFailure);
            self.refresh_failed(turn, at, error, retry_after);
            return;
        }
        turn.tell(Event::Failed { attempt: self.attempts, error: error.clone(), served: false });
        let Endpoint::Flying(flight) = &mut self.endpoint else { return };
        let next = clock::after(at, numbers::attempt_delay(flight.attempts));
        let allowed = if self.failures.one_attempt { 1 } else { ATTEMPTS };
        let over = clock::over(clock::after(flight.began, FLIGHT_MS), next);
        if flight.attempts < allowed && !over && !error.class().is_terminal() && retry_after.is_none() {
            flight.stage = Stage::Between { next, error };
            return;
        }
        if self.failures.one_attempt {
            turn.saw(When::SingleAttempt);
        }
        if over {
            turn.saw(When::FlightTimeOver);
        }
        self.flight_failed(turn, at, error, retry_after);
    }

    pub(crate) fn flight_failed(&mut self, turn: &mut Turn<'_, T>, at: Instant, error: Error, retry_after: Option<u64>) {
        self.failures.one_attempt = true;
        let (bounds, rule) = if error.class().is_terminal() {
            let ms = self.terminal_ms(turn, When::TerminalAbsent);
            ((clock::after(at, ms), clock::after(at, ms)), Rule::TerminalPause)
        } else {
            let ms = numbers::fetch_pause(self.failures.fetches);
            turn.saw(if self.failures.fetches == 0 { When::FetchPaused } else { When::FetchPausedLonger });
            self.failures.fetches = self.failures.fetches.saturating_add(1);
            turn.drew = true;
            ((clock::after(at, ms / 2), clock::after(at, ms)), Rule::FetchPause)
        };
        turn.saw(if self.waiting.is_empty() { When::FailsAlone } else { When::CallersFail });
        let told = turn.expected.len();
        self.pause_failed(turn, at, error.clone(), retry_after, bounds, rule);
        let Endpoint::Paused(pause) = &self.endpoint else { return };
        let until = pause.until;
        if !self.waiting.is_empty() {
            let mut error = error;
            error.retry_at = Some(until);
            let settles = self.settle();
            turn.expected.insert(told, (Output::Fail { settles, error }, Rule::FlightError));
        }
        self.pass_pause(turn);
    }

    fn refresh_failed(&mut self, turn: &mut Turn<'_, T>, at: Instant, error: Error, retry_after: Option<u64>) {
        let rule = match error.code {
            Code::TokenRejectedAgain => Rule::RejectedBytes,
            Code::TokenDeadOnArrival => Rule::SingleUse,
            _ => Rule::TokenKept,
        };
        turn.expect(Output::Event(Event::Failed { attempt: self.attempts, error: error.clone(), served: true }), rule);
        let (forced, renewing) = match &self.endpoint {
            Endpoint::Flying(flight) => (flight.forced, flight.renewing),
            Endpoint::Idle | Endpoint::Paused(_) => (false, false),
        };
        let Some(token) = &mut self.token else { return };
        if forced {
            turn.saw(When::Marked);
            token.marked = true;
            token.due.get_or_insert(at);
        } else if renewing {
            turn.saw(When::RenewalDue);
            token.due.get_or_insert(at);
        }
        token.withheld_until = None;
        let terminal = error.class().is_terminal();
        self.failures.no_last_try |= terminal || retry_after.is_some();
        let (bounds, rule) = if terminal {
            let ms = self.terminal_ms(turn, When::TerminalHeld);
            ((clock::after(at, ms), clock::after(at, ms)), Rule::TerminalPause)
        } else {
            self.refresh_bounds(turn, at, retry_after)
        };
        self.answer_all(turn, When::AnsweredByOld);
        self.pause_failed(turn, at, error, retry_after, bounds, rule);
        self.pass_pause(turn);
    }

    /// The earliest and the latest end of the pause after a refresh that failed transiently.
    fn refresh_bounds(&mut self, turn: &mut Turn<'_, T>, at: Instant, retry_after: Option<u64>) -> ((Instant, Instant), Rule) {
        let Some(token) = &self.token else { return ((at, at), Rule::RefreshPause) };
        let ms = numbers::refresh_pause(token.life, self.failures.refreshes);
        turn.saw(if self.failures.refreshes == 0 { When::RefreshPaused } else { When::RefreshPausedLonger });
        self.failures.refreshes = self.failures.refreshes.saturating_add(1);
        turn.drew = true;
        if ms / 2 < REFRESH_FLOOR_MS {
            turn.saw(When::RefreshFloor);
        }
        let (hard, end) = (token.hard(), token.end);
        let last_try_near = clock::left(hard, at) >= LAST_TRY_MS;
        let barred = self.failures.no_last_try;
        let mut rule = Rule::RefreshPause;
        let mut cut = |until: Instant| {
            if retry_after.is_some() {
                return until;
            }
            let until_end = clock::first(until, end);
            if until_end != until {
                turn.seen.note(When::PausedToEnd);
            }
            let until_hard = clock::first(until_end, hard);
            if !last_try_near || until_hard == until_end {
                return until_end;
            }
            if barred {
                turn.seen.note(When::LastTryBarred);
                return until_end;
            }
            turn.seen.note(When::LastTry);
            rule = Rule::LastTry;
            until_hard
        };
        let earliest = cut(clock::after(at, (ms / 2).max(REFRESH_FLOOR_MS)));
        let latest = cut(clock::after(at, ms.max(REFRESH_FLOOR_MS)));
        if barred && clock::over(hard, latest) {
            rule = Rule::LastTry;
        }
        ((earliest, latest), rule)
    }

    fn terminal_ms(&mut self, turn: &mut Turn<'_, T>, when: When) -> u64 {
        turn.saw(if self.failures.terminal == 0 { when } else { When::TerminalAgain });
        let ms = numbers::terminal_pause(self.failures.terminal);
        self.failures.terminal = self.failures.terminal.saturating_add(1);
        ms
    }

    /// The pause after a failure: the later of the policy's and the server's.
    fn pause_failed(
        &mut self,
        turn: &mut Turn<'_, T>,
        at: Instant,
        error: Error,
        retry_after: Option<u64>,
        (earliest, latest): (Instant, Instant),
        rule: Rule,
    ) {
        let kind = if error.class().is_terminal() { Kind::Terminal } else { Kind::Transient };
        let Some(ms) = retry_after else {
            let not_before = clock::after(at, RETRY_MS);
            let pause = Pause { until: latest, not_before, asked: false, kind, error };
            self.pause(turn, pause, rule, (earliest, latest));
            return;
        };
        if ms > RETRY_AFTER_MS {
            turn.saw(When::RetryAfterCapped);
        }
        let asked = clock::after(at, ms.min(RETRY_AFTER_MS));
        let later = clock::reaches(asked, latest);
        turn.saw(if later { When::RetryAfterLater } else { When::RetryAfterEarlier });
        let bounds = (clock::last(asked, earliest), clock::last(asked, latest));
        let pause = Pause { until: bounds.1, not_before: asked, asked: true, kind, error };
        self.pause(turn, pause, if later { Rule::RetryAfter } else { rule }, bounds);
    }

    /// A pause begins; where its end is drawn, the machine's own word is taken if it is within the bounds.
    fn pause(&mut self, turn: &mut Turn<'_, T>, mut pause: Pause, rule: Rule, (earliest, latest): (Instant, Instant)) {
        let told = turn.next_pause();
        if let Some(until) = told
            && clock::reaches(until, earliest)
            && clock::reaches(latest, until)
        {
            pause.until = until;
        } else {
            turn.blame(rule, || format!("a pause until {told:?}, not from {earliest:?} to {latest:?}"));
        }
        turn.expect(Output::Event(Event::Paused { until: pause.until }), rule);
        self.endpoint = Endpoint::Paused(pause);
        self.mark(turn);
    }
}
