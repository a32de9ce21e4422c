//! A machine's life out of bytes: the first byte says whether its host is honest or tells it anything.
//!
//! An honest host has clocks that step and sleep but do not run mad, and reports what was started: then every invariant
//! holds. With any other, nothing may break: no panic, no overflow, bounded outputs, misuse is a typed verdict. In both cases
//! the written trace replays to the same outputs.

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use evertoken::{
    Adopted, Code, Input, Instant, Machine, Now, Outcome, Output, Policy, Reset, Snapshot, Step, Verdict,
    machine::FlightView,
    trace::{Alias, Entry, Trace},
};
use evertoken_oracle::Oracle;
use evertoken_scenarios::{
    envelope::{File, Outcome::Passed},
    machine::scenario_of,
};

/// No life is longer than this; libFuzzer's inputs rarely are.
const STEPS: usize = 400;
const WALL: u64 = 1_763_712_000_000;
const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;

pub fn run(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(choice) = bytes.arbitrary::<u8>() else { return };
    // The oracle knows the default policy.
    let policy = if choice.is_multiple_of(4) { any_policy(&mut bytes).unwrap_or_default() } else { Policy::default() };
    let mut life = Life::new(policy, choice % 2 == 1);
    for _ in 0..STEPS {
        if bytes.is_empty() || life.step(&mut bytes).is_err() {
            break;
        }
    }
    life.end();
}

struct Life {
    machine: Machine<Alias>,
    oracle: Oracle<Alias>,
    trace: Trace,
    honest: bool,
    now: Instant,
    started: BTreeSet<u64>,
    running: BTreeSet<u64>,
    /// The last ticket and those from it on that no output has settled.
    tickets: BTreeSet<u64>,
    wake_at: Option<Instant>,
    closed: bool,
    tokens: u32,
}

impl Life {
    fn new(policy: Policy, honest: bool) -> Self {
        let machine = Machine::new(policy.clone()).unwrap();
        Self {
            machine,
            oracle: Oracle::new(),
            trace: Trace { policy, entries: Vec::new() },
            honest,
            now: Instant { mono: 1_000_000, wall: WALL },
            started: BTreeSet::new(),
            running: BTreeSet::new(),
            tickets: BTreeSet::new(),
            wake_at: None,
            closed: false,
            tokens: 0,
        }
    }

    fn step(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        if self.honest {
            self.pass_time(bytes)?
        } else {
            self.jump(bytes)?
        }
        let input = self.input(bytes)?;
        let now = Now { mono: self.now.mono, wall: self.now.wall, entropy: bytes.arbitrary()? };
        let step = self.machine.handle(now, input.clone());
        self.check(&input, &step);
        if self.honest
            && let Err(violation) = self.oracle.observe(now, &input, &step)
        {
            panic!("{violation}\n{}", self.told(&Entry { now, input, step }));
        }
        self.carry_out(&input, &step);
        self.trace.entries.push(Entry { now, input, step });
        Ok(())
    }

    /// Lets time pass as it does: both clocks on, up to something that is due, a wall clock that is set, a sleep.
    fn pass_time(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        match bytes.int_in_range(0..=15)? {
            0..=3 => {}
            4..=6 => self.advance(bytes.int_in_range(0..=2 * SECOND)?),
            7 => self.advance(bytes.int_in_range(0..=2 * HOUR)?),
            8..=13 => {
                let view = self.machine.explain(Now { mono: self.now.mono, wall: self.now.wall, entropy: 0 });
                let mut due: Vec<Instant> = self.wake_at.into_iter().collect();
                due.extend(view.token.iter().flat_map(|token| [token.refresh_at, token.hard_at, token.expires_at]));
                if let FlightView::InFlight { until, .. } | FlightView::Paused { until, .. } = view.flight {
                    due.push(until);
                }
                due.retain(|at| !at.is_over(self.now));
                if !due.is_empty() {
                    let left = bytes.choose(&due)?.left_ms(self.now).min(30 * 24 * HOUR);
                    self.advance((left + bytes.int_in_range(0..=2)?).saturating_sub(1));
                }
            }
            14 => self.now.wall += *bytes.choose(&[SECOND, 10 * SECOND, HOUR, 24 * HOUR])?,
            _ => self.now.wall -= *bytes.choose(&[1, SECOND, 60 * SECOND, HOUR])?.min(&(self.now.wall - HOUR)),
        }
        Ok(())
    }

    fn advance(&mut self, ms: u64) {
        self.now = self.now.plus(ms);
    }

    /// Sets the clocks to anything.
    fn jump(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        match bytes.int_in_range(0..=7)? {
            0..=3 => self.pass_time_wildly(bytes)?,
            4 => self.now.mono = number(bytes)?,
            5 => self.now.wall = number(bytes)?,
            6 => self.now = Instant { mono: number(bytes)?, wall: number(bytes)? },
            _ => {}
        }
        Ok(())
    }

    fn pass_time_wildly(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        let ms = number(bytes)?;
        self.now = if bytes.arbitrary()? { self.now.plus(ms) } else { self.now.minus(ms) };
        Ok(())
    }

    fn input(&mut self, bytes: &mut Unstructured<'_>) -> Result<Input<Alias>> {
        let patience_ms = if self.honest { *bytes.choose(&[0, 300, 5 * SECOND, 15 * SECOND, HOUR])? } else { number(bytes)? };
        let snapshot = self.machine.snapshot();
        let generation = match &snapshot {
            Some(snapshot) if self.honest || bytes.arbitrary()? => snapshot.generation,
            _ if self.honest => 0,
            _ => number(bytes)?,
        };
        Ok(match bytes.int_in_range(0..=31)? {
            0..=9 => {
                Input::Want { min_valid_ms: if bytes.ratio(1, 4)? { number(bytes)? } else { 0 }, patience_ms, waited: bytes.arbitrary()? }
            }
            10..=17 => {
                let attempt = self.attempt(bytes)?;
                match attempt {
                    Some(attempt) if bytes.ratio(1, 12)? => Input::Abandoned { attempt },
                    Some(attempt) => Input::Finished { attempt, outcome: self.outcome(bytes)? },
                    None => Input::Tick { keep_fresh: bytes.arbitrary()? },
                }
            }
            18..=20 => Input::Tick { keep_fresh: bytes.arbitrary()? },
            21..=24 => Input::Rejected { generation, replayable: bytes.ratio(3, 4)?, retried: bytes.ratio(1, 5)?, patience_ms },
            25 => Input::Invalidate { generation },
            26 => Input::Adopt { token: self.adopted(bytes)? },
            27 => Input::CredentialsChanged { drop_token: bytes.arbitrary()? },
            28 => Input::Retry,
            29 => Input::Reset(Reset::Fork),
            30 => Input::Reset(Reset::Logout),
            _ if bytes.ratio(1, 4)? => Input::Reset(Reset::Close),
            _ => Input::Tick { keep_fresh: false },
        })
    }

    fn attempt(&self, bytes: &mut Unstructured<'_>) -> Result<Option<u64>> {
        if !self.honest && bytes.ratio(1, 4)? {
            return number(bytes).map(Some);
        }
        let running: Vec<u64> = self.running.iter().copied().collect();
        if running.is_empty() { Ok(None) } else { bytes.choose(&running).map(|attempt| Some(*attempt)) }
    }

    fn outcome(&mut self, bytes: &mut Unstructured<'_>) -> Result<Outcome<Alias>> {
        if bytes.arbitrary()? {
            return Ok(Outcome::Granted { token: self.token(bytes)?, lifetime_ms: self.lifetime(bytes)? });
        }
        let retry_after_ms = match bytes.int_in_range(0..=3)? {
            0 if self.honest => Some(*bytes.choose(&[1, 500, 5 * SECOND, 120 * SECOND, 3 * HOUR])?),
            0 => Some(number(bytes)?),
            _ => None,
        };
        let code = match *bytes.choose(Code::ALL)? {
            // What a machine says of its host no honest host says of an attempt.
            Code::Misuse | Code::Closed if self.honest => Code::TransportFailed,
            code => code,
        };
        Ok(Outcome::Failed { error: code.into(), retry_after_ms })
    }

    fn lifetime(&self, bytes: &mut Unstructured<'_>) -> Result<u64> {
        const LIFETIMES: [u64; 9] = [0, 1, 100, SECOND, 10 * SECOND, 60 * SECOND, 1_800 * SECOND, HOUR, 8_760 * HOUR];
        if self.honest { bytes.choose(&LIFETIMES).copied() } else { number(bytes) }
    }

    fn token(&mut self, bytes: &mut Unstructured<'_>) -> Result<Alias> {
        if self.tokens == 0 || bytes.ratio(2, 3)? {
            self.tokens += 1;
            return Ok(Alias(self.tokens));
        }
        Ok(Alias(bytes.int_in_range(self.tokens.saturating_sub(9).max(1)..=self.tokens)?))
    }

    fn adopted(&mut self, bytes: &mut Unstructured<'_>) -> Result<Adopted<Alias>> {
        let lifetime_ms = self.lifetime(bytes)?;
        let token = self.token(bytes)?;
        if self.honest {
            let age_ms = bytes.int_in_range(0..=lifetime_ms.min(2 * HOUR))?;
            let issued_at_wall = self.now.wall.saturating_sub(age_ms);
            return Ok(Adopted { token, issued_at_wall, lifetime_ms, remaining_ms: lifetime_ms - age_ms });
        }
        Ok(Adopted { token, issued_at_wall: number(bytes)?, lifetime_ms, remaining_ms: number(bytes)? })
    }

    fn check(&self, input: &Input<Alias>, step: &Step<Alias>) {
        assert!(step.outputs.len() <= 32, "{} outputs of one input", step.outputs.len());
        let misused = matches!(&step.verdict, Verdict::Fail(error) if matches!(error.code, Code::Misuse | Code::Closed));
        if let Input::Finished { attempt, .. } | Input::Abandoned { attempt } = input {
            assert!(self.started.contains(attempt) || misused, "an attempt that was never started: {:?}", step.verdict);
        }
        if self.closed && !matches!(input, Input::Reset(_)) {
            assert!(
                misused || matches!(input, Input::Finished { .. } | Input::Abandoned { .. }),
                "after Close: {input:?} {:?}",
                step.verdict
            );
            assert!(!step.outputs.iter().any(|output| matches!(output, Output::Start { .. } | Output::Publish { .. })), "{step:?}");
        }
        if let Verdict::Use(snapshot) | Verdict::RetryWith(snapshot) = &step.verdict {
            is_in_order(snapshot);
        }
        let mut starts = 0;
        for output in &step.outputs {
            match output {
                Output::Start { attempt, fence_at, abort_at } => {
                    starts += 1;
                    assert!(!self.started.contains(attempt), "two attempts of one name");
                    assert!(fence_at.mono <= abort_at.mono, "{output:?}");
                }
                Output::Publish { snapshot, .. } | Output::Hand { snapshot, .. } => is_in_order(snapshot),
                Output::WakeAt { until } => {
                    let latest = self.trace.policy.wake_max_ms;
                    assert!(until.mono.min(until.wall) == u64::MAX || self.wakes_within(*until, latest), "{output:?} at {:?}", self.now);
                }
                _ => {}
            }
        }
        assert!(starts <= 2, "{starts} attempts started at once");
    }

    /// By either clock; the machine may count from an earlier mono, which was clamped.
    fn wakes_within(&self, until: Instant, ms: u64) -> bool {
        !self.honest || until.left_ms(self.now) <= ms
    }

    fn carry_out(&mut self, input: &Input<Alias>, step: &Step<Alias>) {
        if let Input::Finished { attempt, .. } | Input::Abandoned { attempt } = input {
            self.running.remove(attempt);
        }
        if let Input::Reset(reset) = input {
            self.tickets.clear();
            match reset {
                Reset::Fork => self.running.clear(),
                Reset::Close => self.closed = true,
                Reset::Logout => {}
            }
        }
        for output in &step.outputs {
            match output {
                Output::Start { attempt, .. } => {
                    self.started.insert(*attempt);
                    self.running.insert(*attempt);
                }
                Output::Publish { settles, .. } | Output::Hand { settles, .. } | Output::Fail { settles, .. } => {
                    self.tickets = self.tickets.split_off(&settles.saturating_add(1));
                }
                Output::WakeAt { until } => self.wake_at = Some(*until),
                _ => {}
            }
        }
        if let Verdict::Wait { ticket, .. } = step.verdict {
            assert!(ticket > 0 && self.tickets.iter().all(|other| *other < ticket), "tickets are counted up");
            self.tickets.insert(ticket);
        }
    }

    /// The last calls, for whoever has to find out.
    fn told(&self, last: &Entry) -> String {
        let past = self.trace.entries.iter().rev().take(6).rev().chain([last]);
        past.map(|entry| format!("{entry:?}")).collect::<Vec<_>>().join("\n")
    }

    /// What was written down replays, also after it was read back.
    fn end(self) {
        assert_eq!(self.trace.replay(), Ok(None));
        let json = self.trace.to_json();
        assert_eq!(Trace::from_json(&json).unwrap(), self.trace);
        // Also as a scenario, which is how people read what was found; of a mad host's clocks there is no scenario.
        if self.honest && !self.trace.entries.is_empty() && self.trace.entries.len() <= 100 {
            let text = scenario_of("a fuzzed life", "to be read", &["F1"], &self.trace).to_string();
            let record = evertoken_scenarios::machine::run(&File { file: "fuzzed.json".into(), text });
            assert_eq!(record.outcome, Passed, "a trace written down as a scenario");
        }
    }
}

fn is_in_order(snapshot: &Snapshot<Alias>) {
    let Snapshot { ask_at, use_until, .. } = snapshot;
    assert!(ask_at.mono <= use_until.mono && ask_at.wall <= use_until.wall, "{snapshot:?}");
}

/// A number that is often at an edge.
fn number(bytes: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => *bytes.choose(&[0, 1, u64::MAX, u64::MAX - 1, u64::MAX / 2, i64::MAX.unsigned_abs(), 1 << 53, u64::from(u32::MAX)])?,
        1 => bytes.arbitrary()?,
        2..=4 => u64::from(bytes.arbitrary::<u16>()?),
        _ => u64::from(bytes.arbitrary::<u32>()?),
    })
}

/// A policy whose numbers are at the edges of what is accepted.
fn any_policy(bytes: &mut Unstructured<'_>) -> Result<Policy> {
    let mut policy = Policy::default();
    for _ in 0..bytes.int_in_range(1..=6)? {
        let mut json = serde_json::to_value(&policy).unwrap();
        let fields = json.as_object_mut().unwrap();
        let names: Vec<String> = fields.keys().cloned().collect();
        let name = bytes.choose(&names)?;
        let value = *bytes.choose(&[0_u64, 1, 2, 3, 100, 1_000, 60_000, 3_600_000, 31_536_000_000, 315_360_000_000])?;
        fields.insert(name.clone(), value.into());
        if let Ok(changed) = serde_json::from_value::<Policy>(json)
            && changed.validate().is_ok()
        {
            policy = changed;
        }
    }
    Ok(policy)
}
