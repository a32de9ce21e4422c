//! What a caller gets that wants a token.

use evertoken::{Code, event::Reason};

use crate::{
    Oracle, clock,
    numbers::{PATIENCE_MARGIN_MS, hard_wait, min_valid_wait, most_min_valid},
    rules::{Rule, When},
    state::{Endpoint, Flight, Kind, Stage, Waiter},
    turn::{Answer, Ruling, Turn},
};

impl<T: Clone + Eq + std::fmt::Debug> Oracle<T> {
    pub(crate) fn want(&mut self, turn: &mut Turn<'_, T>, min_valid: u64, patience: u64, waited: bool) -> Ruling {
        if self.token.is_none() {
            return self.want_absent(turn, patience);
        }
        if self.endpoint == Endpoint::Idle {
            let reason = self.due(turn, min_valid);
            self.note_window(turn, reason.is_some());
            if let Some(reason) = reason {
                let rule = match reason {
                    Reason::MinValid => Rule::MinValid,
                    Reason::Rejected => Rule::Marks,
                    _ => Rule::Window,
                };
                if reason == Reason::MinValid {
                    turn.saw(When::MinValidStarts);
                }
                self.start(turn, reason, rule);
            }
        }
        self.serve(turn, min_valid, patience, waited)
    }

    fn want_absent(&mut self, turn: &mut Turn<'_, T>, patience: u64) -> Ruling {
        match &self.endpoint {
            Endpoint::Paused(pause) => {
                let left = clock::left(pause.until, turn.now);
                let in_time = left.saturating_add(PATIENCE_MARGIN_MS) <= patience;
                if pause.kind == Kind::Terminal || !in_time {
                    turn.saw(if pause.kind == Kind::Terminal { When::FailsFast } else { When::PauseTooLong });
                    let mut error = pause.error.clone();
                    error.retry_at = Some(pause.until);
                    return (Answer::Fail(error), Rule::PausedCaller);
                }
                turn.saw(When::WaitsPauseOut);
                if left + PATIENCE_MARGIN_MS == patience {
                    turn.saw(When::PauseJustShort);
                }
                self.wait(turn, patience, Rule::PausedCaller)
            }
            Endpoint::Flying(_) => self.wait(turn, patience, Rule::AbsentWait),
            Endpoint::Idle => {
                turn.saw(When::Fetched);
                self.start(turn, Reason::Absent, Rule::Absent);
                self.wait(turn, patience, Rule::AbsentWait)
            }
        }
    }

    /// A held token serves at once, or after a short wait behind the attempt that runs.
    fn serve(&mut self, turn: &mut Turn<'_, T>, min_valid: u64, patience: u64, waited: bool) -> Ruling {
        let now = turn.now;
        let Some(token) = &self.token else { return (Answer::Use, Rule::NoFailure) };
        let (hard, short) = (clock::over(token.hard(), now), token.is_short(now, min_valid));
        if clock::left(token.end, now) == 1 {
            turn.saw(When::LastMillisecond);
        }
        if token.rejected.is_some() {
            turn.saw(When::KeptAfterRejection);
        }
        if min_valid > most_min_valid(token.life) {
            turn.saw(When::MinValidCapped);
        }
        let Endpoint::Flying(Flight { stage: Stage::Running { waited_until, .. }, .. }) = &mut self.endpoint else {
            if matches!(self.endpoint, Endpoint::Paused(_)) {
                turn.saw(When::UsedInPause);
                if hard {
                    turn.saw(When::HardPause);
                }
            }
            if hard {
                turn.saw(When::UsedInHardZone);
            }
            if min_valid > 0 && !short {
                turn.saw(When::MinValidMet);
            }
            return (Answer::Use, if hard { Rule::HardZone } else { Rule::WindowFree });
        };
        if waited || patience == 0 {
            turn.saw(if token.withheld_until.is_some() { When::WithheldUsed } else { When::UsedWithoutPatience });
            if hard {
                turn.saw(When::UsedInHardZone);
            }
            return (Answer::Use, Rule::NoFailure);
        }
        let (limit, rule) = if let Some(until) = token.withheld_until {
            turn.saw(When::WithheldWaits);
            (clock::left(until, now), Rule::Withheld)
        } else if hard || short {
            let (most, rule, when) = if short {
                (min_valid_wait(token.life), Rule::MinValid, When::MinValidWaits)
            } else {
                (hard_wait(token.life), Rule::HardZone, When::HardWaits)
            };
            if most == 0 {
                return (Answer::Use, rule);
            }
            let until = *waited_until.get_or_insert_with(|| {
                turn.seen.note(when);
                now.mono.saturating_add(most)
            });
            let limit = until.saturating_sub(now.mono).min(most);
            if limit == 0 {
                turn.saw(When::HardWaitOver);
                turn.saw(When::UsedInHardZone);
                return (Answer::Use, rule);
            }
            if limit < most {
                turn.saw(When::HardWaitShared);
            }
            (limit, rule)
        } else {
            turn.saw(When::UsedInWindow);
            return (Answer::Use, Rule::WindowFree);
        };
        if limit == 0 {
            return (Answer::Use, rule);
        }
        if patience < limit {
            turn.saw(When::ShortPatience);
        }
        self.wait(turn, limit.min(patience), rule)
    }

    pub(crate) fn wait(&mut self, turn: &mut Turn<'_, T>, ms: u64, rule: Rule) -> Ruling {
        if ms == 0 {
            turn.saw(When::NoPatience);
            return (Answer::Fail(Code::Deadline.into()), Rule::AbsentWait);
        }
        if self.token.is_none() {
            turn.saw(When::AbsentWaits);
        }
        let until = turn.now.mono.saturating_add(ms);
        self.last_ticket += 1;
        self.waiting.push(Waiter { ticket: self.last_ticket, until });
        (Answer::Wait { ticket: self.last_ticket, until }, rule)
    }

    /// Closes every ticket and returns the number up to which they are answered.
    pub(crate) fn settle(&mut self) -> u64 {
        self.waiting.clear();
        self.last_ticket
    }
}
