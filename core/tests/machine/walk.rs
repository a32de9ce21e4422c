//! Long lives by chance, and what must hold in each of their moments.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use evertoken::{
    Class, Event, Freshness, Input, Instant, Machine, Now, Outcome, Output, Policy, Reset, Snapshot, Step, Verdict,
    event::Reason,
    machine::{Explanation, FlightView, TokenView},
    trace::Alias,
};

use crate::{
    bench::{HOUR, SECOND},
    chance::{Passed, World},
};

const STEPS: u32 = 10_000;

/// A life and what an onlooker knows of it without looking into the machine.
struct Life {
    seed: u64,
    step: u32,
    world: World,
    machine: Machine<Alias>,
    /// The last inputs, for whoever has to find out.
    past: VecDeque<String>,
    published: Option<Snapshot<Alias>>,
    newest: (u64, u64),
    tickets: BTreeMap<u64, u64>,
    wake_at: Option<Instant>,
    /// The attempt that may count, and when it is given up.
    live: Option<(u64, Instant)>,
    /// Attempts that were given up for good, not by their deadline.
    dead: BTreeSet<u64>,
    /// When each token's life ends at the latest.
    ends: BTreeMap<Alias, Instant>,
    withheld_since: Option<Instant>,
    pause: Option<KnownPause>,
    shortened_at: Option<Instant>,
    forced: BTreeSet<u64>,
    forced_at: Option<Instant>,
    owed: bool,
    /// The generation for which new credentials or a fork want a refresh.
    due: Option<u64>,
    allowance: u64,
    requests: u64,
}

#[derive(Clone, Copy, Debug)]
struct KnownPause {
    retry_after: bool,
    not_before: Instant,
    /// The latest that `not_before` may be: nobody saw when a flight that failed by its deadlines did so.
    latest: Instant,
}

/// A moment before an input was handled, with the time at which it is.
struct Before {
    now: Instant,
    view: Explanation,
    live: Option<(u64, Instant)>,
}

impl Life {
    fn new(seed: u64, policy: Policy) -> Self {
        Self {
            seed,
            step: 0,
            world: World::new(seed),
            machine: Machine::new(policy).unwrap(),
            past: VecDeque::new(),
            published: None,
            newest: (0, 0),
            tickets: BTreeMap::new(),
            wake_at: None,
            live: None,
            dead: BTreeSet::new(),
            ends: BTreeMap::new(),
            withheld_since: None,
            pause: None,
            shortened_at: None,
            forced: BTreeSet::new(),
            forced_at: None,
            owed: false,
            due: None,
            allowance: 2,
            requests: 0,
        }
    }

    #[track_caller]
    fn ensure(&self, holds: bool, what: &str) {
        if !holds {
            let past: Vec<_> = self.past.iter().map(String::as_str).collect();
            panic!("seed {}, step {}: {what}\n{}", self.seed, self.step, past.join("\n"));
        }
    }

    fn view(&self, now: Instant) -> Explanation {
        self.machine.explain(Now { mono: now.mono, wall: now.wall, entropy: 0 })
    }

    fn take_step(&mut self) {
        self.step += 1;
        let view = self.view(self.world.seen());
        let passed = self.world.pass_time(&view);
        let now = self.world.seen();
        self.allowance += match passed {
            Passed::Time | Passed::Back => 0,
            Passed::Forward => 1,
            Passed::Sleep | Passed::MonoBack => 2,
        };
        self.check_host_s_own_use(now);

        let before = Before { now, view: self.view(now), live: self.live };
        let held = self.machine.snapshot().map(|snapshot| snapshot.token);
        let input = self.world.input(&before.view, held);
        let read = self.world.now();
        let step = self.machine.handle(read, input.clone());
        self.past.push_back(format!("{}: {now:?} {input:?}\n      -> {step:?}", self.step));
        if self.past.len() > 12 {
            self.past.pop_front();
        }

        self.learn(&before, &input);
        self.check_outputs(&before, &input, &step);
        self.check_state(&before, &input, &step);
        self.world.carry_out(&input, &step);
        if self.step.is_multiple_of(97) {
            self.check_recovery();
        }
    }

    /// What a host may do with its snapshot without asking is never wrong.
    fn check_host_s_own_use(&self, now: Instant) {
        let Some(snapshot) = &self.published else { return };
        if snapshot.freshness(now, 0) != Freshness::Ask {
            self.ensure(!self.end_of(snapshot.token).is_over(now), "a host uses a token past its life");
        }
    }

    /// Where a token's life ends; a token that no attempt that counts has brought has none.
    fn end_of(&self, token: Alias) -> Instant {
        self.ends.get(&token).copied().unwrap_or(Instant { mono: 0, wall: 0 })
    }

    fn learn(&mut self, before: &Before, input: &Input<Alias>) {
        let now = before.now;
        self.tickets.retain(|_, until| *until > now.mono);
        match input {
            Input::Finished { attempt, outcome } => {
                if let (Outcome::Granted { token, lifetime_ms }, Some(sent)) = (outcome, self.world.running.get(attempt))
                    && !self.dead.contains(attempt)
                {
                    let end = sent.plus((*lifetime_ms).min(self.machine.policy().lifetime_max_ms));
                    let end = self.ends.get(token).map_or(end, |known| known.later(end));
                    self.ends.insert(*token, end);
                }
                self.live.take_if(|(live, _)| live == attempt);
            }
            Input::Abandoned { attempt } => _ = self.live.take_if(|(live, _)| live == attempt),
            Input::Adopt { token } => {
                let by_wall = token.issued_at_wall.saturating_add(token.lifetime_ms).saturating_sub(now.wall);
                let end = now.plus(token.remaining_ms.min(token.lifetime_ms).min(by_wall));
                let end = self.ends.get(&token.token).map_or(end, |known| known.later(end));
                self.ends.insert(token.token, end);
            }
            Input::CredentialsChanged { .. } | Input::Reset(_) => {
                self.allowance += 1;
                self.live = None;
                self.dead.extend(self.world.running.keys());
                self.forced.clear();
                self.forced_at = None;
                self.due = before.view.token.as_ref().map(|token| token.generation);
                if matches!(input, Input::Reset(Reset::Fork)) {
                    self.tickets.clear();
                    self.withheld_since = None;
                } else if matches!(input, Input::Reset(_)) {
                    self.shortened_at = None;
                }
            }
            Input::Retry | Input::Invalidate { .. } => self.allowance += 1,
            Input::Want { .. } | Input::Rejected { .. } | Input::Tick { .. } => {}
        }
    }

    fn check_outputs(&mut self, before: &Before, input: &Input<Alias>, step: &Step<Alias>) {
        let now = before.now;
        let starts = step.outputs.iter().filter(|output| matches!(output, Output::Start { .. })).count();
        self.ensure(starts <= 1, "two requests in one step");
        for output in &step.outputs {
            match output {
                Output::Start { attempt, fence_at, abort_at } => {
                    self.ensure(self.live.is_none_or(|(_, fence_at)| fence_at.is_over(now)), "two attempts that may count");
                    self.ensure(!fence_at.is_over(now) && fence_at.left_ms(now) <= 10 * SECOND, "a deadline that is over or far away");
                    self.ensure(fence_at.mono <= abort_at.mono, "aborted before its deadline");
                    self.live = Some((*attempt, *fence_at));
                    self.requests += 1;
                }
                Output::Publish { snapshot, settles } => {
                    self.check_snapshot(snapshot, now);
                    let version = (snapshot.generation, snapshot.revision);
                    self.ensure(version > self.newest || (version == self.newest && *settles > 0), "an older snapshot");
                    self.newest = version;
                    self.published = Some(snapshot.clone());
                    self.tickets.retain(|ticket, _| ticket > settles);
                }
                Output::Hand { snapshot, settles } => {
                    self.ensure(snapshot.use_until.is_over(now), "a handed token that could be kept");
                    self.tickets.retain(|ticket, _| ticket > settles);
                }
                Output::Retract { generation } => {
                    self.ensure(self.published.as_ref().is_some_and(|known| known.generation == *generation), "a retracted stranger");
                    self.published = None;
                    self.withheld_since = Some(now);
                }
                Output::Fail { settles, .. } => {
                    self.ensure(self.machine.snapshot().is_none(), "who waits fails while a token is held");
                    self.tickets.retain(|ticket, _| ticket > settles);
                }
                Output::WakeAt { until } => {
                    self.ensure(until.left_ms(now) <= HOUR, "a wake-up too far away");
                    self.wake_at = Some(*until);
                }
                Output::Event(event) => self.check_event(before, input, event),
            }
        }
        self.check_verdict(before, input, &step.verdict);
    }

    fn check_event(&mut self, before: &Before, input: &Input<Alias>, event: &Event) {
        let now = before.now;
        match event {
            Event::Started { reason, .. } => self.check_reason(before, input, *reason),
            Event::Failed { .. } | Event::Abandoned { .. } | Event::SameToken { .. } => self.allowance += 1,
            Event::Granted { late, .. } => self.allowance += if *late { 3 } else { 2 },
            Event::Adopted { .. } => self.allowance += 2,
            Event::Paused { until } => {
                let running = matches!(before.view.flight, FlightView::InFlight { running: true, .. });
                let reported = match input {
                    _ if !running => false,
                    Input::Finished { attempt, .. } | Input::Abandoned { attempt } => before.live.is_some_and(|(live, _)| live == *attempt),
                    _ => false,
                };
                // A deadline that is seen late counts from when it was.
                let at = match &before.view.flight {
                    FlightView::InFlight { until, .. } if !reported => {
                        now.minus(now.mono.saturating_sub(until.mono)).earlier(if until.mono <= now.mono { *until } else { now })
                    }
                    _ => now,
                };
                let asked = match input {
                    Input::Finished { outcome: Outcome::Failed { retry_after_ms: Some(ms), error }, .. }
                        if reported && error.class() != Class::Cancelled =>
                    {
                        Some(at.plus((*ms).min(HOUR)))
                    }
                    _ => None,
                };
                let not_before = asked.unwrap_or_else(|| at.plus(SECOND).earlier(*until));
                let latest = if reported { not_before } else { now.plus(SECOND).earlier(*until).later(not_before) };
                self.pause = Some(KnownPause { retry_after: asked.is_some(), not_before, latest });
                let same_token = matches!(input, Input::Finished { outcome: Outcome::Granted { .. }, .. });
                let after = self.view(now);
                let lifetime_ms = before.view.token.iter().chain(&after.token).map(|token| token.lifetime_ms).max().unwrap_or(0);
                let longest = self.machine.policy().refresh_pause_for(lifetime_ms, 63);
                self.ensure(same_token || until.left_ms(now) <= HOUR.max(longest), "too long a pause");
            }
            _ => {}
        }
    }

    /// No request without a reason.
    fn check_reason(&mut self, before: &Before, input: &Input<Alias>, reason: Reason) {
        let now = before.now;
        let after = self.view(now);
        let token = after.token.as_ref();
        let held = |test: &dyn Fn(&TokenView) -> bool| token.is_some_and(test);
        if token.is_none() && matches!(&before.view.flight, FlightView::InFlight { reason: first, .. } if *first == reason) {
            // A further attempt of a flight, whose token may be over by now.
            return;
        }
        let good = match reason {
            Reason::Absent => token.is_none(),
            Reason::Window => {
                held(&|token| token.refresh_at.is_over(now) || token.hard_at.is_over(now) || self.due == Some(token.generation))
            }
            Reason::MinValid => {
                let Input::Want { min_valid_ms, .. } = input else { return self.ensure(false, "min_valid without a want") };
                held(&|token| token.expires_at.left_ms(now) < (*min_valid_ms).min(token.lifetime_ms / 2))
            }
            Reason::Rejected => {
                let of_held = |generation: &u64| held(&|token| token.generation == *generation);
                if let Input::Rejected { generation, .. } = input
                    && of_held(generation)
                {
                    let first = self.forced.insert(*generation);
                    self.ensure(first, "a second forced refresh of a generation");
                    let early = self.forced_at.replace(now).is_some_and(|at| !at.plus(60 * SECOND).is_over(now));
                    self.ensure(!early, "forced refreshes within a minute");
                    self.allowance += 1;
                    true
                } else {
                    held(&|token| token.zone == "rejected")
                }
            }
            Reason::Retry | Reason::CredentialsChanged => {
                matches!(input, Input::Retry | Input::CredentialsChanged { .. }) || std::mem::take(&mut self.owed)
            }
            Reason::WallStep => {
                let running = before.live.is_some_and(|(_, fence_at)| fence_at.wall <= now.wall);
                running || matches!(before.view.flight, FlightView::InFlight { running: false, .. })
            }
        };
        self.ensure(good, &format!("a request without a reason: {reason:?}"));
    }

    fn check_verdict(&mut self, before: &Before, input: &Input<Alias>, verdict: &Verdict<Alias>) {
        let now = before.now;
        let after = self.view(now);
        match verdict {
            Verdict::Use(snapshot) | Verdict::RetryWith(snapshot) => {
                self.check_snapshot(snapshot, now);
                let standing = self.machine.snapshot();
                self.ensure(standing.is_none() || standing.as_ref() == Some(snapshot), "a verdict that differs from what is published");
            }
            Verdict::Wait { ticket, until_mono } => {
                self.ensure(*until_mono > now.mono, "a wait that is over");
                self.tickets.insert(*ticket, *until_mono);
                let wait_ms = until_mono - now.mono;
                match (input, &after.token) {
                    (Input::Want { min_valid_ms, patience_ms, waited }, Some(token)) => {
                        let short = token.expires_at.left_ms(now) < (*min_valid_ms).min(token.lifetime_ms / 2);
                        let reason = token.hard_at.is_over(now) || short || self.machine.snapshot().is_none();
                        self.ensure(reason && !waited, "somebody waits though a good token is held");
                        self.ensure(wait_ms <= (*patience_ms).min(2 * SECOND), "too long a wait with a good token");
                        self.ensure(matches!(after.flight, FlightView::InFlight { running: true, .. }), "a wait for nothing");
                    }
                    (Input::Want { patience_ms, .. } | Input::Rejected { patience_ms, .. }, _) => {
                        self.ensure(wait_ms <= *patience_ms, "a wait beyond the caller's patience");
                        self.ensure(!matches!(after.flight, FlightView::Idle), "a wait for nothing");
                    }
                    _ => self.ensure(false, "a wait for somebody who wants nothing"),
                }
            }
            Verdict::Fail(_) if matches!(input, Input::Want { .. }) => {
                self.ensure(after.token.is_none(), "a call fails while a token is held")
            }
            _ => {}
        }
    }

    fn check_snapshot(&self, snapshot: &Snapshot<Alias>, now: Instant) {
        let (ask_at, use_until) = (snapshot.ask_at, snapshot.use_until);
        self.ensure(ask_at.mono <= use_until.mono && ask_at.wall <= use_until.wall, "ask_at after use_until");
        let end = self.end_of(snapshot.token);
        self.ensure(use_until.mono <= end.mono && use_until.wall <= end.wall, "a snapshot that promises more than the token's life");
        self.ensure(!end.is_over(now), "a token past its life");
    }

    fn check_state(&mut self, before: &Before, input: &Input<Alias>, step: &Step<Alias>) {
        let now = before.now;
        let after = self.view(now);
        self.ensure(after.waiting == self.tickets.len(), &format!("{} wait, not {}", self.tickets.len(), after.waiting));
        if after.waiting > 0 {
            let until = match &after.flight {
                FlightView::InFlight { until, .. } | FlightView::Paused { until, .. } => Some(*until),
                _ => None,
            };
            let woken = until.zip(self.wake_at).is_some_and(|(until, wake)| wake.mono <= until.mono && wake.wall <= until.wall);
            self.ensure(woken || until.is_some_and(|until| until.left_ms(now) > HOUR), "somebody waits and no wake-up is asked for");
        }

        match (self.machine.snapshot(), &self.published) {
            (Some(standing), known) => self.ensure(known.as_ref() == Some(&standing), "hosts and machine differ"),
            (None, Some(known)) => {
                self.ensure(known.use_until.is_over(now) || after.token.is_none(), "a host's token is unknown to the machine")
            }
            (None, None) => {}
        }
        if let (Some(token), None) = (&after.token, self.machine.snapshot()) {
            let limit = self.machine.policy().withhold_ms(token.lifetime_ms);
            self.ensure(self.withheld_since.is_some_and(|at| !at.plus(limit).is_over(now)), "a token is withheld for too long");
        }
        if let Some(token) = &before.view.token {
            let dropped = match input {
                Input::Invalidate { generation } => *generation == token.generation,
                Input::CredentialsChanged { drop_token } => *drop_token,
                Input::Reset(reset) => *reset != Reset::Fork,
                _ => false,
            };
            let kept = after.token.as_ref().is_some_and(|after| after.generation >= token.generation);
            self.ensure(kept || dropped, "a good token is lost");
        }
        if matches!((input, &after.flight), (Input::Retry | Input::CredentialsChanged { .. }, FlightView::Paused { .. })) {
            self.owed = true;
        }
        self.check_pause(before, input, step, &after);
        self.ensure(self.requests <= self.allowance, &format!("{} requests, {} explained", self.requests, self.allowance));
    }

    /// A pause ends in time, or by one of the named exits.
    fn check_pause(&mut self, before: &Before, input: &Input<Alias>, step: &Step<Alias>, after: &Explanation) {
        let now = before.now;
        let FlightView::Paused { until, why, .. } = &before.view.flight else { return };
        if until.is_over(now) {
            return;
        }
        let known = self.pause.unwrap_or(KnownPause { retry_after: false, not_before: *until, latest: *until });
        let left = match &after.flight {
            FlightView::Paused { until: end, .. } if end == until => return,
            FlightView::Paused { until: end, .. } => Some(*end),
            _ => None,
        };
        let at_not_before = left.map_or(known.not_before.is_over(now), |end| {
            let (from, to) = (until.earlier(known.not_before), until.earlier(known.latest));
            (from.mono..=to.mono).contains(&end.mono) && (from.wall..=to.wall).contains(&end.wall)
        });
        let good = match input {
            Input::CredentialsChanged { .. } if known.retry_after => {
                left.map_or(known.not_before.is_over(now), |end| end == known.not_before)
            }
            Input::CredentialsChanged { .. } => left.is_none(),
            Input::Retry => at_not_before,
            Input::Invalidate { .. } => {
                let late_enough =
                    |end: Instant| end.mono >= known.not_before.mono.min(until.mono) && end.wall >= known.not_before.wall.min(until.wall);
                *why != "terminal" && left.map_or(known.not_before.is_over(now), late_enough)
            }
            Input::Rejected { .. } if *why == "same_token" => left.is_none(),
            Input::Rejected { .. } => {
                let late_enough = self.shortened_at.replace(now).is_none_or(|at| at.plus(60 * SECOND).is_over(now));
                *why == "transient" && late_enough && left == Some(now.plus(15 * SECOND).later(known.not_before))
            }
            Input::Finished { .. } => {
                !known.retry_after && step.outputs.iter().any(|output| matches!(output, Output::Event(Event::Granted { late: true, .. })))
            }
            Input::Reset(Reset::Logout) if known.retry_after => left.map_or(known.not_before.is_over(now), |end| end == known.not_before),
            Input::Reset(reset) => *reset != Reset::Fork && left.is_none(),
            _ => false,
        };
        self.ensure(good, "a pause ends before its time");
    }

    /// Once the servers work, a call is served before long.
    fn check_recovery(&mut self) {
        let (mut machine, mut now) = (self.machine.clone(), self.world.seen());
        for round in 0..8 {
            let at = Now { mono: now.mono, wall: now.wall, entropy: u64::from(self.step) };
            let want = Input::Want { min_valid_ms: 0, patience_ms: 15 * SECOND, waited: false };
            if let Verdict::Use(_) = machine.handle(at, want).verdict {
                return;
            }
            match machine.explain(at).flight {
                FlightView::InFlight { running: true, .. } => {
                    let token = Alias(1_000_000 + round);
                    let attempt = machine.explain(at).attempts;
                    now = now.plus(100);
                    let at = Now { mono: now.mono, wall: now.wall, entropy: 0 };
                    let _ = machine.handle(at, Input::Finished { attempt, outcome: Outcome::Granted { token, lifetime_ms: HOUR } });
                }
                FlightView::InFlight { until, .. } | FlightView::Paused { until, .. } => now = now.plus(until.left_ms(now)),
                _ => self.ensure(false, "a call is not served and nothing is done about it"),
            }
        }
        self.ensure(false, "calls are not served though the servers work");
    }
}

fn live(seeds: std::ops::Range<u64>, policy: &Policy) {
    for seed in seeds {
        let mut life = Life::new(seed, policy.clone());
        for _ in 0..STEPS {
            life.take_step();
        }
        assert!(life.requests > 500, "seed {seed}: a dull life of {} requests", life.requests);
    }
}

#[test]
fn in_long_lives_by_chance_the_machine_keeps_its_promises() {
    live(0..30, &Policy::default());
}

#[test]
fn in_long_lives_without_a_window_the_machine_keeps_its_promises() {
    live(100..110, &Policy { window_max_ms: 0, ..Policy::default() });
}
