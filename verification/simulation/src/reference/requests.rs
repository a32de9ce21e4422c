//! When token requests may be sent, when they must, and how long the source pauses after a failure.

use evertoken::{Class, Code, Error, Event, Input, Instant, Outcome, Output, Step, event::Reason};

use super::{Reference, Token, numbers};

/// What is done about the token endpoint.
#[derive(Clone, Default)]
pub(super) enum Flight {
    #[default]
    Idle,
    Running(Running),
    /// Without a token: the next attempt of the flight is due then.
    Between {
        next: Instant,
        began: Instant,
        used: u32,
    },
    Paused(Pause),
}

/// The request that is on its way and may count.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) attempt: u64,
    pub(super) fence: Instant,
    pub(super) began: Instant,
    pub(super) used: u32,
    pub(super) forced: bool,
    pub(super) renewing: bool,
    /// A token came while it ran.
    pub(super) overtaken: bool,
    /// It replaced one that only the wall clock ended.
    pub(super) replaced: bool,
    /// Callers with a token wait for it until then.
    pub(super) waited_for: Option<u64>,
}

/// No request is sent until then.
#[derive(Clone)]
pub(super) struct Pause {
    pub(super) until: Instant,
    pub(super) not_before: Instant,
    /// The server asked for it.
    pub(super) asked: bool,
    pub(super) why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Transient,
    Terminal,
    Same,
    Other,
}

/// What a pause follows.
pub(super) enum Cause {
    Nothing,
    Refresh { at: Instant, terminal: bool, asked_ms: Option<u64>, life: u64, ends: Instant },
    Fetch { at: Instant, terminal: bool, asked_ms: Option<u64> },
    Abandoned,
    SameToken,
    SingleUse(Option<Instant>),
}

impl Reference {
    /// A request is sent: it is the only one that counts, and nothing forbids it.
    pub(super) fn started(&mut self, now: Instant, input: &Input, attempt: u64, fence_at: Instant, abort_at: Instant) {
        self.requests += 1;
        let held = self.token.is_some();
        let (mut began, mut used) = (now, 0);
        let mut replaced = false;
        match &self.flight {
            Flight::Running(run) => {
                let over = run.fence.is_over(now);
                replaced = over && run.fence.mono > now.mono;
                let first = !run.replaced;
                self.ensure(over, "one-unfenced-attempt", || format!("attempt {attempt}"));
                self.ensure(replaced && first, "a-flight-is-replaced-once-and-by-the-wall-clock", || format!("attempt {attempt}"));
            }
            Flight::Between { next, began: first, used: so_far } => {
                let (over, end) = (next.is_over(now), first.plus(numbers::FLIGHT));
                if end.is_over(now) && end.mono > now.mono {
                    replaced = true;
                } else {
                    (began, used) = (*first, *so_far);
                    self.ensure(over, "attempts-keep-their-distance", || format!("attempt {attempt}: {input:?}"));
                    self.ensure(!end.is_over(now), "a-flight-ends-after-14-seconds", || format!("attempt {attempt}"));
                    self.ensure(used < numbers::ATTEMPTS, "a-flight-has-three-attempts", || format!("attempt {attempt}"));
                }
            }
            Flight::Paused(pause) => {
                let (over, until) = (pause.until.is_over(now), pause.until);
                let name = match pause {
                    Pause { asked: true, .. } => "retry-after-is-honoured",
                    Pause { why: Why::Terminal, .. } => "terminal-failures-pause",
                    Pause { why: Why::Same, .. } if matches!(input, Input::Rejected { .. }) => "",
                    _ => "no-request-in-a-pause",
                };
                self.ensure(over || name.is_empty(), name, || format!("attempt {attempt} before {until:?}: {input:?}"));
            }
            Flight::Idle => {}
        }
        let mut fence = now.plus(numbers::ATTEMPT);
        if !held {
            fence = fence.earlier(began.plus(numbers::FLIGHT));
        }
        self.ensure(fence_at == fence, "an-attempt-has-ten-seconds", || format!("attempt {attempt}: {fence_at:?}"));
        self.ensure(abort_at == now.plus(numbers::ABORT), "an-attempt-is-aborted-after-thirty", || format!("{abort_at:?}"));
        let (mut forced, mut renewing) = (
            self.reason == Some(Reason::Rejected) && matches!(input, Input::Rejected { .. }),
            self.reason == Some(Reason::CredentialsChanged),
        );
        if let Flight::Running(run) = &self.flight {
            (forced, renewing) = (run.forced, run.renewing);
        }
        self.owed = false;
        self.sent.insert(attempt, now);
        let waited_for = None;
        self.flight =
            Flight::Running(Running { attempt, fence, began, used: used + 1, forced, renewing, overtaken: false, replaced, waited_for });
    }

    /// A request has a reason that its client can know.
    pub(super) fn check_reason(&mut self, now: Instant, input: &Input, reason: Reason) {
        let Some(token) = &self.token else {
            let absent = matches!(reason, Reason::Absent | Reason::Retry | Reason::CredentialsChanged | Reason::WallStep);
            let flight = matches!(self.flight, Flight::Between { .. });
            return self.ensure(absent || flight, "no-request-too-soon", || format!("{reason:?} without a token"));
        };
        let left = token.ends.left_ms(now);
        let good = match reason {
            Reason::Window => left <= numbers::window(token.life) || token.due,
            Reason::MinValid => {
                matches!(input, Input::Want { min_valid_ms, .. } if numbers::min_valid(*min_valid_ms, token.life) > left)
            }
            Reason::Rejected => token.rejected.is_some() && (token.marked || matches!(input, Input::Rejected { .. })),
            Reason::Retry | Reason::CredentialsChanged => self.owed || matches!(input, Input::Retry),
            Reason::WallStep => matches!(&self.flight, Flight::Running(run) if run.fence.wall <= now.wall),
            Reason::Absent => false,
        };
        let life = token.life;
        if reason == Reason::Window && !token.due && left <= numbers::window(life) {
            let room = numbers::spread(life);
            let late = numbers::window(life) - left;
            if room >= 1_000 && late <= room {
                self.spread.note(late * 1_000 / room);
            }
        }
        self.ensure(good, "no-request-too-soon", || format!("{reason:?} with {left} of {life} ms left"));
    }

    /// An attempt failed: what is to follow, and when.
    pub(super) fn failed(&mut self, now: Instant, input: &Input, before: Option<&Token>, event: (u64, &Error, bool)) -> Cause {
        let (attempt, error, served) = event;
        let reported = matches!(input, Input::Finished { attempt: ended, .. } | Input::Abandoned { attempt: ended } if *ended == attempt);
        let (began, used, fence, forced, renewing) = match &self.flight {
            Flight::Running(run) => (run.began, run.used, run.fence, run.forced, run.renewing),
            _ => (now, 1, now, false, false),
        };
        let at = if reported { now } else { came(fence, now) };
        if !reported {
            let fenced = error.code == Code::AttemptDeadline && fence.is_over(now);
            self.ensure(fenced, "only-its-deadline-fails-a-silent-attempt", || format!("attempt {attempt}: {error}"));
        }
        let asked_ms = match input {
            Input::Finished { outcome: Outcome::Failed { error, retry_after_ms }, .. } if reported && error.class() != Class::Cancelled => {
                retry_after_ms.map(|ms| ms.min(numbers::RETRY_AFTER_CAP))
            }
            _ => None,
        };
        let terminal = error.class().is_terminal();
        self.flight = Flight::Idle;
        if let (true, Some(token)) = (served, &mut self.token) {
            token.marked |= forced;
            token.due |= forced || renewing;
            return Cause::Refresh { at, terminal, asked_ms, life: token.life, ends: token.ends };
        }
        if let (true, Some(token)) = (served, before) {
            return Cause::Refresh { at, terminal, asked_ms, life: token.life, ends: token.ends };
        }
        self.ensure(!served, "only-who-holds-a-token-is-served", || format!("attempt {attempt}"));
        let allowed = if self.failures.one_attempt { 1 } else { numbers::ATTEMPTS };
        let next = at.plus(numbers::next_attempt(used.saturating_sub(1)));
        if used < allowed && !terminal && asked_ms.is_none() && !began.plus(numbers::FLIGHT).is_over(next) {
            self.flight = Flight::Between { next, began, used };
        }
        Cause::Fetch { at, terminal, asked_ms }
    }

    /// A pause begins: it is as long as documented.
    pub(super) fn paused(&mut self, now: Instant, before: Option<&Token>, cause: &Cause, until: Instant) {
        let mut pause = Pause { until, not_before: now.plus(numbers::BY_HAND).earlier(until), asked: false, why: Why::Other };
        match *cause {
            Cause::Refresh { at, terminal, asked_ms, life, ends } => {
                self.failures.no_last_try |= terminal || asked_ms.is_some();
                let (low, high) = if terminal {
                    self.failures.terminal += 1;
                    let ms = numbers::terminal_pause(self.failures.terminal - 1);
                    (at.plus(ms), at.plus(ms))
                } else {
                    self.failures.refreshes += 1;
                    let range = numbers::refresh_pause(life, self.failures.refreshes - 1);
                    let hard = ends.minus(numbers::leeway(life));
                    let cut = |ms: u64| {
                        let mut end = at.plus(ms);
                        if asked_ms.is_none() {
                            end = end.earlier(ends);
                            if !self.failures.no_last_try && hard.left_ms(at) >= 250 {
                                end = end.earlier(hard);
                            }
                        }
                        end
                    };
                    (cut(*range.start()), cut(*range.end()))
                };
                self.check_pause(&mut pause, at, asked_ms, (low, high), terminal);
            }
            Cause::Fetch { at, terminal, asked_ms } => {
                // A further attempt was due, and nobody waits for it any more.
                let at = if let Flight::Between { next, .. } = &self.flight { came(*next, now) } else { at };
                self.fetch_failed(&mut pause, at, terminal, asked_ms);
            }
            Cause::Abandoned => {
                let ms = numbers::abandoned_pause(self.failures.abandoned.saturating_sub(1));
                self.ensure(ms > 0 && until == now.plus(ms), "abandoned-attempts-pause", || format!("{until:?}, not {ms} ms"));
            }
            Cause::SameToken => {
                if let Some(token) = &self.token {
                    let ms = numbers::same_token_pause(token.ends.left_ms(now), token.life);
                    let expected = now.plus(ms).earlier(token.ends);
                    self.ensure(until == expected, "the-same-token-pauses", || format!("{until:?}, not {expected:?}"));
                }
                pause.why = Why::Same;
            }
            Cause::SingleUse(began) => {
                let expected = began.unwrap_or(now).plus(numbers::SINGLE_USE);
                pause.not_before = until;
                self.ensure(until == expected, "single-use-flights-keep-their-distance", || format!("{until:?}, not {expected:?}"));
            }
            // A flight without a token whose callers have gone fails when its next attempt would be due.
            Cause::Nothing => {
                if let Flight::Between { next, .. } = &self.flight {
                    let at = came(*next, now);
                    self.fetch_failed(&mut pause, at, false, None);
                } else {
                    let held = before.is_some();
                    self.ensure(false, "a-pause-has-a-cause", || format!("{until:?}, held {held}"));
                }
            }
        }
        self.flight = Flight::Paused(pause);
    }

    fn fetch_failed(&mut self, pause: &mut Pause, at: Instant, terminal: bool, asked_ms: Option<u64>) {
        self.failures.one_attempt = true;
        let range = if terminal {
            self.failures.terminal += 1;
            let ms = numbers::terminal_pause(self.failures.terminal - 1);
            ms..=ms
        } else {
            self.failures.fetches += 1;
            numbers::fetch_pause(self.failures.fetches - 1)
        };
        self.check_pause(pause, at, asked_ms, (at.plus(*range.start()), at.plus(*range.end())), terminal);
    }

    fn check_pause(&mut self, pause: &mut Pause, at: Instant, asked_ms: Option<u64>, (low, high): (Instant, Instant), terminal: bool) {
        let asked = asked_ms.map(|ms| at.plus(ms));
        let (low, high) = (low.later(asked.unwrap_or(low)), high.later(asked.unwrap_or(high)));
        let until = pause.until;
        let within = |low: u64, until: u64, high: u64| (low..=high).contains(&until);
        let good = within(low.mono, until.mono, high.mono) && within(low.wall, until.wall, high.wall);
        let name = match (asked, terminal) {
            (Some(_), _) => "retry-after-is-honoured",
            (_, true) => "terminal-failures-pause",
            _ => "outage-pacing",
        };
        self.ensure(good, name, || format!("a pause until {until:?}, not from {low:?} to {high:?}"));
        pause.not_before = asked.unwrap_or_else(|| at.plus(numbers::BY_HAND));
        pause.asked = asked.is_some();
        pause.why = if terminal { Why::Terminal } else { Why::Transient };
    }

    pub(super) fn invalidate_pause(&mut self, now: Instant) {
        let last = self.invalidated_at;
        if let Flight::Paused(pause) = &mut self.flight
            && pause.why != Why::Terminal
        {
            let mut until = now.later(pause.not_before);
            if let Some(last) = last {
                until = until.later(last.plus(numbers::BY_HAND));
            }
            if until.left_ms(now) < pause.until.left_ms(now) {
                self.invalidated_at = Some(until);
                pause.until = pause.until.earlier(until);
            }
        }
    }

    /// What is due is sent as soon as somebody calls.
    pub(super) fn check_due(&mut self, now: Instant, input: &Input, step: &Step) {
        if let Flight::Running(run) = &self.flight {
            let (over, attempt) = (run.fence.is_over(now), run.attempt);
            self.ensure(!over, "a-deadline-fences", || format!("attempt {attempt}"));
        }
        match input {
            Input::Finished { attempt, .. } | Input::Abandoned { attempt } => {
                self.sent.remove(attempt);
                self.dead.remove(attempt);
            }
            _ => {}
        }
        let min_valid_ms = match input {
            Input::Want { min_valid_ms, .. } => *min_valid_ms,
            Input::Tick { keep_fresh: true } => 0,
            _ => return,
        };
        let free = match &self.flight {
            Flight::Idle => true,
            Flight::Paused(pause) => pause.until.is_over(now),
            Flight::Running(_) | Flight::Between { .. } => false,
        };
        let single = step.outputs.iter().any(|output| matches!(output, Output::Hand { .. } | Output::Event(Event::Paused { .. })));
        if !free || single {
            return;
        }
        let due = self.token.as_ref().is_none_or(|token| {
            let left = token.ends.left_ms(now);
            token.marked
                || token.due
                || left <= (numbers::window(token.life) - numbers::spread(token.life)).max(numbers::leeway(token.life))
                || left < numbers::min_valid(min_valid_ms, token.life)
        });
        self.ensure(!due, "what-is-due-is-sent", || format!("{input:?}"));
    }

    pub(super) fn began(&self) -> Option<Instant> {
        if let Flight::Running(run) = &self.flight { Some(run.began) } else { None }
    }
}

impl super::Spread {
    /// Adds what another life showed.
    pub fn add(&mut self, other: Self) {
        if other.seen > 0 {
            self.least = if self.seen == 0 { other.least } else { self.least.min(other.least) };
            self.most = self.most.max(other.most);
            self.seen += other.seen;
        }
    }

    fn note(&mut self, thousandth: u64) {
        self.least = if self.seen == 0 { thousandth } else { self.least.min(thousandth) };
        self.most = self.most.max(thousandth);
        self.seen += 1;
    }
}

/// When a deadline came that is seen late; now, if the monotonic clock does not say so.
fn came(deadline: Instant, now: Instant) -> Instant {
    now.minus(now.mono.saturating_sub(deadline.mono)).earlier(if deadline.mono <= now.mono { deadline } else { now })
}
