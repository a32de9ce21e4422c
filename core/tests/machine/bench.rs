//! A host in virtual time: it brings the inputs, keeps what the machine tells it, and checks each step against the
//! contract that holds at all times.

mod contract;

use std::collections::BTreeMap;

use evertoken::{
    Adopted, Code, Error, Event, Freshness, Input, Instant, Machine, Now, Outcome, Output, Policy, Reset, Snapshot, Verdict,
    trace::{Alias, Entry, Trace},
};

/// Where both clocks stand when a bench begins; a bench's times count from here.
pub(crate) const MONO: u64 = 1_000_000_000;
pub(crate) const WALL: u64 = 1_800_000_000_000;

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;

/// Which clock moves; the other one stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Both,
    Mono,
    Wall,
}

pub(crate) const CLOCKS: [Clock; 3] = [Clock::Both, Clock::Mono, Clock::Wall];

/// What a ticket was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Published(Snapshot<Alias>),
    Handed(Snapshot<Alias>),
    Failed(Error),
}

/// An attempt that a host was told to start; times count from the bench's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    pub(crate) attempt: u64,
    pub(crate) at: u64,
    pub(crate) fence_at: u64,
    pub(crate) abort_at: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) machine: Machine<Alias>,
    pub(crate) mono: u64,
    pub(crate) wall: u64,
    /// Draws take their lowest value unless a test says otherwise.
    pub(crate) entropy: u64,
    /// The outputs of the last step.
    pub(crate) outputs: Vec<Output<Alias>>,
    /// Every attempt so far.
    pub(crate) starts: Vec<Started>,
    /// The snapshot that hosts have.
    pub(crate) published: Option<Snapshot<Alias>>,
    /// When the machine wants a tick.
    pub(crate) wake_at: Option<Instant>,
    pub(crate) trace: Trace,
    newest: (u64, u64),
    /// The attempt that may still count, and when it no longer does.
    live: Option<(u64, Instant)>,
    open: BTreeMap<u64, u64>,
    answers: BTreeMap<u64, Answer>,
    tokens: u32,
}

/// The number for which the machine's next draw from a span is its lowest value plus `offset` (splitmix64 run backwards).
pub(crate) fn entropy_for(offset: u64) -> u64 {
    let mut z = offset;
    z ^= (z >> 31) ^ (z >> 62);
    z = z.wrapping_mul(0x3196_42b2_d24d_8ec3);
    z ^= (z >> 27) ^ (z >> 54);
    z = z.wrapping_mul(0x96de_1b17_3f11_9089);
    z ^= (z >> 30) ^ (z >> 60);
    z.wrapping_sub(0x9e37_79b9_7f4a_7c15)
}

/// Setting up.
impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Policy::default())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        Self {
            machine: Machine::new(policy.clone()).unwrap(),
            mono: MONO,
            wall: WALL,
            entropy: entropy_for(0),
            outputs: Vec::new(),
            starts: Vec::new(),
            published: None,
            wake_at: None,
            trace: Trace { policy, entries: Vec::new() },
            newest: (0, 0),
            live: None,
            open: BTreeMap::new(),
            answers: BTreeMap::new(),
            tokens: 0,
        }
    }

    /// A bench that holds a token of this lifetime, sent for and received at time 0, whose refresh begins at `exp - W`.
    pub(crate) fn holding(lifetime_ms: u64) -> Self {
        Self::holding_with(Policy::default(), lifetime_ms)
    }

    pub(crate) fn holding_with(policy: Policy, lifetime_ms: u64) -> Self {
        let mut bench = Self::with(policy);
        bench.fetch(lifetime_ms);
        bench
    }

    /// Fetches a token within an instant.
    pub(crate) fn fetch(&mut self, lifetime_ms: u64) -> Alias {
        let verdict = self.want();
        assert!(matches!(verdict, Verdict::Wait { .. }), "{verdict:?}");
        self.expect_start();
        self.finish_ok(lifetime_ms)
    }

    /// From now on draws from a span give its lowest value plus `offset`.
    pub(crate) fn draw(&mut self, offset: u64) -> &mut Self {
        self.entropy = entropy_for(offset);
        self
    }

    pub(crate) fn policy(&self) -> Policy {
        self.machine.policy().clone()
    }
}

/// Time.
impl Bench {
    /// The time since the beginning, by the monotonic clock.
    pub(crate) fn time(&self) -> u64 {
        self.mono - MONO
    }

    pub(crate) fn now(&self) -> Instant {
        Instant { mono: self.mono, wall: self.wall }
    }

    pub(crate) fn advance(&mut self, ms: u64) -> &mut Self {
        self.mono += ms;
        self.wall += ms;
        self
    }

    /// Goes to a time since the beginning, on both clocks.
    pub(crate) fn go_to(&mut self, ms: u64) -> &mut Self {
        self.go_to_by(Clock::Both, ms)
    }

    /// Goes to a time since the beginning on one clock, while the other stands still.
    pub(crate) fn go_to_by(&mut self, clock: Clock, ms: u64) -> &mut Self {
        if clock != Clock::Wall {
            assert!(MONO + ms >= self.mono, "time {ms} is over");
            self.mono = MONO + ms;
        }
        if clock != Clock::Mono {
            self.wall = WALL + ms;
        }
        self
    }

    pub(crate) fn at(ms: u64) -> Instant {
        Instant { mono: MONO + ms, wall: WALL + ms }
    }

    /// An instant as time since the beginning; it must be the same on both clocks.
    #[track_caller]
    pub(crate) fn since(at: Instant) -> u64 {
        assert_eq!(at.mono - MONO, at.wall - WALL, "the clocks differ: {at:?}");
        at.mono - MONO
    }
}

/// Inputs.
impl Bench {
    #[track_caller]
    pub(crate) fn input(&mut self, input: Input<Alias>) -> Verdict<Alias> {
        let now = Now { mono: self.mono, wall: self.wall, entropy: self.entropy };
        let step = self.machine.handle(now, input.clone());
        self.trace.entries.push(Entry { now, input: input.clone(), step: step.clone() });
        self.carry_out(&input, &step);
        self.outputs = step.outputs;
        step.verdict
    }

    /// A caller with the default patience.
    #[track_caller]
    pub(crate) fn want(&mut self) -> Verdict<Alias> {
        self.want_patiently(15 * SECOND)
    }

    #[track_caller]
    pub(crate) fn want_patiently(&mut self, patience_ms: u64) -> Verdict<Alias> {
        self.input(Input::Want { min_valid_ms: 0, patience_ms, waited: false })
    }

    #[track_caller]
    pub(crate) fn want_valid(&mut self, min_valid_ms: u64) -> Verdict<Alias> {
        self.input(Input::Want { min_valid_ms, patience_ms: 15 * SECOND, waited: false })
    }

    /// A caller that comes back from a `Wait`.
    #[track_caller]
    pub(crate) fn want_again(&mut self, rest_ms: u64) -> Verdict<Alias> {
        self.input(Input::Want { min_valid_ms: 0, patience_ms: rest_ms, waited: true })
    }

    /// What a host calls in the window, after it has used the snapshot.
    #[track_caller]
    pub(crate) fn want_in_passing(&mut self) -> Verdict<Alias> {
        self.input(Input::Want { min_valid_ms: 0, patience_ms: 0, waited: true })
    }

    /// A first call, which could be repeated, was answered by the API with a rejection.
    #[track_caller]
    pub(crate) fn rejected(&mut self, generation: u64) -> Verdict<Alias> {
        self.rejected_with(generation, true, false, 15 * SECOND)
    }

    #[track_caller]
    pub(crate) fn rejected_with(&mut self, generation: u64, replayable: bool, retried: bool, patience_ms: u64) -> Verdict<Alias> {
        self.input(Input::Rejected { generation, replayable, retried, patience_ms })
    }

    /// The newest attempt brings a token that was never seen.
    #[track_caller]
    pub(crate) fn finish_ok(&mut self, lifetime_ms: u64) -> Alias {
        self.tokens += 1;
        let token = Alias(self.tokens);
        self.finish_with(token, lifetime_ms);
        token
    }

    /// The newest attempt brings this token.
    #[track_caller]
    pub(crate) fn finish_with(&mut self, token: Alias, lifetime_ms: u64) {
        self.tokens = self.tokens.max(token.0);
        let verdict = self.finish(self.attempt(), Outcome::Granted { token, lifetime_ms });
        assert_eq!(verdict, Verdict::Done);
    }

    /// The newest attempt fails.
    #[track_caller]
    pub(crate) fn finish_err(&mut self, code: Code, retry_after_ms: Option<u64>) {
        let verdict = self.finish(self.attempt(), Outcome::Failed { error: code.into(), retry_after_ms });
        assert_eq!(verdict, Verdict::Done);
    }

    #[track_caller]
    pub(crate) fn finish(&mut self, attempt: u64, outcome: Outcome<Alias>) -> Verdict<Alias> {
        self.input(Input::Finished { attempt, outcome })
    }

    /// The newest attempt was dropped.
    #[track_caller]
    pub(crate) fn abandon(&mut self) {
        let verdict = self.input(Input::Abandoned { attempt: self.attempt() });
        assert_eq!(verdict, Verdict::Done);
    }

    #[track_caller]
    pub(crate) fn adopt(&mut self, token: Adopted<Alias>) -> Verdict<Alias> {
        self.tokens = self.tokens.max(token.token.0);
        self.input(Input::Adopt { token })
    }

    #[track_caller]
    pub(crate) fn invalidate(&mut self, generation: u64) -> Verdict<Alias> {
        self.input(Input::Invalidate { generation })
    }

    #[track_caller]
    pub(crate) fn retry(&mut self) -> Verdict<Alias> {
        self.input(Input::Retry)
    }

    #[track_caller]
    pub(crate) fn credentials_changed(&mut self, drop_token: bool) -> Verdict<Alias> {
        self.input(Input::CredentialsChanged { drop_token })
    }

    #[track_caller]
    pub(crate) fn reset(&mut self, reset: Reset) -> Verdict<Alias> {
        self.input(Input::Reset(reset))
    }

    #[track_caller]
    pub(crate) fn tick(&mut self) -> Verdict<Alias> {
        self.input(Input::Tick { keep_fresh: false })
    }

    /// A tick of a host that keeps its token fresh while nobody asks.
    #[track_caller]
    pub(crate) fn tick_fresh(&mut self) -> Verdict<Alias> {
        self.input(Input::Tick { keep_fresh: true })
    }

    /// One call of a host that obeys its snapshot: the token used, if one was, and whether the machine was called.
    #[track_caller]
    pub(crate) fn call(&mut self) -> (Option<Alias>, bool) {
        if let Some(snapshot) = self.published.clone() {
            match snapshot.freshness(self.now(), 0) {
                Freshness::Fresh => return (Some(snapshot.token), false),
                Freshness::Window => {
                    let _ = self.want_in_passing();
                    return (Some(snapshot.token), true);
                }
                Freshness::Ask => {}
            }
        }
        match self.want() {
            Verdict::Use(snapshot) => (Some(snapshot.token), true),
            _ => (None, true),
        }
    }
}

/// What was seen.
impl Bench {
    /// The newest attempt.
    #[track_caller]
    pub(crate) fn attempt(&self) -> u64 {
        self.starts.last().expect("no attempt was started").attempt
    }

    /// The attempt that the last step started, if it did.
    pub(crate) fn started(&self) -> Option<Started> {
        let attempts: Vec<_> = self.outputs.iter().filter(|output| matches!(output, Output::Start { .. })).collect();
        assert!(attempts.len() <= 1, "two attempts in one step: {attempts:?}");
        if attempts.is_empty() { None } else { self.starts.last().copied() }
    }

    #[track_caller]
    pub(crate) fn expect_start(&self) -> Started {
        self.started().unwrap_or_else(|| panic!("no attempt was started: {:?}", self.outputs))
    }

    #[track_caller]
    pub(crate) fn expect_no_start(&self) {
        assert_eq!(self.started(), None, "{:?}", self.outputs);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.outputs.iter().filter_map(|output| if let Output::Event(event) = output { Some(event.clone()) } else { None }).collect()
    }

    /// The snapshot that the last step published, and the ticket up to which it answers.
    pub(crate) fn publish(&self) -> Option<(Snapshot<Alias>, u64)> {
        let found: Vec<_> = self
            .outputs
            .iter()
            .filter_map(|output| if let Output::Publish { snapshot, settles } = output { Some((snapshot.clone(), *settles)) } else { None })
            .collect();
        assert!(found.len() <= 1, "two snapshots in one step: {found:?}");
        found.first().cloned()
    }

    pub(crate) fn retracted(&self) -> Option<u64> {
        self.outputs.iter().find_map(|output| if let Output::Retract { generation } = output { Some(*generation) } else { None })
    }

    /// The end of the pause that the last step began, since the beginning.
    #[track_caller]
    pub(crate) fn paused_until(&self) -> u64 {
        let found = self.events().into_iter().find_map(|event| if let Event::Paused { until } = event { Some(until) } else { None });
        Self::since(found.unwrap_or_else(|| panic!("no pause began: {:?}", self.outputs)))
    }

    /// The held snapshot.
    #[track_caller]
    pub(crate) fn snapshot(&self) -> Snapshot<Alias> {
        self.published.clone().expect("nothing is published")
    }

    /// What a ticket was answered with, if it was.
    pub(crate) fn answer(&self, ticket: u64) -> Option<&Answer> {
        self.answers.get(&ticket)
    }

    /// Whether a ticket still waits for its answer.
    pub(crate) fn is_open(&self, ticket: u64) -> bool {
        self.open.contains_key(&ticket)
    }

    /// The state in two words, such as `token, in flight`.
    pub(crate) fn state(&self) -> String {
        let view = self.machine.explain(Now { mono: self.mono, wall: self.wall, entropy: 0 });
        let flight = serde_json::to_value(&view.flight).unwrap();
        let token = if view.token.is_some() { "token" } else { "no token" };
        format!("{token}, {}", flight["state"].as_str().unwrap().replace('_', " "))
    }
}

/// The snapshot of a verdict that must be `Use`.
#[track_caller]
pub(crate) fn used(verdict: Verdict<Alias>) -> Snapshot<Alias> {
    match verdict {
        Verdict::Use(snapshot) => snapshot,
        other => panic!("not used: {other:?}"),
    }
}

/// The ticket of a verdict that must be `Wait`, and the end of the wait since the beginning.
#[track_caller]
pub(crate) fn waits(verdict: Verdict<Alias>) -> (u64, u64) {
    match verdict {
        Verdict::Wait { ticket, until_mono } => (ticket, until_mono - MONO),
        other => panic!("no wait: {other:?}"),
    }
}

/// The error of a verdict that must be `Fail`.
#[track_caller]
pub(crate) fn fails(verdict: Verdict<Alias>) -> Error {
    match verdict {
        Verdict::Fail(error) => error,
        other => panic!("no failure: {other:?}"),
    }
}
