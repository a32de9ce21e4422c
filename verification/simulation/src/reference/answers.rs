//! What callers are told: who waits and how long, and what becomes of a rejected call.

use evertoken::{Input, Instant, Step, Verdict, io::SurfaceReason};

use super::{
    Reference, numbers,
    requests::{Flight, Why},
};

/// What a caller is to be told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Use,
    Wait(u64),
    Fail,
    Retry,
    RetryAfter(u64),
    Surface(SurfaceReason),
}

impl Reference {
    /// The verdict is as documented.
    pub(super) fn check_verdict(&mut self, now: Instant, input: &Input, step: &Step) {
        let (expected, name) = match *input {
            Input::Want { min_valid_ms, patience_ms, waited } => (self.want(now, min_valid_ms, patience_ms, waited), "waits-as-documented"),
            Input::Rejected { generation, replayable, retried, patience_ms } => {
                let expected = self.rejected(now, generation, retried, if replayable { patience_ms } else { 0 }, step);
                let surfaced = matches!(expected, Told::Surface(_));
                (if replayable || surfaced { expected } else { Told::Surface(SurfaceReason::NotReplayable) }, "rejections-as-documented")
            }
            _ => return,
        };
        let told = match &step.verdict {
            Verdict::Use(_) => Told::Use,
            Verdict::Wait { until_mono, .. } => Told::Wait(*until_mono),
            Verdict::Fail(_) | Verdict::Done => Told::Fail,
            Verdict::RetryWith(_) => Told::Retry,
            Verdict::RetryAfter { ms } => Told::RetryAfter(*ms),
            Verdict::Surface(reason) => Told::Surface(*reason),
        };
        self.ensure(told == expected, name, || format!("{input:?}: {told:?}, not {expected:?}"));
    }

    fn want(&mut self, now: Instant, min_valid_ms: u64, patience_ms: u64, waited: bool) -> Told {
        let Some(token) = &self.token else { return self.want_without(now, patience_ms) };
        let Flight::Running(run) = &mut self.flight else { return Told::Use };
        if waited || patience_ms == 0 {
            return Told::Use;
        }
        let left = token.ends.left_ms(now);
        let wait_ms = if let Some(withheld) = token.withheld {
            withheld.left_ms(now)
        } else {
            let limit_ms = if left < numbers::min_valid(min_valid_ms, token.life) {
                numbers::min_valid_wait(token.life)
            } else if left <= numbers::leeway(token.life) {
                numbers::hard_wait(token.life)
            } else {
                0
            };
            if limit_ms == 0 {
                return Told::Use;
            }
            let until = *run.waited_for.get_or_insert(now.mono + limit_ms);
            limit_ms.min(until.saturating_sub(now.mono))
        };
        if wait_ms == 0 { Told::Use } else { Told::Wait(now.mono + wait_ms.min(patience_ms)) }
    }

    fn want_without(&self, now: Instant, patience_ms: u64) -> Told {
        if let Some(pause) = self.pause()
            && (pause.why == Why::Terminal || pause.until.left_ms(now) + numbers::MARGIN > patience_ms)
        {
            return Told::Fail;
        }
        if patience_ms == 0 { Told::Fail } else { Told::Wait(now.mono.saturating_add(patience_ms)) }
    }

    fn rejected(&mut self, now: Instant, generation: u64, retried: bool, patience_ms: u64, step: &Step) -> Told {
        let wait = |ms: u64| if ms == 0 { Told::Fail } else { Told::Wait(now.mono.saturating_add(ms)) };
        if retried {
            return Told::Surface(SurfaceReason::AlreadyRetried);
        }
        let Some(token) = self.token.as_mut().filter(|token| token.generation == generation) else {
            return if self.token.is_some() { Told::Retry } else { self.want_without(now, patience_ms) };
        };
        if !token.received.plus(numbers::young(token.life)).is_over(now) {
            return Told::RetryAfter(numbers::young_delay(token.life));
        }
        let forced = step.outputs.iter().any(|output| matches!(output, evertoken::Output::Retract { .. }));
        match &mut self.flight {
            // The request that was sent just now is the forced refresh.
            Flight::Running(_) if forced => {
                let held = self.forced_at.is_some_and(|at| !at.plus(self.hold_ms.max(numbers::HOLD)).is_over(now));
                let marked = token.marked;
                let soon = token.rejected.is_some_and(|at| !token.received.plus(self.hold_ms.max(numbers::HOLD)).is_over(at));
                let next = if self.forced_at.is_some() && soon {
                    (self.hold_ms.max(numbers::HOLD) * 2).min(numbers::longest_hold(token.life))
                } else {
                    numbers::HOLD
                };
                token.withheld = Some(now.plus(numbers::withheld(token.life)));
                (self.forced_at, self.hold_ms) = (Some(now), next);
                self.allowance += 1;
                self.ensure(!held, "forced-refreshes-keep-their-distance", || format!("generation {generation}"));
                self.ensure(!marked, "one-forced-refresh-a-generation", || format!("generation {generation}"));
                wait(patience_ms)
            }
            Flight::Running(run) => {
                run.forced = true;
                wait(patience_ms)
            }
            Flight::Between { .. } => wait(patience_ms),
            Flight::Paused(pause) if pause.why != Why::Same || token.marked => {
                (token.marked, token.due) = (true, true);
                let hold = self.hold_ms.max(numbers::HOLD);
                if pause.why == Why::Transient && self.shortened_at.is_none_or(|at| at.plus(hold).is_over(now)) {
                    let until = now.plus(numbers::REJECTED_PAUSE).later(pause.not_before);
                    if until.left_ms(now) < pause.until.left_ms(now) {
                        pause.until = until;
                        self.shortened_at = Some(now);
                    }
                }
                Told::Surface(SurfaceReason::Paused)
            }
            Flight::Idle | Flight::Paused(_) if token.marked => Told::Surface(SurfaceReason::Paused),
            // Nothing was sent: only the distance of forced refreshes forbids it.
            Flight::Idle | Flight::Paused(_) => {
                let held = self.forced_at.is_some_and(|at| !at.plus(self.hold_ms.max(numbers::HOLD)).is_over(now));
                self.ensure(held, "a-rejected-token-is-replaced", || format!("generation {generation}"));
                Told::Surface(SurfaceReason::TooSoon)
            }
        }
    }
}
