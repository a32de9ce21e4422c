//! A host, its users and its servers by chance: a seed gives the same life each time.

use std::collections::BTreeMap;

use evertoken::{
    Adopted, Code, Input, Instant, Now, Outcome, Output, Reset, Step,
    machine::{Explanation, FlightView},
    trace::Alias,
};

use crate::bench::{HOUR, MINUTE, MONO, SECOND, WALL};

/// Splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit.max(1)
    }

    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()].clone()
    }
}

/// What the clocks did before an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// Both moved alike.
    Time,
    /// The wall clock was set forward.
    Forward,
    /// The wall clock was set back.
    Back,
    /// The device slept.
    Sleep,
    /// The mono clock broke.
    MonoBack,
}

/// The world around one machine.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) chance: Chance,
    /// The clocks as the host reads them; the machine never sees mono go back.
    mono: u64,
    wall: u64,
    latest_mono: u64,
    /// Attempts whose end was not reported yet, and when they were sent.
    pub(crate) running: BTreeMap<u64, Instant>,
    pub(crate) tokens: u32,
    calm: bool,
}

const LIFETIMES: [u64; 12] = [0, 1, 100, SECOND, 5 * SECOND, 10 * SECOND, MINUTE, MINUTE, 5 * MINUTE, HOUR, 24 * HOUR, 87_600 * HOUR];
const CODES: [Code; 9] = [
    Code::ServerError,
    Code::ServerError,
    Code::TransportFailed,
    Code::Throttled,
    Code::CredentialsRejected,
    Code::AccountRefused,
    Code::MalformedAnswer,
    Code::AttemptDeadline,
    Code::Cancelled,
];

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let calm = chance.one_in(3);
        Self { chance, mono: MONO, wall: WALL, latest_mono: MONO, running: BTreeMap::new(), tokens: 0, calm }
    }

    /// What the host reads.
    pub(crate) fn now(&mut self) -> Now {
        Now { mono: self.mono, wall: self.wall, entropy: self.chance.draw() }
    }

    /// What the machine makes of it.
    pub(crate) fn seen(&self) -> Instant {
        Instant { mono: self.latest_mono, wall: self.wall }
    }

    fn advance(&mut self, ms: u64) {
        self.mono += ms;
        self.wall += ms;
    }

    /// Lets time pass: mostly a moment, often up to an instant at which something is due or to its neighbours.
    pub(crate) fn pass_time(&mut self, view: &Explanation) -> Passed {
        let mut passed = Passed::Time;
        match self.chance.below(100) {
            0..20 => {}
            20..50 => {
                let ms = self.chance.below(400);
                self.advance(ms);
            }
            50..60 => {
                let ms = self.chance.below(20 * SECOND);
                self.advance(ms);
            }
            60..95 => self.go_near_a_deadline(view),
            95..97 => {
                let ms = self.chance.below(2 * HOUR);
                self.advance(ms);
            }
            _ if self.calm => {}
            97 => {
                self.wall += self.chance.pick(&[SECOND, 10 * SECOND, 10 * MINUTE, HOUR, 24 * HOUR]);
                passed = Passed::Forward;
            }
            98 => {
                if self.chance.one_in(2) {
                    self.wall -= self.chance.pick(&[1, SECOND, MINUTE, HOUR]);
                    passed = Passed::Back;
                } else if self.chance.one_in(4) {
                    self.mono -= self.chance.pick(&[1, SECOND, MINUTE]);
                    passed = Passed::MonoBack;
                }
            }
            _ => {
                self.wall += HOUR;
                passed = Passed::Sleep;
            }
        }
        self.latest_mono = self.latest_mono.max(self.mono);
        passed
    }

    fn go_near_a_deadline(&mut self, view: &Explanation) {
        let mut times = Vec::new();
        match &view.flight {
            FlightView::InFlight { until, .. } | FlightView::Paused { until, .. } => times.push(*until),
            _ => {}
        }
        if let Some(token) = &view.token {
            times.extend([token.refresh_at, token.hard_at, token.expires_at]);
        }
        times.retain(|time| !time.is_over(self.seen()));
        if times.is_empty() {
            return;
        }
        let left = self.chance.pick(&times).left_ms(self.seen());
        let near = self.chance.pick(&[left.saturating_sub(1), left, left + 1]);
        // Nobody lives for years.
        self.advance(near.min(30 * 24 * HOUR));
    }

    fn some_token(&mut self, held: Option<Alias>) -> Alias {
        match (held, self.chance.below(10)) {
            (Some(held), 0..2) => held,
            (_, 2) if self.tokens > 0 => {
                Alias(u32::try_from(self.chance.below(12.min(u64::from(self.tokens)))).unwrap() + self.tokens.saturating_sub(11).max(1))
            }
            _ => {
                self.tokens += 1;
                Alias(self.tokens)
            }
        }
    }

    fn outcome(&mut self, held: Option<Alias>) -> Outcome<Alias> {
        if self.chance.one_in(2) {
            let lifetime_ms = self.chance.pick(&LIFETIMES);
            Outcome::Granted { token: self.some_token(held), lifetime_ms }
        } else {
            let retry_after_ms =
                if self.chance.one_in(4) { Some(self.chance.pick(&[0, 500, 5 * SECOND, 2 * MINUTE, 3 * HOUR])) } else { None };
            Outcome::Failed { error: self.chance.pick(&CODES).into(), retry_after_ms }
        }
    }

    /// What somebody tells the machine next.
    pub(crate) fn input(&mut self, view: &Explanation, held: Option<Alias>) -> Input<Alias> {
        let patience_ms = self.chance.pick(&[0, 1, 300, 5 * SECOND, 15 * SECOND, 15 * SECOND, HOUR]);
        let generation = view.token.as_ref().map_or(view.generations, |token| token.generation);
        match self.chance.below(if self.calm { 940 } else { 1_000 }) {
            0..330 => Input::Want {
                min_valid_ms: if self.chance.one_in(6) { self.chance.pick(&[1, 10 * SECOND, MINUTE, HOUR, u64::MAX]) } else { 0 },
                patience_ms,
                waited: self.chance.one_in(4),
            },
            330..640 => {
                let attempts: Vec<u64> = self.running.keys().copied().collect();
                // Mostly the newest; the older ones were given up.
                let attempt = match attempts.last() {
                    None => return Input::Tick { keep_fresh: self.chance.one_in(2) },
                    Some(newest) if self.chance.below(4) > 0 => *newest,
                    Some(_) => self.chance.pick(&attempts),
                };
                if self.chance.one_in(12) { Input::Abandoned { attempt } } else { Input::Finished { attempt, outcome: self.outcome(held) } }
            }
            640..800 => Input::Tick { keep_fresh: self.chance.one_in(3) },
            800..940 => Input::Rejected {
                generation: if self.chance.one_in(8) { self.chance.below(view.generations + 2) } else { generation },
                replayable: !self.chance.one_in(5),
                retried: self.chance.one_in(6),
                patience_ms,
            },
            940..955 => Input::Invalidate { generation },
            955..965 => Input::CredentialsChanged { drop_token: self.chance.one_in(3) },
            965..977 => Input::Retry,
            977..992 => {
                let lifetime_ms = self.chance.pick(&LIFETIMES);
                let age_ms = self.chance.below(lifetime_ms.min(2 * HOUR) + 2);
                Input::Adopt {
                    token: Adopted {
                        token: self.some_token(held),
                        issued_at_wall: (self.wall + self.chance.pick(&[0, 0, 0, MINUTE])).saturating_sub(age_ms),
                        lifetime_ms,
                        remaining_ms: self.chance.pick(&[lifetime_ms.saturating_sub(age_ms), lifetime_ms, lifetime_ms / 2]),
                    },
                }
            }
            992..995 => Input::Reset(Reset::Fork),
            995..998 => Input::Reset(Reset::Logout),
            _ => Input::Finished { attempt: self.chance.below(3) + 1_000_000_000, outcome: self.outcome(held) },
        }
    }

    /// Does what a host does: forgets what was reported, notes what was started.
    pub(crate) fn carry_out<T>(&mut self, input: &Input<Alias>, step: &Step<T>) {
        if let Input::Finished { attempt, .. } | Input::Abandoned { attempt } = input {
            self.running.remove(attempt);
        }
        if matches!(input, Input::Reset(Reset::Fork)) {
            self.running.clear();
        }
        let now = self.seen();
        let started =
            step.outputs.iter().filter_map(|output| if let Output::Start { attempt, .. } = output { Some(*attempt) } else { None });
        self.running.extend(started.map(|attempt| (attempt, now)));
        // A host aborts what takes too long and reports that; here some hang for ever instead.
        while self.running.len() > 12 {
            self.running.pop_first();
        }
    }
}
