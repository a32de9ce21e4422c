//! A machine's life by chance: inputs of every kind at times near its boundaries.

use std::collections::{BTreeSet, VecDeque};

use evertoken::{Adopted, Code, Input, Machine, Now, Outcome, Output, Policy, Reset, Step, trace::Alias};
use evertoken_oracle::{Oracle, Seen};
use fastrand::Rng;

const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
const LIVES: [u64; 13] =
    [0, 1, 100, SECOND, 2 * SECOND, 10 * SECOND, 60 * SECOND, 60 * SECOND, 300 * SECOND, HOUR, 24 * HOUR, 90_000 * HOUR, u64::MAX];
const CODES: [Code; 8] = [
    Code::ServerError,
    Code::ServerError,
    Code::TransportFailed,
    Code::Throttled,
    Code::CredentialsRejected,
    Code::AccountRefused,
    Code::AttemptDeadline,
    Code::Cancelled,
];

pub(crate) struct Life {
    rng: Rng,
    pub(crate) machine: Machine<Alias>,
    pub(crate) oracle: Oracle<Alias>,
    mono: u64,
    wall: u64,
    running: BTreeSet<u64>,
    tokens: u32,
    calm: bool,
    /// The source may be closed before its end.
    pub(crate) closes: bool,
    past: VecDeque<String>,
    pub(crate) seen: Seen,
}

#[allow(dead_code, reason = "each test uses its part")]
impl Life {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let calm = rng.bool();
        Self {
            rng,
            machine: Machine::new(Policy::default()).unwrap(),
            oracle: Oracle::new(),
            mono: 10_000_000,
            wall: 1_800_000_000_000,
            running: BTreeSet::new(),
            tokens: 0,
            calm,
            closes: false,
            past: VecDeque::new(),
            seen: Seen::default(),
        }
    }

    fn pick<X: Copy>(&mut self, from: &[X]) -> X {
        from[self.rng.usize(..from.len())]
    }

    fn pass_time(&mut self) {
        let ms = match self.rng.u8(..20) {
            0..4 => 0,
            4..9 => self.rng.u64(..400),
            9..11 => self.rng.u64(..20 * SECOND),
            11..19 => {
                let now = evertoken::Instant { mono: self.mono, wall: self.wall };
                let times: Vec<u64> = self.oracle.boundaries().iter().map(|at| at.left_ms(now)).filter(|left| *left > 0).collect();
                if times.is_empty() { 0 } else { (self.pick(&times) + self.rng.u64(..3)).saturating_sub(1).min(HOUR * 24 * 30) }
            }
            _ => self.rng.u64(..2 * HOUR),
        };
        self.mono += ms;
        self.wall += ms;
        if !self.calm {
            match self.rng.u8(..60) {
                0 => self.wall += self.pick(&[1, SECOND, 10 * SECOND, 20 * SECOND, 600 * SECOND, HOUR]),
                1 => self.wall -= self.pick(&[1, SECOND, 60 * SECOND, HOUR]),
                2 if self.rng.bool() => self.mono -= self.pick(&[1, SECOND, 60 * SECOND]),
                _ => {}
            }
        }
    }

    fn token(&mut self) -> Alias {
        match (self.rng.u8(..10), self.oracle.view().token) {
            (0..2, Some((token, _))) => token,
            (2, _) if self.tokens > 0 => Alias(self.rng.u32(self.tokens.saturating_sub(10)..self.tokens) + 1),
            _ => {
                self.tokens += 1;
                Alias(self.tokens)
            }
        }
    }

    fn outcome(&mut self) -> Outcome<Alias> {
        if self.rng.bool() {
            let lifetime_ms = self.pick(&LIVES);
            return Outcome::Granted { token: self.token(), lifetime_ms };
        }
        let retry_after_ms =
            if self.rng.u8(..4) == 0 { Some(self.pick(&[0, 500, 5 * SECOND, 120 * SECOND, 3 * HOUR, u64::MAX])) } else { None };
        Outcome::Failed { error: self.pick(&CODES).into(), retry_after_ms }
    }

    fn input(&mut self) -> Input<Alias> {
        let patience_ms = self.pick(&[0, 1, 300, 5 * SECOND, 15 * SECOND, 15 * SECOND, HOUR]);
        let view = self.oracle.view();
        let generation = view.token.map_or(view.generations, |token| token.1);
        match self.rng.u16(..1_000) {
            0..330 => {
                let min_valid_ms = if self.rng.u8(..6) == 0 { self.pick(&[1, 10 * SECOND, 60 * SECOND, HOUR, u64::MAX]) } else { 0 };
                Input::Want { min_valid_ms, patience_ms, waited: self.rng.u8(..4) == 0 }
            }
            330..640 => {
                let attempts: Vec<u64> = self.running.iter().copied().collect();
                let attempt = match attempts.last() {
                    None => return Input::Tick { keep_fresh: self.rng.bool() },
                    Some(newest) if self.rng.u8(..4) > 0 => *newest,
                    Some(_) => self.pick(&attempts),
                };
                if self.rng.u8(..12) == 0 { Input::Abandoned { attempt } } else { Input::Finished { attempt, outcome: self.outcome() } }
            }
            640..800 => Input::Tick { keep_fresh: self.rng.u8(..3) == 0 },
            800..940 => Input::Rejected {
                generation: if self.rng.u8(..8) == 0 { self.rng.u64(..view.generations + 2) } else { generation },
                replayable: self.rng.u8(..5) > 0,
                retried: self.rng.u8(..6) == 0,
                patience_ms,
            },
            940..952 => Input::Invalidate { generation },
            952..962 => Input::CredentialsChanged { drop_token: self.rng.bool() },
            962..974 => Input::Retry,
            974..990 => {
                let lifetime_ms = self.pick(&LIVES);
                let age_ms = self.rng.u64(..lifetime_ms.min(2 * HOUR) + 2);
                let skew = self.pick(&[0, 0, 0, 60 * SECOND]);
                let remaining_ms = self.pick(&[lifetime_ms.saturating_sub(age_ms), lifetime_ms, lifetime_ms / 2]);
                let token = self.token();
                Input::Adopt {
                    token: Adopted { token, issued_at_wall: (self.wall + skew).saturating_sub(age_ms), lifetime_ms, remaining_ms },
                }
            }
            990..994 => Input::Reset(Reset::Fork),
            994..997 => Input::Reset(Reset::Logout),
            997 if self.closes => Input::Reset(Reset::Close),
            _ => Input::Finished { attempt: 1_000_000_000, outcome: self.outcome() },
        }
    }

    /// Takes a step that breaks no promise, and returns what it was.
    pub(crate) fn take_step(&mut self) -> (Now, Input<Alias>, Step<Alias>) {
        self.pass_time();
        let input = self.input();
        let now = Now { mono: self.mono, wall: self.wall, entropy: self.rng.u64(..) };
        let step = self.machine.handle(now, input.clone());
        self.past.push_back(format!("{now:?} {input:?}\n     -> {step:?}"));
        if self.past.len() > 8 {
            self.past.pop_front();
        }
        if let Err(violation) = self.oracle.observe_noting(now, &input, &step, &mut self.seen) {
            let past: Vec<_> = self.past.iter().map(String::as_str).collect();
            panic!("{violation}\n{}", past.join("\n"));
        }
        if let Input::Finished { attempt, .. } | Input::Abandoned { attempt } = input {
            self.running.remove(&attempt);
        }
        if matches!(input, Input::Reset(Reset::Fork)) {
            self.running.clear();
        }
        let started =
            step.outputs.iter().filter_map(|output| if let Output::Start { attempt, .. } = output { Some(*attempt) } else { None });
        self.running.extend(started);
        (now, input, step)
    }
}
