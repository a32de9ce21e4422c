//! Each invariant can be broken: one thing in a good step is changed, and the oracle names it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod life;

use std::collections::BTreeMap;

use evertoken::{Code, Error, Event, Instant, Output, Snapshot, Step, Verdict, io::SurfaceReason, trace::Alias};
use evertoken_oracle::Oracle;
use life::Life;

#[test]
fn every_invariant_is_broken_by_a_change_of_one_thing_in_a_good_step() {
    let mut broken: BTreeMap<&str, (String, String)> = BTreeMap::new();
    let mut unnoticed = Vec::new();
    for seed in 0..60 {
        let mut life = Life::new(seed);
        life.closes = seed % 10 == 0;
        for _ in 0..400 {
            let before = life.oracle.clone();
            let (now, input, step) = life.take_step();
            for (change, wrong) in changes(&before, &step) {
                match before.clone().observe(now, &input, &wrong) {
                    Err(violation) => {
                        broken.entry(violation.invariant).or_insert_with(|| (change.to_string(), violation.detail));
                    }
                    Ok(()) => unnoticed.push(format!("{change}: {input:?} {wrong:?}")),
                }
            }
        }
    }
    for (name, (change, _)) in &broken {
        println!("{name}: {change}");
    }
    let idle: Vec<_> =
        Oracle::<Alias>::INVARIANTS.iter().map(|invariant| invariant.name).filter(|name| !broken.contains_key(name)).collect();
    assert_eq!(idle, Vec::<&str>::new(), "nothing breaks them");
    assert!(unnoticed.is_empty(), "{} changes are not noticed, such as {}", unnoticed.len(), unnoticed[0]);
}

/// Every change of one thing in a step that makes it wrong.
fn changes(before: &Oracle<Alias>, step: &Step<Alias>) -> Vec<(&'static str, Step<Alias>)> {
    let mut wrong = Vec::new();
    for at in 0..step.outputs.len() {
        let mut less = step.clone();
        less.outputs.remove(at);
        wrong.push(("an output is missing", less));
        for (change, output) in other_outputs(&step.outputs[at]) {
            let mut other = step.clone();
            other.outputs[at] = output;
            wrong.push((change, other));
        }
    }
    for (change, output) in more_outputs(before) {
        let mut more = step.clone();
        more.outputs.push(output);
        wrong.push((change, more));
    }
    wrong.extend(other_verdicts(&step.verdict).into_iter().map(|(change, verdict)| (change, Step { verdict, ..step.clone() })));
    wrong
}

fn other_outputs(output: &Output<Alias>) -> Vec<(&'static str, Output<Alias>)> {
    match output.clone() {
        Output::Start { attempt, fence_at, abort_at } => vec![
            ("an attempt is given up a millisecond later", Output::Start { attempt, fence_at: fence_at.plus(1), abort_at }),
            ("an attempt is aborted a millisecond earlier", Output::Start { attempt, fence_at, abort_at: abort_at.minus(1) }),
            ("an attempt has the number of the next one", Output::Start { attempt: attempt + 1, fence_at, abort_at }),
        ],
        Output::Publish { snapshot, settles } => {
            let mut others: Vec<_> =
                other_snapshots(&snapshot).into_iter().map(|(change, snapshot)| (change, Output::Publish { snapshot, settles })).collect();
            others.push(("one caller more is answered", Output::Publish { snapshot, settles: settles + 1 }));
            others
        }
        Output::Hand { snapshot, settles } => {
            let kept = Snapshot { use_until: snapshot.use_until.plus(3_600_000), ..snapshot.clone() };
            vec![
                ("a handed token can be kept", Output::Hand { snapshot: kept, settles }),
                ("one caller more is handed a token", Output::Hand { snapshot, settles: settles + 1 }),
            ]
        }
        Output::Retract { generation } => vec![("another generation is retracted", Output::Retract { generation: generation + 1 })],
        Output::Fail { settles, error } => vec![
            ("those who wait fail with another code", Output::Fail { settles, error: with_code(error.clone()) }),
            ("one caller more fails", Output::Fail { settles: settles + 1, error }),
        ],
        Output::WakeAt { until } => vec![("a call is asked for a millisecond later", Output::WakeAt { until: until.plus(1) })],
        Output::Event(Event::Paused { until }) => vec![
            ("a pause is a year longer", Output::Event(Event::Paused { until: until.plus(31_536_000_000) })),
            ("a pause ends when the clock began", Output::Event(Event::Paused { until: Instant { mono: 1, wall: 1 } })),
        ],
        Output::Event(_) => Vec::new(),
    }
}

fn with_code(mut error: Error) -> Error {
    error.code = Code::InvalidOption;
    error
}

fn other_snapshots(snapshot: &Snapshot<Alias>) -> Vec<(&'static str, Snapshot<Alias>)> {
    let Snapshot { ask_at, use_until, .. } = *snapshot;
    vec![
        ("ask_at is after use_until", Snapshot { ask_at: use_until.plus(1), ..snapshot.clone() }),
        ("ask_at is a day earlier", Snapshot { ask_at: ask_at.minus(86_400_000), ..snapshot.clone() }),
        ("use_until is ten years later", Snapshot { use_until: use_until.plus(315_360_000_000), ..snapshot.clone() }),
        ("a revision is older", Snapshot { revision: 0, ..snapshot.clone() }),
        ("a token has another's bytes", Snapshot { token: Alias(123_456), ..snapshot.clone() }),
        ("a lifetime is longer", Snapshot { lifetime_ms: snapshot.lifetime_ms + 1, ..snapshot.clone() }),
    ]
}

fn more_outputs(before: &Oracle<Alias>) -> Vec<(&'static str, Output<Alias>)> {
    let view = before.view();
    let at = Instant { mono: 1 << 40, wall: 1 << 50 };
    let mut more = vec![
        ("a request too many", Output::Start { attempt: view.attempts + 1, fence_at: at, abort_at: at }),
        ("a failure that nobody asked for", Output::Fail { settles: 1, error: Code::ServerError.into() }),
        ("a wake-up that nobody needs", Output::WakeAt { until: at }),
        ("an event that did not happen", Output::Event(Event::Expired { generation: 1 })),
    ];
    more.extend(view.token.map(|(_, generation)| ("a token is taken away", Output::Retract { generation })));
    more
}

fn other_verdicts(verdict: &Verdict<Alias>) -> Vec<(&'static str, Verdict<Alias>)> {
    let wait = |ms: u64| Verdict::Wait { ticket: 1, until_mono: ms };
    match verdict.clone() {
        Verdict::Use(snapshot) => vec![
            ("a caller fails", Verdict::Fail(Code::Deadline.into())),
            ("a caller waits without an end", wait(u64::MAX)),
            ("a caller waits for a moment", Verdict::Wait { ticket: 1, until_mono: snapshot.issued_at.mono }),
            ("a caller is told to retry", Verdict::RetryWith(snapshot)),
        ],
        Verdict::Wait { ticket, until_mono } => vec![
            ("a caller waits a millisecond longer", Verdict::Wait { ticket, until_mono: until_mono + 1 }),
            ("a caller waits a millisecond less", Verdict::Wait { ticket, until_mono: until_mono - 1 }),
            ("a caller has another's ticket", Verdict::Wait { ticket: ticket + 1, until_mono }),
            ("a caller that may wait fails", Verdict::Fail(Code::Deadline.into())),
        ],
        Verdict::RetryWith(snapshot) => vec![
            ("a rejected caller uses a token that it should retry with", Verdict::Use(snapshot)),
            ("a rejected caller gets the API's answer", Verdict::Surface(SurfaceReason::AlreadyRetried)),
        ],
        Verdict::RetryAfter { ms } => vec![("a rejected caller retries later", Verdict::RetryAfter { ms: ms + 1 })],
        Verdict::Surface(reason) => {
            let other = if reason == SurfaceReason::Paused { SurfaceReason::TooSoon } else { SurfaceReason::Paused };
            vec![("another reason", Verdict::Surface(other)), ("a rejected caller is told that all is done", Verdict::Done)]
        }
        Verdict::Fail(error) => vec![("another code", Verdict::Fail(with_code(error))), ("a failure is none", Verdict::Done)],
        Verdict::Done => vec![
            ("what makes sense is misuse", Verdict::Fail(Code::Misuse.into())),
            ("who wants nothing waits", wait(u64::MAX)),
            ("who was not rejected gets an answer", Verdict::Surface(SurfaceReason::Paused)),
        ],
    }
}
