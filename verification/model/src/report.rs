//! What the searches show together: each configuration, invariant, row and pair, as passed or failed.

use std::fmt::Write as _;

use evertoken::trace::Alias;
use evertoken_oracle::Oracle;

use crate::{
    bounds::Thing,
    budget::Budget,
    config::{Answer, Config},
    coverage::{Coverage, ROWS, impossible},
    diagram,
    label::{Label, STATES},
    search::Found,
};

/// What was shown, counted, and what was not.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Checks that hold.
    pub passed: usize,
    /// Checks that do not, each in a line.
    pub failed: Vec<String>,
}

impl Report {
    fn check(&mut self, complaint: Option<String>) {
        match complaint {
            None => self.passed += 1,
            Some(complaint) => self.failed.push(complaint),
        }
    }

    /// Judges each configuration by itself.
    pub fn configurations(&mut self, configs: &[Config], found: &[(usize, Found)], budget: &Budget) {
        for (at, found) in found {
            let name = configs[*at].name;
            self.check(if let Some(broken) = &found.broken {
                Some(format!("{name}: {}", broken.violation))
            } else if found.unfinished {
                Some(format!("{name}: not explored to its end"))
            } else {
                budget.complaint(name, found.states)
            });
        }
        if let Some(left) = configs.len().checked_sub(found.len()).filter(|left| *left > 0) {
            self.failed.push(format!("{left} configurations were not explored"));
        }
    }

    /// Judges whether every configuration of the budget is still there.
    pub fn complete(&mut self, configs: &[Config], budget: &Budget) {
        let gone = budget.states.keys().filter(|name| !configs.iter().any(|config| config.name == name.as_str()));
        let gone: Vec<_> = gone.map(String::as_str).collect();
        self.check((!gone.is_empty()).then(|| format!("in budget.json and not explored: {}; --update accepts it", gone.join(", "))));
    }

    /// Judges what must be met by all configurations together.
    pub fn coverage(&mut self, coverage: &Coverage) {
        for invariant in Oracle::<Alias>::INVARIANTS {
            let all = Oracle::<Alias>::SITUATIONS.iter().enumerate();
            let missed = all.filter(|(at, situation)| situation.invariant == invariant.name && !coverage.seen.contains(*at));
            let missed: Vec<_> = missed.map(|(_, situation)| situation.name).collect();
            let complaint = (!missed.is_empty()).then(|| format!("{} has no witness: {}", invariant.name, missed.join("; ")));
            self.check(complaint);
        }
        for (at, row) in ROWS.iter().enumerate() {
            let complaint = match (coverage.fired(at), row.unreachable) {
                (true, None) | (false, Some(_)) => None,
                (false, None) => Some(format!("never fired: {}", row.name)),
                (true, Some(reason)) => Some(format!("fired, though {reason}: {}", row.name)),
            };
            self.check(complaint);
        }
        for (state, (_, title)) in STATES.iter().enumerate() {
            for label in Label::ALL {
                let complaint = match (coverage.met(state, *label), impossible(state, *label)) {
                    (true, None) | (false, Some(_)) => None,
                    (false, None) => Some(format!("never tried: {} in the state `{title}`", label.name())),
                    (true, Some(reason)) => Some(format!("{} in the state `{title}`, though {reason}", label.name())),
                };
                self.check(complaint);
            }
        }
    }

    /// Judges whether a new call was shown to be served from every state but closed ones.
    pub fn liveness(&mut self, found: &[(usize, Found)]) {
        let sum = |of: fn(&Found) -> u64| found.iter().map(|(_, found)| of(found)).sum::<u64>();
        let unshown = sum(|found| found.states) - sum(|found| found.closed) - sum(|found| found.lively);
        self.check((unshown > 0).then(|| format!("from {unshown} states no new call was shown to be served")));
    }

    /// Judges whether each two bounds meet in a configuration.
    pub fn pairs(&mut self, configs: &[Config]) {
        let missing = unmet_pairs(configs);
        self.check((!missing.is_empty()).then(|| format!("bounds that never meet: {}", missing.join("; "))));
    }

    /// Judges the diagram of the page.
    pub fn diagram(&mut self, coverage: &Coverage) {
        let drawn = diagram::draw(coverage);
        self.check(match diagram::shown() {
            Err(error) => Some(error.to_string()),
            Ok(shown) => {
                let differences = diagram::differences(&shown, &drawn);
                (!differences.is_empty()).then(|| format!("docs/machine.md; --write draws it anew: {}", differences.join("; ")))
            }
        });
    }
}

/// The bounds that must meet, two and two.
type Bound = (&'static str, fn(&Config) -> bool);

const BOUNDS: [Bound; 17] = [
    ("3 callers", |config| config.callers >= 3 && config.bounds[Thing::Wants] >= 3),
    ("3 attempts, one given up and late", |config| config.attempts >= 3 && config.bounds[Thing::Lates] > 0),
    ("3 generations", |config| config.generations >= 3),
    ("2 credentials", |config| config.bounds[Thing::Credentials] > 0),
    ("2 rejections", |config| config.bounds[Thing::Rejections] >= 2),
    ("a suspend", |config| config.bounds[Thing::Suspends] > 0),
    ("the wall clock forward", |config| config.bounds[Thing::Forward] > 0),
    ("the wall clock back", |config| config.bounds[Thing::Back] > 0),
    ("ok", |config| has(config, |answer| matches!(answer, Answer::Token(life) if *life >= 60_000))),
    ("the same token", |config| has(config, |answer| matches!(answer, Answer::Same(_)))),
    ("a shorter one", |config| has(config, |answer| matches!(answer, Answer::Token(1..60_000)))),
    ("one without a life", |config| has(config, |answer| *answer == Answer::Token(0))),
    ("transient", |config| has(config, |answer| *answer == Answer::Transient)),
    ("terminal", |config| has(config, |answer| *answer == Answer::Terminal)),
    ("429 short", |config| has(config, |answer| matches!(answer, Answer::Throttled(0..60_000)))),
    ("429 longer than the life", |config| has(config, |answer| matches!(answer, Answer::Throttled(60_001..)))),
    ("lost", |config| config.bounds[Thing::Moves] > 0),
];

fn has(config: &Config, wanted: impl Fn(&Answer) -> bool) -> bool {
    config.bounds[Thing::Answers] > 0 && config.answers.iter().any(wanted)
}

fn unmet_pairs(configs: &[Config]) -> Vec<String> {
    let mut missing = Vec::new();
    for (at, (one, has_one)) in BOUNDS.iter().enumerate() {
        for (other, has_other) in &BOUNDS[at + 1..] {
            if !configs.iter().any(|config| has_one(config) && has_other(config)) {
                missing.push(format!("{one} with {other}"));
            }
        }
    }
    missing
}

/// Writes the table of configurations.
#[must_use]
pub fn table(configs: &[Config], found: &[(usize, Found)]) -> String {
    let mut text = String::from("| configuration | states | calls | depth | beyond bounds | seconds |\n|---|---:|---:|---:|---:|---:|\n");
    for (at, found) in found {
        let Found { states, transitions, depth, cut, .. } = found;
        let _ = writeln!(text, "| {} | {states} | {transitions} | {depth} | {cut} | {:.1} |", configs[*at].name, found.took.as_secs_f64());
    }
    let sum = |of: fn(&Found) -> u64| found.iter().map(|(_, found)| of(found)).sum::<u64>();
    let _ = writeln!(text, "| all | {} | {} | | {} | |", sum(|found| found.states), sum(|found| found.transitions), sum(|found| found.cut));
    text
}

/// Says in a line what a configuration allows.
#[must_use]
pub fn allows(config: &Config) -> String {
    let things: Vec<_> = config.bounds.iter().map(|(thing, number)| format!("{number} {}", thing.name())).collect();
    let Config { callers, attempts, generations, reach, .. } = config;
    format!("{callers} callers, {attempts} attempts, {generations} tokens, next {reach} boundaries; {}", things.join(", "))
}
