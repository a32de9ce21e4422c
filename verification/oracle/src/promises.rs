//! The promises that need no policy: what somebody sees who knows only what was asked, granted and told.

use evertoken::{Code, Input, Instant, Outcome, Output, Reset, Snapshot, Verdict, event::Event};

use crate::{
    Violation, clock,
    numbers::{HELD_WAIT_MS, YEAR},
    rules::{Rule, When},
    turn::Turn,
};

/// More than this is not saved up: a burst of requests is noticed, however calm the time before it was.
const CREDIT: u32 = 8;

/// The outsider's own account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ledger<T> {
    /// Attempts whose end was not reported: number, sending, and whether a success may count.
    sent: Vec<(u64, Instant, bool)>,
    /// The attempt that may count, and the end of that.
    live: Option<(u64, Instant)>,
    /// What hosts hold; also while it is withheld from them.
    host: Option<Snapshot<T>>,
    withheld: bool,
    /// The true end of what hosts hold.
    end: Instant,
    newest: (u64, u64),
    waiting: Vec<(u64, u64)>,
    /// The generation that had its forced refresh.
    forced: Option<u64>,
    credit: u32,
}

impl<T: Clone + Eq + std::fmt::Debug> Ledger<T> {
    pub(crate) const fn new() -> Self {
        Self {
            sent: Vec::new(),
            live: None,
            host: None,
            withheld: false,
            end: Instant { mono: 0, wall: 0 },
            newest: (0, 0),
            waiting: Vec::new(),
            forced: None,
            credit: 1,
        }
    }

    /// Takes one call into account.
    pub(crate) fn keep(&mut self, turn: &mut Turn<'_, T>, input: &Input<T>, stepped: bool) -> Result<(), Violation> {
        let now = turn.now;
        self.waiting.retain(|(_, until)| *until > now.mono);
        if self.host.is_some() && clock::over(self.end, now) {
            (self.host, self.withheld) = (None, false);
        }
        if stepped {
            self.earn(2);
        }
        let misused = matches!(&turn.step.verdict, Verdict::Fail(error) if matches!(error.code, Code::Misuse | Code::Closed));
        if misused {
            let quiet = turn.step.outputs.iter().all(is_by_time);
            let early = matches!(input, Input::Finished { .. } | Input::Abandoned { .. });
            if !early && !quiet {
                return broken(Rule::Misuse, "something happens after misuse");
            }
        }
        let gained = self.learn(input, now);
        // What is withheld from hosts already needs no word to go.
        let dropped = self.host.as_ref().is_some_and(|host| drops(input, host.generation));
        if self.withheld && dropped {
            (self.host, self.withheld) = (None, false);
        }
        let held_before = self.host.clone();
        for output in &turn.step.outputs {
            self.read(turn.seen, now, input, output, gained.as_ref())?;
        }
        // What is over once stays over, also when the wall clock is set back.
        if self.live.take_if(|(_, fence)| clock::over(*fence, now)).is_some() {
            self.earn(1);
        }
        self.judge(turn, input, held_before.as_ref())
    }

    fn earn(&mut self, credit: u32) {
        self.credit = (self.credit + credit).min(CREDIT);
    }

    /// Learns from an input what the truth is; returns a token that has just come, with its end.
    fn learn(&mut self, input: &Input<T>, now: Instant) -> Option<(T, Instant)> {
        match input {
            Input::Finished { attempt, outcome } => {
                let live = self.live.take_if(|(live, _)| live == attempt).is_some();
                let at = self.sent.iter().position(|(sent, _, _)| sent == attempt)?;
                let (_, sent, counts) = self.sent.remove(at);
                match outcome {
                    Outcome::Granted { token, lifetime_ms } if counts => {
                        self.earn(2);
                        let end = clock::after(sent, (*lifetime_ms).min(YEAR));
                        if let Some(host) = &self.host
                            && host.token == *token
                            && (live || !clock::over(end, now))
                        {
                            self.end = clock::last(self.end, end);
                        }
                        return Some((token.clone(), end));
                    }
                    _ => self.earn(1),
                }
            }
            Input::Abandoned { attempt } => {
                self.live.take_if(|(live, _)| live == attempt);
                self.sent.retain(|(sent, _, _)| sent != attempt);
                self.earn(1);
            }
            Input::Adopt { token } => {
                self.earn(2);
                let life = token.lifetime_ms.min(YEAR);
                let by_wall = token.issued_at_wall.saturating_add(life).saturating_sub(now.wall);
                let left = token.remaining_ms.min(life).min(by_wall);
                return Some((token.token.clone(), clock::after(now, left)));
            }
            Input::CredentialsChanged { .. } | Input::Reset(_) => {
                self.live = None;
                self.sent.iter_mut().for_each(|(_, _, counts)| *counts = false);
                self.forced = None;
                self.earn(2);
                if matches!(input, Input::Reset(Reset::Fork)) {
                    self.waiting.clear();
                }
            }
            Input::Retry | Input::Invalidate { .. } => self.earn(1),
            Input::Want { .. } | Input::Rejected { .. } | Input::Tick { .. } => {}
        }
        None
    }

    fn read(
        &mut self,
        seen: &mut crate::rules::Seen,
        now: Instant,
        input: &Input<T>,
        output: &Output<T>,
        gained: Option<&(T, Instant)>,
    ) -> Result<(), Violation> {
        match output {
            Output::Start { attempt, fence_at, .. } => {
                if self.live.is_some_and(|(_, fence)| clock::over(fence, now)) {
                    self.earn(1);
                }
                if self.credit == 0 {
                    return broken(Rule::Budget, "more requests than anything calls for");
                }
                seen.note(When::Paid);
                self.credit -= 1;
                if let Some((live, fence)) = self.live
                    && !clock::over(fence, now)
                {
                    return broken(Rule::OneAttempt, format_args!("attempt {attempt} while {live} may count"));
                }
                seen.note(if self.sent.is_empty() { When::FirstAttempt } else { When::AttemptBesideFenced });
                self.live = Some((*attempt, *fence_at));
                self.sent.push((*attempt, now, true));
                if self.sent.len() > 17 {
                    self.sent.remove(0);
                }
            }
            Output::Publish { snapshot, settles } => {
                self.take(snapshot, *settles, gained)?;
                self.check(snapshot, now)?;
                self.waiting.retain(|(ticket, _)| ticket > settles);
            }
            Output::Hand { snapshot, settles } => {
                if !clock::over(snapshot.use_until, now) {
                    return broken(Rule::PastEnd, "a handed token could be kept");
                }
                self.waiting.retain(|(ticket, _)| ticket > settles);
            }
            Output::Retract { generation } => self.retract(input, *generation)?,
            Output::Fail { settles, error } => {
                let cancelled = matches!(input, Input::Reset(_));
                if self.host.is_some() && !cancelled {
                    return broken(Rule::NoFailure, format_args!("who waits fails ({}) while a token is held", error.code));
                }
                self.waiting.retain(|(ticket, _)| ticket > settles);
            }
            Output::Event(event) => match event {
                // One for the attempt, one for the window that begins anew.
                Event::Failed { .. } | Event::SameToken { .. } | Event::Expired { .. } => self.earn(1),
                Event::Granted { late: true, .. } => self.earn(1),
                _ => {}
            },
            Output::WakeAt { .. } => {}
        }
        Ok(())
    }

    fn take(&mut self, snapshot: &Snapshot<T>, settles: u64, gained: Option<&(T, Instant)>) -> Result<(), Violation> {
        let version = (snapshot.generation, snapshot.revision);
        let again = version == self.newest && self.host.as_ref() == Some(snapshot) && settles > 0;
        if version <= self.newest && !again {
            return broken(Rule::Versions, format_args!("{version:?} after {:?}", self.newest));
        }
        if snapshot.generation > self.newest.0 {
            let Some((token, end)) = gained.filter(|(token, _)| *token == snapshot.token) else {
                return broken(Rule::Truth, "a token that nobody has granted");
            };
            let _ = token;
            self.end = *end;
        } else if self.host.as_ref().is_some_and(|host| host.token != snapshot.token) {
            return broken(Rule::Truth, "another token under the same generation");
        }
        self.newest = version;
        self.host = Some(snapshot.clone());
        self.withheld = false;
        Ok(())
    }

    /// What holds of each snapshot that anybody is given to keep.
    fn check(&self, snapshot: &Snapshot<T>, now: Instant) -> Result<(), Violation> {
        if !clock::reaches(snapshot.use_until, snapshot.ask_at) {
            return broken(Rule::Ordered, format_args!("{:?} after {:?}", snapshot.ask_at, snapshot.use_until));
        }
        if !clock::reaches(self.end, snapshot.use_until) {
            return broken(Rule::PastEnd, format_args!("used until {:?}, over at {:?}", snapshot.use_until, self.end));
        }
        if clock::over(self.end, now) {
            return broken(Rule::PastEnd, format_args!("over at {:?}", self.end));
        }
        Ok(())
    }

    fn retract(&mut self, input: &Input<T>, generation: u64) -> Result<(), Violation> {
        if self.host.as_ref().is_none_or(|host| host.generation != generation) || self.withheld {
            return broken(Rule::Retracted, "what hosts do not hold");
        }
        if drops(input, generation) {
            self.host = None;
            return Ok(());
        }
        if !matches!(input, Input::Rejected { generation: rejected, retried: false, .. } if *rejected == generation) {
            return broken(Rule::TokenKept, "a good token is taken away");
        }
        if self.forced.replace(generation) == Some(generation) {
            return broken(Rule::OneForced, format_args!("generation {generation} is forced again"));
        }
        self.earn(1);
        self.withheld = true;
        Ok(())
    }

    fn judge(&mut self, turn: &mut Turn<'_, T>, input: &Input<T>, held_before: Option<&Snapshot<T>>) -> Result<(), Violation> {
        let now = turn.now;
        match &turn.step.verdict {
            Verdict::Use(snapshot) | Verdict::RetryWith(snapshot) => {
                let same = self.host.as_ref().is_some_and(|host| host.generation == snapshot.generation && host.token == snapshot.token);
                if !same {
                    return broken(Rule::PastEnd, "a token that is not held");
                }
                self.check(snapshot, now)?;
            }
            Verdict::Wait { ticket, until_mono } => {
                let (patience, wants) = match input {
                    Input::Want { patience_ms, waited, .. } => (*patience_ms, !waited),
                    Input::Rejected { patience_ms, .. } => (*patience_ms, false),
                    _ => return broken(Rule::Waits, "a wait for somebody who wants nothing"),
                };
                let wait = until_mono.saturating_sub(now.mono);
                if wait == 0 || wait > patience {
                    return broken(Rule::Waits, format_args!("{wait} ms of {patience} ms"));
                }
                if matches!(input, Input::Want { .. }) && self.host.is_some() {
                    if !wants || wait > HELD_WAIT_MS {
                        return broken(Rule::Waits, format_args!("{wait} ms while a token is held"));
                    }
                    self.check_window(now, input)?;
                }
                self.waiting.push((*ticket, *until_mono));
            }
            Verdict::Fail(error) if matches!(input, Input::Want { .. }) && self.host.is_some() && error.code != Code::Closed => {
                return broken(Rule::NoFailure, format_args!("{} while a token is held", error.code));
            }
            _ => {}
        }
        self.check_kept(input, held_before, now)
    }

    /// Whoever waits though a token is held is in the hard zone, needs more life, or the token is withheld.
    fn check_window(&self, now: Instant, input: &Input<T>) -> Result<(), Violation> {
        let (Some(host), false) = (&self.host, self.withheld) else { return Ok(()) };
        let wants_life = matches!(input, Input::Want { min_valid_ms, .. } if clock::left(self.end, now) < *min_valid_ms);
        if !wants_life && !clock::over(host.use_until, now) {
            return broken(Rule::WindowFree, "somebody waits while the snapshot is good");
        }
        Ok(())
    }

    fn check_kept(&self, input: &Input<T>, held_before: Option<&Snapshot<T>>, now: Instant) -> Result<(), Violation> {
        if let Some(held) = held_before
            && !drops(input, held.generation)
            && !clock::over(self.end, now)
            && self.host.as_ref().is_none_or(|host| host.generation < held.generation)
        {
            return broken(Rule::TokenKept, "a good token is lost");
        }
        Ok(())
    }
}

/// Says whether the user's word lets the token of a generation go.
fn drops<T>(input: &Input<T>, generation: u64) -> bool {
    match input {
        Input::Invalidate { generation: asked } => *asked == generation,
        Input::CredentialsChanged { drop_token } => *drop_token,
        Input::Reset(reset) => *reset != Reset::Fork,
        _ => false,
    }
}

/// What time does by itself, also beside an input that is misuse.
const fn is_by_time<T>(output: &Output<T>) -> bool {
    matches!(output, Output::Event(Event::ClockStepped { .. }))
}

fn broken(rule: Rule, detail: impl std::fmt::Display) -> Result<(), Violation> {
    Err(Violation { invariant: rule.name(), detail: detail.to_string() })
}
