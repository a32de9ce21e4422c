//! Draws plans by chance: a step at a time, with an eye on what the client does, every value written down.

use evertoken::Instant;

use crate::{
    aim,
    plan::{After, Behaviour, Dialect, Fate, Plan, Step, Tab},
    world::World,
};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

const LIFETIMES: [u64; 14] = [
    SECOND,
    2 * SECOND,
    2_500,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    30 * MINUTE,
    HOUR,
    6 * HOUR,
    24 * HOUR,
];

/// Draws what happens next.
pub struct Chance {
    rng: fastrand::Rng,
    calls: u32,
    keys: u32,
    /// In hundredths: how often something goes wrong.
    trouble: u64,
    /// The lifetimes of this life.
    lifetimes: Vec<u64>,
    lifetime_ms: u64,
    /// .. or of what the server does instead.
    brief_ms: Option<u64>,
    /// The host keeps the source fresh.
    driven: bool,
    /// Steps that are to follow.
    queue: Vec<Step>,
}

/// What the choice of the next step depends on; looking changes nothing.
pub(crate) struct View {
    now: Instant,
    deadlines: Vec<Instant>,
    /// What is left of the held token's life, and its life.
    pub(crate) left: Option<(u64, u64)>,
}

impl View {
    fn of(world: &World) -> Self {
        let now = world.time.instant();
        let (deadlines, left) = world.look(|watch| (watch.reference.deadlines(now), watch.reference.left_ms(now))).unwrap_or_default();
        Self { now, deadlines, left }
    }
}

impl Chance {
    /// Begins a plan.
    #[must_use]
    pub fn begin(seed: u64) -> (Self, Plan) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let dialect = Dialect::ALL[rng.usize(..Dialect::ALL.len())];
        let plan = Plan { name: format!("seed {seed}"), dialect, entropy: rng.u64(..), timers_first: rng.bool(), steps: Vec::new() };
        let trouble = [5, 15, 30, 60][rng.usize(..4)];
        let lifetimes = (0..1 + rng.usize(..3)).map(|_| LIFETIMES[rng.usize(..LIFETIMES.len())]).collect::<Vec<_>>();
        let mut chance = Self {
            rng,
            calls: 0,
            keys: 0,
            trouble,
            lifetime_ms: lifetimes[0],
            brief_ms: None,
            driven: false,
            lifetimes,
            queue: Vec::new(),
        };
        chance.queue.push(Step::Lifetime { ms: chance.lifetimes[0] });
        if chance.one_in(3) {
            chance.queue.push(Step::Drive { on: true });
        }
        (chance, plan)
    }

    /// Draws the next step for a world.
    pub fn next(&mut self, world: &World) -> Step {
        let mut step = self.queue.pop().unwrap_or_else(|| self.draw(world));
        match &mut step {
            Step::Drive { on } => self.driven = *on,
            Step::Lifetime { ms } => self.lifetime_ms = *ms,
            Step::Always { behaviour } => {
                self.brief_ms = match behaviour.fate {
                    Fate::Works => None,
                    Fate::Lives { ms } => Some(ms.max(SECOND)),
                    // Nothing of it goes on for longer than an hour.
                    _ => Some(36 * SECOND),
                }
            }
            // An hour of two-second tokens is 1800 lives, and the first hundred show it all.
            Step::Advance { ms } if self.driven => {
                *ms = (*ms).min(100 * self.brief_ms.unwrap_or(self.lifetime_ms).min(self.lifetime_ms.max(SECOND)))
            }
            _ => {}
        }
        step
    }

    fn draw(&mut self, world: &World) -> Step {
        let view = View::of(world);
        if self.one_in(30) {
            return self.aim(&view);
        }
        match self.below(100) {
            0..44 => self.time(&view),
            44..66 => self.headers(),
            66..78 => self.request(),
            78..80 => Step::Cancel { call: self.calls.saturating_sub(self.rng.u32(..6)) },
            80..81 => Step::Other { call: self.call() },
            81..82 => self.user(),
            82..83 => self.life(),
            83..92 if self.below(100) < self.trouble => self.answers(&view),
            92..96 if self.below(100) < self.trouble => self.rejection(),
            96..98 if self.below(100) < self.trouble => self.clock(),
            98..100 if self.below(100) < self.trouble => self.user(),
            _ => self.time(&view),
        }
    }

    /// Plays a short scene that leads to a state that chance alone seldom meets.
    fn aim(&mut self, view: &View) -> Step {
        let scene = self.below(aim::SCENES);
        let steps = aim::scene(self, scene, view);
        self.queue.extend(steps.into_iter().rev());
        self.queue.pop().unwrap_or(Step::Advance { ms: 0 })
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.rng.u64(..limit.max(1))
    }

    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())]
    }

    pub(crate) fn call(&mut self) -> u32 {
        self.calls += 1;
        self.calls
    }

    fn time(&mut self, view: &View) -> Step {
        let ms = match self.below(100) {
            0..12 => self.below(3),
            12..34 => self.below(400),
            34..46 => self.below(20 * SECOND),
            46..94 => return Step::Advance { ms: self.near_a_deadline(view) },
            94..98 => self.below(10 * MINUTE),
            _ => self.below(2 * HOUR),
        };
        Step::Advance { ms }
    }

    fn near_a_deadline(&mut self, view: &View) -> u64 {
        let Some(deadline) = (!view.deadlines.is_empty()).then(|| self.of(&view.deadlines)) else { return self.below(30 * SECOND) };
        let left = deadline.left_ms(view.now);
        let ms = self.of(&[left.saturating_sub(1), left, left, left + 1, left + 40, left.saturating_sub(300)]);
        ms.min(40 * 24 * HOUR)
    }

    /// Returns the key that was made last.
    pub(crate) const fn key(&self) -> u32 {
        self.keys
    }

    fn patience(&mut self) -> Option<u64> {
        self.of(&[None, None, None, None, Some(0), Some(1), Some(300), Some(2 * SECOND), Some(5 * SECOND), Some(MINUTE)])
    }

    fn headers(&mut self) -> Step {
        let min_valid_ms = if self.one_in(6) { self.of(&[1, 5 * SECOND, 10 * SECOND, MINUTE, 20 * MINUTE, 24 * HOUR]) } else { 0 };
        Step::Headers { call: self.call(), min_valid_ms, patience_ms: self.patience() }
    }

    fn request(&mut self) -> Step {
        let (replayable, replica) = (!self.one_in(6), self.of(&[0, 0, 1]));
        Step::Request { call: self.call(), patience_ms: self.patience(), replayable, replica }
    }

    pub(crate) fn user(&mut self) -> Step {
        match self.below(12) {
            0..3 => Step::Invalidate,
            3..6 => Step::Retry,
            6 => Step::Logout,
            7..9 => {
                self.keys += 1;
                let key = self.keys;
                if !self.one_in(4) {
                    self.queue.push(Step::CredentialsChanged { drop_token: self.rng.u8(..3) == 0, key });
                    return Step::CreateKey { key };
                }
                Step::CredentialsChanged { drop_token: self.one_in(3), key }
            }
            9 => Step::Drive { on: self.rng.bool() },
            _ => {
                let lifetime_ms = self.of(&LIFETIMES);
                let from = if self.one_in(4) { Tab::Issued } else { Tab::Fetched };
                let age_ms = if self.one_in(2) { self.below(lifetime_ms.min(HOUR) + 2) } else { self.below(50) };
                Step::Adopt { from, age_ms, ahead_ms: self.of(&[0, 0, 0, 60_000, -60_000]), lifetime_ms }
            }
        }
    }

    fn life(&mut self) -> Step {
        let ms = if self.one_in(6) { self.of(&LIFETIMES) } else { self.lifetimes[self.rng.usize(..self.lifetimes.len())] };
        Step::Lifetime { ms }
    }

    pub(crate) fn clock(&mut self) -> Step {
        match self.below(12) {
            0 | 1 => Step::MonoBack { ms: self.of(&[1, SECOND, MINUTE]) },
            2..5 => Step::Suspend { ms: self.of(&[SECOND, 9 * SECOND, 20 * SECOND, 10 * MINUTE, HOUR]) },
            5..8 => Step::WallStep { ms: self.of(&[1, 5_000, 10_000, 20_000, 600_000, 3_600_000, 86_400_000]) },
            8..10 => Step::WallStep { ms: self.of(&[-1, -5_000, -60_000, -3_600_000]) },
            _ => Step::Skew { ms: self.of(&[0, -600_000, 600_000, 30_000]) },
        }
    }

    fn rejection(&mut self) -> Step {
        let key = self.keys;
        // A wave of callers runs into it.
        for _ in 0..self.below(5) {
            let wave = Step::Request { call: self.call(), patience_ms: None, replayable: true, replica: self.rng.u32(..2) };
            self.queue.push(wave);
        }
        match self.below(8) {
            0..3 => Step::Revoke { all: self.rng.bool() },
            3..5 => Step::Stray { times: 1 + self.rng.u32(..4) },
            5 => Step::Lag { ms: self.of(&[0, 50, 500, 5 * SECOND]) },
            6 => {
                self.keys += 1;
                let next = self.keys;
                if self.one_in(2) {
                    self.queue.push(Step::CredentialsChanged { drop_token: false, key: next });
                    self.queue.push(Step::CreateKey { key: next });
                    self.queue.push(Step::Advance { ms: 30 * SECOND });
                }
                Step::DeleteKey { key }
            }
            _ => Step::DeleteKey { key },
        }
    }

    fn answers(&mut self, view: &View) -> Step {
        if self.one_in(6) {
            return Step::Always { behaviour: Behaviour { up_ms: 20, down_ms: 20, fate: Fate::Works } };
        }
        if self.one_in(8) {
            let behaviour = self.behaviour(view);
            // Whatever it is, it ends.
            let healthy = Step::Always { behaviour: Behaviour { up_ms: 20, down_ms: 20, fate: Fate::Works } };
            self.queue.push(healthy);
            for _ in 0..self.below(12) {
                let (time, headers) = (self.time(view), self.headers());
                self.queue.extend([headers, time]);
            }
            return Step::Always { behaviour };
        }
        let next = (0..1 + self.below(5)).map(|_| self.behaviour(view)).collect();
        Step::Answers { next }
    }

    fn behaviour(&mut self, view: &View) -> Behaviour {
        let fate = self.fate();
        let left = view.left.map_or(5 * SECOND, |(left, _)| left);
        let slow = [0, 1, 20, 400, 2 * SECOND, 9_999, 10_000, 10_001, 13 * SECOND, 25 * SECOND, left];
        let up_ms = if self.one_in(3) { self.of(&slow).min(28 * SECOND) } else { self.below(60) };
        let down_ms = if self.one_in(3) { self.of(&slow).min(28 * SECOND) } else { self.below(60) };
        Behaviour { up_ms, down_ms, fate }
    }

    /// Draws what becomes of a request.
    pub(crate) fn fate(&mut self) -> Fate {
        match self.below(34) {
            0..6 => Fate::Works,
            6..9 => Fate::Same,
            9 => Fate::Again,
            10 => Fate::Older { by: self.rng.u32(..10) },
            11..14 => Fate::Lives { ms: self.of(&[0, 0, 125, 250, SECOND, 2 * SECOND, 7 * SECOND, HOUR, 400 * 24 * HOUR]) },
            14 | 15 => Fate::RequestLost,
            16 => Fate::AnswerLost,
            17..19 => Fate::Hangs,
            19..22 => Fate::Dropped,
            22..26 => Fate::Fails { status: self.of(&[503, 500, 502]) },
            26..30 => {
                let seconds = self.of(&[1, 2, 10, 30, 120, 1_800, 7_200]);
                Fate::Throttles {
                    after: self.of(&[
                        After::Unsaid,
                        After::Seconds(seconds),
                        After::Seconds(seconds),
                        After::Date(seconds),
                        After::Tenths(3),
                    ]),
                }
            }
            30..32 => Fate::Refuses,
            _ => Fate::Hostile { kind: self.rng.u8(..8) },
        }
    }
}
