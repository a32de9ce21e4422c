//! The search itself: breadth first, each state once, each call held against the oracle.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
    time::{Duration, Instant as Wall},
};

use evertoken::{
    Instant, Policy,
    trace::{Entry, Trace},
};
use evertoken_oracle::{Observed, Violation};
use fastrand::Rng;

use crate::{
    config::{Config, Draws},
    coverage::Coverage,
    entropy,
    fingerprint::{self, Fingerprint, MONO, Print, WALL},
    liveness,
    world::{Act, Moment, Move},
};

/// The most calls of a single way.
const LONGEST_DIVE: usize = 60;

/// What a search has found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Different states, each right after a call.
    pub states: u64,
    /// Calls of the machine that were looked at.
    pub transitions: u64,
    /// The longest way to a state, in calls.
    pub depth: u16,
    /// States that were not followed because they had more attempts or tokens than the configuration bounds.
    pub cut: u64,
    /// States from which a new call was shown to be served.
    pub lively: u64,
    /// States after a close, where no call is served.
    pub closed: u64,
    /// The time that it took.
    pub took: Duration,
    /// What was met.
    pub coverage: Coverage,
    /// The first broken promise, with the shortest way to it.
    pub broken: Option<Counterexample>,
    /// The search ended before everything was followed.
    pub unfinished: bool,
}

/// A way to a broken promise.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The promise.
    pub violation: Violation,
    /// The calls that lead there, which any machine can replay.
    pub trace: Trace,
}

/// How a search may spend its time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The search ends then.
    pub until: Option<Wall>,
    /// It ends after so many calls of the machine.
    pub calls: u64,
    /// It ends after so many states: each costs up to 50 bytes of memory.
    pub states: u64,
    /// So many moments are followed at a time; a layer with more is followed in parts, one part to its end before the next.
    pub width: usize,
    /// It ends with the first broken promise, also where a shorter way to one may be found.
    pub first: bool,
    /// After that so many single ways are followed by chance, from fixed seeds.
    pub dives: u32,
}

impl Limits {
    /// Follows everything.
    pub const NONE: Self = Self { until: None, calls: u64::MAX, states: u64::MAX, width: 8_000, first: false, dives: 0 };
}

/// Where a state came from: its parent, and which of the parent's steps led to it.
#[derive(Clone, Copy, Debug)]
struct Origin {
    parent: u32,
    /// The movement of time, the input and the entropy, by their places in the parent's lists.
    step: (u16, u16, u8),
}

struct Search<'a> {
    config: &'a Config,
    prints: Fingerprint,
    entropies: Vec<u64>,
    known: HashSet<Print, BuildHasherDefault<Low>>,
    origins: Vec<Origin>,
    found: Found,
}

/// Explores a configuration completely, or up to the first broken promise.
///
/// # Errors
/// The default policy's own, were it refused.
pub fn explore(config: &Config, limits: Limits) -> Result<Found, evertoken::Error> {
    let began = Wall::now();
    let start = start(config)?;
    let entropies = match config.draws {
        Draws::Low => vec![entropy::LOWEST],
        Draws::High => vec![entropy::highest(&config.sizes)],
        Draws::Both => vec![entropy::LOWEST, entropy::highest(&config.sizes)],
    };
    let mut search = Search {
        config,
        prints: Fingerprint::new(&start.machine),
        entropies,
        known: HashSet::default(),
        origins: vec![Origin { parent: 0, step: (0, 0, 0) }],
        found: Found {
            states: 1,
            transitions: 0,
            depth: 0,
            cut: 0,
            lively: 0,
            closed: 0,
            took: Duration::ZERO,
            coverage: Coverage::default(),
            broken: None,
            unfinished: false,
        },
    };
    search.run(start.clone(), limits);
    if search.found.broken.is_none() && limits.dives > 0 {
        search.dive(&start, limits.dives.into(), limits.dives, limits.until);
    }
    search.found.took = began.elapsed();
    Ok(search.found)
}

fn start(config: &Config) -> Result<Moment, evertoken::Error> {
    Ok(Moment::new(fingerprint::new_machine()?, Instant { mono: MONO, wall: WALL }, config.bounds))
}

impl Search<'_> {
    fn run(&mut self, start: Moment, limits: Limits) {
        if !self.is_lively(&start, 0, None) {
            return;
        }
        let mut layers = vec![(1, vec![(Box::new(start), 0_u32)])];
        let mut deepest = self.config.depth;
        while let Some((depth, mut layer)) = layers.pop() {
            if depth > deepest {
                self.found.unfinished |= self.found.broken.is_none();
                continue;
            }
            if layer.len() > limits.width {
                let rest = layer.split_off(limits.width);
                layers.push((depth, rest));
            }
            let mut next = Vec::new();
            for (moment, id) in layer {
                let enough = self.found.transitions >= limits.calls || self.found.states >= limits.states;
                if enough || limits.until.is_some_and(|until| Wall::now() >= until) {
                    self.found.unfinished = true;
                    return;
                }
                self.follow(&moment, id, &mut next);
                if self.found.broken.is_some() && limits.first {
                    return;
                }
            }
            // A shorter way to a broken promise may lie in what is left.
            if let Some(broken) = &self.found.broken {
                deepest = small(broken.trace.entries.len()).saturating_sub(1);
            }
            if !next.is_empty() {
                self.found.depth = self.found.depth.max(depth);
                layers.push((depth + 1, next));
            }
        }
    }

    /// Tries everything that may come after a moment.
    fn follow(&mut self, moment: &Moment, id: u32, next: &mut Vec<(Box<Moment>, u32)>) {
        for (m, moved) in moment.moves(self.config).into_iter().enumerate() {
            let before = self.prints.of(&moment.machine, &moment.oracle, moved.now);
            for (a, act) in moment.acts(self.config, moved.now).into_iter().enumerate() {
                let entropies = self.entropies.len();
                for e in 0..entropies {
                    let (after, observed) = match self.take(moment, moved, &act, self.entropies[e]) {
                        Ok(taken) => taken,
                        Err(violation) => {
                            let trace = self.trace(id, Some((small(m), small(a), u8::try_from(e).unwrap_or_default())));
                            self.blame(violation, trace);
                            return;
                        }
                    };
                    let step = (small(m), small(a), u8::try_from(e).unwrap_or_default());
                    self.keep(after, before, Origin { parent: id, step }, next);
                    if !observed.drew {
                        break;
                    }
                }
            }
        }
    }

    fn take(&mut self, moment: &Moment, moved: Move, act: &Act, entropy: u64) -> Result<(Moment, Observed), Violation> {
        self.found.transitions += 1;
        let now = Moment::reading(moved.now, entropy);
        let mut machine = moment.machine.clone();
        let step = machine.handle(now, act.input.clone());
        let mut oracle = moment.oracle.clone();
        let observed = oracle.observe_noting(now, &act.input, &step, &mut self.found.coverage.seen)?;
        self.found.coverage.note(act.label, &act.input, &step, &observed);
        let mut left = moment.left;
        moved.pay(&mut left);
        act.pay(&mut left);
        Ok((Moment { machine, oracle, now: moved.now, lag: moved.lag, left }, observed))
    }

    /// Keeps a state to be followed, unless it is known, too far, or nothing but time has changed: from there everything
    /// can happen that can happen from its parent, and no more.
    fn keep(&mut self, after: Moment, before: Print, origin: Origin, next: &mut Vec<(Box<Moment>, u32)>) {
        let bare = self.prints.of(&after.machine, &after.oracle, after.now);
        if bare == before && after.lag == 0 {
            return;
        }
        if !self.known.insert(fingerprint::with(bare, &(after.left, after.lag))) {
            return;
        }
        self.found.states += 1;
        let view = after.oracle.view();
        if view.closed {
            self.found.closed += 1;
        } else if !self.is_lively(&after, origin.parent, Some(origin.step)) {
            return;
        }
        if view.attempts > self.config.attempts || view.generations > self.config.generations {
            self.found.cut += 1;
            return;
        }
        let id = u32::try_from(self.origins.len()).unwrap_or(u32::MAX);
        self.origins.push(origin);
        next.push((Box::new(after), id));
    }

    /// Shows that a new call is served from here on, or keeps what is broken.
    fn is_lively(&mut self, moment: &Moment, parent: u32, step: Option<(u16, u16, u8)>) -> bool {
        self.found.lively += 1;
        let Err((violation, rest)) = liveness::served(moment) else { return true };
        let mut trace = self.trace(parent, step);
        trace.entries.extend(rest);
        self.blame(violation, trace);
        false
    }

    /// Keeps the shortest way to a broken promise.
    fn blame(&mut self, violation: Violation, trace: Trace) {
        if self.found.broken.as_ref().is_none_or(|known| trace.entries.len() < known.trace.entries.len()) {
            self.found.broken = Some(Counterexample { violation, trace });
        }
    }

    /// Follows single ways by chance, from the start to where nothing may come any more.
    fn dive(&mut self, start: &Moment, seed: u64, times: u32, until: Option<Wall>) {
        let mut rng = Rng::with_seed(seed);
        for _ in 0..times {
            let mut moment = start.clone();
            let mut steps = Vec::new();
            for _ in 0..LONGEST_DIVE {
                if until.is_some_and(|until| Wall::now() >= until) {
                    return;
                }
                let moves = moment.moves(self.config);
                let m = if rng.bool() { 0 } else { rng.usize(..moves.len()) };
                let acts = moment.acts(self.config, moves[m].now);
                if acts.is_empty() {
                    break;
                }
                let (a, e) = (rng.usize(..acts.len()), rng.usize(..self.entropies.len()));
                let step = (small(m), small(a), u8::try_from(e).unwrap_or_default());
                match self.take(&moment, moves[m], &acts[a], self.entropies[e]) {
                    Ok((after, _)) => moment = after,
                    Err(violation) => {
                        let trace = self.replay(steps.into_iter().chain([step]));
                        self.found.broken = Some(Counterexample { violation, trace });
                        return;
                    }
                }
                steps.push(step);
            }
        }
    }

    /// Walks the way to a state again, and one step further.
    fn trace(&self, id: u32, last: Option<(u16, u16, u8)>) -> Trace {
        let mut steps: Vec<_> = last.into_iter().collect();
        let mut at = id;
        while at != 0 {
            let origin = self.origins[at as usize];
            steps.push(origin.step);
            at = origin.parent;
        }
        self.replay(steps.into_iter().rev())
    }

    fn replay(&self, steps: impl Iterator<Item = (u16, u16, u8)>) -> Trace {
        let mut trace = Trace { policy: Policy::default(), entries: Vec::new() };
        let Ok(mut moment) = start(self.config) else { return trace };
        for (m, a, e) in steps {
            let Some(moved) = moment.moves(self.config).into_iter().nth(usize::from(m)) else { break };
            let Some(act) = moment.acts(self.config, moved.now).into_iter().nth(usize::from(a)) else { break };
            let now = Moment::reading(moved.now, self.entropies[usize::from(e)]);
            let step = moment.machine.handle(now, act.input.clone());
            let _ = moment.oracle.observe(now, &act.input, &step);
            (moment.now, moment.lag) = (moved.now, moved.lag);
            moved.pay(&mut moment.left);
            act.pay(&mut moment.left);
            trace.entries.push(Entry { now, input: act.input, step });
        }
        trace
    }
}

fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Fingerprints are random already.
#[derive(Default)]
struct Low(u64);

impl Hasher for Low {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut eight = [0; 8];
        eight.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.0 = u64::from_le_bytes(eight);
    }
}
