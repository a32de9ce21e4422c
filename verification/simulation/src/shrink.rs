//! Makes a failing plan small: steps go first, then values.

use crate::{
    life,
    plan::{Behaviour, Fate, Plan, Step},
};

/// How many runs a shrinking may take.
const RUNS: usize = 4_000;

/// Returns the smallest plan that was found whose run still breaks the invariant.
#[must_use]
pub fn shrink(plan: &Plan, invariant: &str) -> Plan {
    shrink_with(plan, &|plan: &Plan| {
        life::run(plan, false).is_ok_and(|outcome| outcome.violations.iter().any(|violation| violation.invariant == invariant))
    })
}

/// As [`shrink`], for whatever `fails` says of a plan.
#[must_use]
pub fn shrink_with(plan: &Plan, fails: &dyn Fn(&Plan) -> bool) -> Plan {
    let mut search = Search { best: plan.clone(), runs: 0, fails };
    loop {
        let before = search.best.clone();
        search.fewer_steps();
        search.smaller_values();
        if search.best == before || search.runs >= RUNS {
            return search.best;
        }
    }
}

struct Search<'a> {
    best: Plan,
    runs: usize,
    fails: &'a dyn Fn(&Plan) -> bool,
}

impl Search<'_> {
    fn takes(&mut self, plan: Plan) -> bool {
        if self.runs >= RUNS || plan == self.best {
            return false;
        }
        self.runs += 1;
        let fails = (self.fails)(&plan);
        if fails {
            self.best = plan;
        }
        fails
    }

    /// Leaves out ever smaller runs of steps (delta debugging).
    fn fewer_steps(&mut self) {
        let mut size = self.best.steps.len().div_ceil(2);
        while size > 0 {
            let mut at = self.best.steps.len();
            while at > 0 {
                at = at.saturating_sub(size);
                let mut plan = self.best.clone();
                let end = (at + size).min(plan.steps.len());
                plan.steps.drain(at.min(end)..end);
                self.takes(plan);
            }
            size /= 2;
        }
        // Two waits that follow each other are one.
        let mut at = 0;
        while at + 1 < self.best.steps.len() {
            if let (Step::Advance { ms: first }, Step::Advance { ms: second }) = (&self.best.steps[at], &self.best.steps[at + 1]) {
                let both = Step::Advance { ms: first + second };
                let mut plan = self.best.clone();
                plan.steps.splice(at..at + 2, [both]);
                if self.takes(plan) {
                    continue;
                }
            }
            at += 1;
        }
    }

    fn smaller_values(&mut self) {
        for at in 0..self.best.steps.len() {
            for simpler in simpler(&self.best.steps[at]) {
                let mut plan = self.best.clone();
                plan.steps[at] = simpler;
                self.takes(plan);
            }
            self.shorter_wait(at);
        }
    }

    /// Finds the shortest wait by halving.
    fn shorter_wait(&mut self, at: usize) {
        let Step::Advance { ms } = self.best.steps[at] else { return };
        let (mut low, mut high) = (0, ms);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut plan = self.best.clone();
            plan.steps[at] = Step::Advance { ms: middle };
            if self.takes(plan) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
    }
}

/// Returns simpler forms of a step, the simplest first.
fn simpler(step: &Step) -> Vec<Step> {
    match step {
        Step::Headers { call, .. } => vec![
            Step::Headers { call: *call, min_valid_ms: 0, patience_ms: None },
            Step::Headers { call: *call, min_valid_ms: 0, patience_ms: Some(0) },
        ],
        Step::Request { call, .. } => vec![
            Step::Headers { call: *call, min_valid_ms: 0, patience_ms: None },
            Step::Request { call: *call, patience_ms: None, replayable: true, replica: 0 },
        ],
        Step::Answers { next } => {
            let mut all = Vec::new();
            for at in 0..next.len() {
                let mut fewer = next.clone();
                fewer.remove(at);
                all.push(Step::Answers { next: fewer });
                for behaviour in [Behaviour::of(next[at].fate), Behaviour { fate: Fate::Works, ..next[at] }] {
                    let mut easier = next.clone();
                    easier[at] = behaviour;
                    all.push(Step::Answers { next: easier });
                }
            }
            all
        }
        Step::Always { behaviour } => vec![Step::Always { behaviour: Behaviour::of(behaviour.fate) }],
        Step::Revoke { all: true } => vec![Step::Revoke { all: false }],
        Step::Stray { times } if *times > 1 => vec![Step::Stray { times: 1 }],
        _ => Vec::new(),
    }
}
