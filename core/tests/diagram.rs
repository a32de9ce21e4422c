//! The state diagram in `docs/machine.md` shows exactly what the machine does: its changes of state are explored and
//! compared with the diagram's lines, in both directions. `UPDATE=1 cargo test --test diagram` rewrites the diagram.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fmt::Write as _,
    path::PathBuf,
    sync::OnceLock,
};

use evertoken::{
    Adopted, Code, Input, Instant, Machine, Now, Outcome, Policy, Reset, Verdict,
    machine::{Explanation, FlightView},
    trace::Alias,
};

const LIFETIME_MS: u64 = 60_000;
const RETRY_AFTER_MS: u64 = 30_000;
const GRACE_MS: u64 = 6_000;

/// How many machines that look alike are followed.
const ALIKE: usize = 16;

/// From, input, to; an input that changes neither half of the state is not drawn.
type Edge = (&'static str, &'static str, &'static str);

const STATES: [(&str, &str); 6] = [
    ("none_idle", "no token, idle"),
    ("none_in_flight", "no token, in flight"),
    ("none_paused", "no token, paused"),
    ("token_idle", "token, idle"),
    ("token_in_flight", "token, in flight"),
    ("token_paused", "token, paused"),
];

#[test]
fn the_diagram_shows_exactly_what_the_machine_does() {
    let found = explore();
    let drawn = block(found);
    let page_path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/machine.md");
    let page = std::fs::read_to_string(&page_path).unwrap();
    let (before, rest) = page.split_once("```mermaid\n").expect("docs/machine.md has no diagram");
    let (diagram, after) = rest.split_once("```\n").expect("the diagram has no end");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&page_path, format!("{before}```mermaid\n{drawn}```\n{after}")).unwrap();
        return;
    }
    let shown = edges_of(diagram);
    let missing: Vec<_> = found.iter().map(owned).filter(|edge| !shown.contains(edge)).collect();
    let untrue: Vec<_> = shown.iter().filter(|edge| !found.iter().map(owned).any(|found| found == **edge)).collect();
    assert!(
        missing.is_empty() && untrue.is_empty(),
        "not in the diagram: {missing:#?}\nin the diagram, but the machine does not do it: {untrue:#?}\nUPDATE=1 rewrites it"
    );
}

#[test]
fn a_line_that_is_missing_or_untrue_is_noticed() {
    let found = explore();
    let shown = edges_of(&block(found));
    assert_eq!(shown, found.iter().map(owned).collect());
    let line = ("token_idle".to_string(), "failed".to_string(), "none_idle".to_string());
    assert!(!shown.contains(&line));
}

fn owned(edge: &Edge) -> (String, String, String) {
    (edge.0.to_string(), edge.1.to_string(), edge.2.to_string())
}

/// Writes the diagram, one line for each pair of states.
fn block(edges: &BTreeSet<Edge>) -> String {
    let mut lines: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
    let place = |name| STATES.iter().position(|state| state.0 == name).unwrap();
    for (from, input, to) in edges {
        lines.entry((place(*from), place(*to))).or_default().push(input);
    }
    let mut text = "stateDiagram-v2\n".to_string();
    for (name, title) in STATES {
        writeln!(text, "    state \"{title}\" as {name}").unwrap();
    }
    writeln!(text, "    [*] --> none_idle").unwrap();
    for ((from, to), inputs) in lines {
        writeln!(text, "    {} --> {}: {}", STATES[from].0, STATES[to].0, inputs.join(", ")).unwrap();
    }
    text
}

/// Reads the lines of a diagram.
fn edges_of(diagram: &str) -> BTreeSet<(String, String, String)> {
    let mut edges = BTreeSet::new();
    for line in diagram.lines() {
        let Some((states, inputs)) = line.split_once(": ") else { continue };
        let (from, to) = states.trim().split_once(" --> ").unwrap();
        for input in inputs.split(", ") {
            assert!(edges.insert((from.to_string(), input.to_string(), to.to_string())), "drawn twice: {line}");
        }
    }
    edges
}

/// A machine at a time.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    machine: Machine<Alias>,
    at: Instant,
}

impl Place {
    fn start() -> Self {
        Self { machine: Machine::new(Policy::default()).unwrap(), at: Instant { mono: 1_000_000, wall: 1_800_000_000_000 } }
    }

    fn now(&self) -> Now {
        Now { mono: self.at.mono, wall: self.at.wall, entropy: 7 }
    }

    fn explain(&self) -> Explanation {
        self.machine.explain(self.now())
    }

    fn state(&self) -> &'static str {
        let view = self.explain();
        match (view.token.is_some(), view.flight) {
            (false, FlightView::Idle) => "none_idle",
            (false, FlightView::InFlight { .. }) => "none_in_flight",
            (false, FlightView::Paused { .. }) => "none_paused",
            (true, FlightView::Idle) => "token_idle",
            (true, FlightView::InFlight { .. }) => "token_in_flight",
            (true, FlightView::Paused { .. }) => "token_paused",
            _ => unreachable!("a state that the diagram does not know"),
        }
    }

    /// What two machines have in common that are not both worth following for long: what shows, and where a rejection, a
    /// late answer and the user's wish would lead.
    fn look(&self) -> String {
        let view = self.explain();
        let zone = view.token.as_ref().map(|token| token.zone);
        let flight = match view.flight {
            FlightView::InFlight { running, .. } => format!("{running}"),
            FlightView::Paused { why, .. } => why.to_string(),
            _ => "idle".to_string(),
        };
        let leads_to =
            |name| self.inputs().into_iter().filter(move |(input, _)| *input == name).map(|(_, input)| self.then(input).0.state());
        let hidden: Vec<_> = ["rejected", "granted late", "retry"].into_iter().flat_map(leads_to).collect();
        format!("{zone:?} {flight} {} {hidden:?}", view.waiting > 0)
    }

    fn then(&self, input: Input<Alias>) -> (Self, Verdict<Alias>) {
        let mut next = self.clone();
        let verdict = next.machine.handle(self.now(), input).verdict;
        (next, verdict)
    }

    /// The times at which something happens by itself, and a moment in between.
    fn times(&self) -> Vec<Instant> {
        let view = self.explain();
        let mut times: Vec<_> = self.flight_until().into_iter().collect();
        if let Some(token) = view.token {
            // Its zones, and the end of the time in which a rejection is put down to a replica that lags.
            times.extend([token.refresh_at, token.hard_at, token.expires_at, token.issued_at.plus(GRACE_MS)]);
        }
        times.retain(|time| !time.is_over(self.at));
        let first = times.into_iter().min_by_key(|time| time.mono);
        let moment = self.at.plus(1_000);
        first.into_iter().chain(first.is_none_or(|first| moment.mono < first.mono).then_some(moment)).collect()
    }

    fn flight_until(&self) -> Option<Instant> {
        match self.explain().flight {
            FlightView::InFlight { until, .. } | FlightView::Paused { until, .. } => Some(until),
            _ => None,
        }
    }

    /// Whether the token and the flight both change at this time: in the diagram such a step is drawn as two.
    fn is_double(&self, at: Instant) -> bool {
        let token_ends = self.explain().token.is_some_and(|token| token.expires_at.is_over(at));
        token_ends && self.flight_until().is_some_and(|until| until.is_over(at))
    }

    fn inputs(&self) -> Vec<(&'static str, Input<Alias>)> {
        let view = self.explain();
        let fresh = Alias(u32::try_from(view.generations * 100 + view.attempts + 1).unwrap());
        let want = |min_valid_ms, patience_ms, waited| Input::Want { min_valid_ms, patience_ms, waited };
        let granted = |token, lifetime_ms| Outcome::Granted { token, lifetime_ms };
        let failed = |code: Code, retry_after_ms| Outcome::Failed { error: code.into(), retry_after_ms };
        let mut inputs = vec![
            ("want", want(0, 15_000, false)),
            ("want", want(0, 300, false)),
            ("want", want(0, 0, true)),
            ("want with min_valid", want(40_000, 15_000, false)),
            ("keep fresh", Input::Tick { keep_fresh: true }),
            (
                "adopt",
                Input::Adopt {
                    token: Adopted {
                        token: fresh,
                        issued_at_wall: self.at.wall,
                        lifetime_ms: 2 * LIFETIME_MS,
                        remaining_ms: 2 * LIFETIME_MS,
                    },
                },
            ),
            ("credentials changed", Input::CredentialsChanged { drop_token: false }),
            ("credentials changed and token dropped", Input::CredentialsChanged { drop_token: true }),
            ("retry", Input::Retry),
            ("fork", Input::Reset(Reset::Fork)),
            ("logout", Input::Reset(Reset::Logout)),
            ("close", Input::Reset(Reset::Close)),
        ];
        if view.generations > 0 {
            let generation = view.token.as_ref().map_or(view.generations, |token| token.generation);
            inputs.push(("rejected", Input::Rejected { generation, replayable: true, retried: false, patience_ms: 15_000 }));
            inputs.push(("invalidate", Input::Invalidate { generation }));
        }
        if let FlightView::InFlight { running: true, .. } = view.flight {
            let attempt = view.attempts;
            inputs.extend([
                ("granted", Input::Finished { attempt, outcome: granted(fresh, LIFETIME_MS) }),
                ("granted without a life", Input::Finished { attempt, outcome: granted(fresh, 0) }),
                ("failed", Input::Finished { attempt, outcome: failed(Code::ServerError, None) }),
                ("failed", Input::Finished { attempt, outcome: failed(Code::Throttled, Some(RETRY_AFTER_MS)) }),
                ("failed", Input::Finished { attempt, outcome: failed(Code::CredentialsRejected, None) }),
                ("abandoned", Input::Abandoned { attempt }),
            ]);
            if let Some(snapshot) = self.machine.snapshot() {
                inputs.push(("granted again", Input::Finished { attempt, outcome: granted(snapshot.token, LIFETIME_MS) }));
            }
        }
        for attempt in view.attempts.saturating_sub(2)..view.attempts {
            inputs.push(("granted late", Input::Finished { attempt, outcome: granted(fresh, LIFETIME_MS) }));
        }
        inputs
    }

    /// Everything that can happen next.
    fn next(&self) -> Vec<(&'static str, Self)> {
        let mut next = Vec::new();
        for (name, input) in self.inputs() {
            let (place, verdict) = self.then(input);
            let misuse = matches!(&verdict, Verdict::Fail(error) if error.code == Code::Misuse);
            if !misuse {
                next.push((name, place));
            }
        }
        for at in self.times() {
            let later = Self { machine: self.machine.clone(), at };
            let name = if self.is_double(at) { "" } else { "time" };
            next.push((name, later.then(Input::Tick { keep_fresh: false }).0));
        }
        next
    }
}

/// Follows the machine breadth first, a bounded number of machines of each look, and notes its changes of state.
fn explore() -> &'static BTreeSet<Edge> {
    static EDGES: OnceLock<BTreeSet<Edge>> = OnceLock::new();
    EDGES.get_or_init(follow)
}

fn follow() -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut looks: HashMap<String, usize> = HashMap::new();
    let mut queue = VecDeque::from([Place::start()]);
    while let Some(place) = queue.pop_front() {
        let from = place.state();
        for (input, next) in place.next() {
            let to = next.state();
            if from != to && !input.is_empty() {
                edges.insert((from, input, to));
            }
            let alike = looks.entry(next.look()).or_default();
            if *alike < ALIKE && input != "close" && seen.insert(next.clone()) {
                *alike += 1;
                queue.push_back(next);
            }
        }
    }
    edges
}
