//! What a host may decide by itself, and how rarely it must ask.

use evertoken::{Code, Freshness, Outcome, Output, Verdict, trace::Alias};

use crate::bench::{Bench, HOUR, MINUTE, SECOND, used, waits};

fn times(bench: &Bench) -> (u64, u64) {
    let snapshot = bench.snapshot();
    (Bench::since(snapshot.ask_at), Bench::since(snapshot.use_until))
}

#[test]
fn while_an_attempt_runs_a_host_asks_again_at_its_deadline() {
    let mut bench = Bench::holding(HOUR);
    assert_eq!((times(&bench), bench.snapshot().revision), ((45 * MINUTE, 59 * MINUTE), 1));
    used(bench.go_to(46 * MINUTE).want());
    assert_eq!((times(&bench), bench.snapshot().revision), ((46 * MINUTE + 10_000, 59 * MINUTE), 2));
    used(bench.advance(5_000).want());
    assert_eq!(bench.publish(), None);
}

#[test]
fn the_hard_zone_is_the_latest_time_to_ask_while_an_attempt_runs() {
    let mut bench = Bench::holding(10 * SECOND);
    used(bench.go_to(7_600).want());
    assert_eq!(times(&bench), (9_000, 9_000));
}

#[test]
fn during_a_pause_a_host_asks_at_its_end_and_uses_the_token_to_its_own_end() {
    for (code, retry_after, ask_at) in [
        (Code::ServerError, None, 46 * MINUTE + 2_500),
        (Code::CredentialsRejected, None, 46 * MINUTE + 5_000),
        (Code::Throttled, Some(5 * MINUTE), 51 * MINUTE),
        (Code::Throttled, Some(14 * MINUTE - 1), HOUR - 1),
        (Code::Throttled, Some(14 * MINUTE), HOUR),
        (Code::Throttled, Some(14 * MINUTE + 1), HOUR),
        (Code::Throttled, Some(40 * MINUTE), HOUR),
    ] {
        let mut bench = Bench::holding(HOUR);
        used(bench.go_to(46 * MINUTE).want());
        bench.finish_err(code, retry_after);
        assert_eq!(times(&bench), (ask_at, HOUR), "{code} {retry_after:?}");
        assert_eq!(bench.snapshot().freshness(Bench::at(ask_at - 1), 0), Freshness::Fresh);
    }
}

#[test]
fn after_a_pause_the_promise_ends_with_the_hard_zone_again() {
    let mut bench = Bench::holding(HOUR);
    used(bench.go_to(46 * MINUTE).want());
    bench.finish_err(Code::ServerError, None);
    let until = bench.paused_until();
    used(bench.go_to(until).want());
    assert_eq!((times(&bench), bench.snapshot().revision), ((until + 10_000, 59 * MINUTE), 4));
}

#[test]
fn a_new_token_is_a_new_generation_with_its_first_revision() {
    let mut bench = Bench::holding(HOUR);
    used(bench.go_to(46 * MINUTE).want());
    bench.finish_ok(HOUR);
    let snapshot = bench.snapshot();
    assert_eq!((snapshot.generation, snapshot.revision), (2, 1));
    assert!(snapshot.is_newer_than(1, 99) && !snapshot.is_newer_than(2, 1) && snapshot.is_newer_than(2, 0));
}

#[test]
fn what_a_verdict_carries_is_what_was_published() {
    let mut bench = Bench::holding(HOUR);
    for at in [0, 45 * MINUTE, 46 * MINUTE, 58 * MINUTE, HOUR - 1] {
        let snapshot = used(bench.go_to(at).want_again(SECOND));
        assert_eq!(snapshot, bench.snapshot(), "at {at}");
    }
}

/// How a token endpoint fails for an hour: what it answers and after how long.
type Outage = fn() -> Option<(u64, Outcome<Alias>)>;

const OUTAGES: [(&str, Outage); 4] = [
    ("503", || Some((50, Outcome::Failed { error: Code::ServerError.into(), retry_after_ms: None }))),
    ("hang", || None),
    ("429", || Some((50, Outcome::Failed { error: Code::Throttled.into(), retry_after_ms: Some(120 * SECOND) }))),
    ("terminal", || Some((50, Outcome::Failed { error: Code::CredentialsRejected.into(), retry_after_ms: None }))),
];

/// A host that fires its timer and answers its attempts, moved to the next time that matters but not past `until`.
struct Life {
    bench: Bench,
    outage: Outage,
    due: Option<(u64, u64, Outcome<Alias>)>,
}

impl Life {
    /// Arranges for the answer of an attempt that was just started.
    fn note_start(&mut self) {
        if let Some(started) = self.bench.started() {
            self.due = (self.outage)().map(|(after, outcome)| (self.bench.time() + after, started.attempt, outcome));
        }
    }

    fn pass(&mut self, until: u64) {
        loop {
            let answer_at = self.due.as_ref().map(|due| due.0);
            let wake_at = self.bench.wake_at.map(Bench::since);
            let next = [answer_at, wake_at].into_iter().flatten().min().filter(|next| *next <= until);
            let Some(next) = next else { break };
            self.bench.go_to(next.max(self.bench.time()));
            if answer_at == Some(next) {
                let Some((_, attempt, outcome)) = self.due.take() else { break };
                let _ = self.bench.finish(attempt, outcome);
            } else {
                self.bench.wake_at = None;
                let _ = self.bench.tick();
            }
            self.note_start();
        }
        self.bench.go_to(until);
    }
}

#[test]
fn an_outage_costs_the_host_one_call_per_attempt_and_no_caller_notices() {
    for (name, outage) in OUTAGES {
        let mut life = Life { bench: Bench::holding(24 * HOUR), outage, due: None };
        let (mut calls, mut asks) = (0, 0);
        // Ten requests a second for the hour before the hard zone.
        for at in (23 * HOUR - MINUTE..24 * HOUR - MINUTE).step_by(100) {
            life.pass(at);
            life.bench.outputs.clear();
            let (token, asked) = life.bench.call();
            assert!(token.is_some(), "{name}: not served at {at}");
            calls += 1;
            asks += usize::from(asked);
            life.note_start();
        }
        let attempts = life.bench.starts.len() - 1;
        assert_eq!(calls, 36_000);
        assert!(attempts > 5, "{name}: {attempts}");
        assert_eq!(asks, attempts, "{name}");
    }
}

#[test]
fn an_outage_until_the_tokens_end_serves_every_caller_within_the_short_wait() {
    for (name, outage) in OUTAGES {
        for lifetime in [10 * SECOND, MINUTE, 30 * MINUTE] {
            let mut life = Life { bench: Bench::holding(lifetime), outage, due: None };
            for at in (lifetime / 2..lifetime).step_by(10) {
                life.pass(at);
                life.bench.outputs.clear();
                let fresh = life.bench.snapshot().freshness(life.bench.now(), 0);
                if fresh == Freshness::Ask {
                    match life.bench.want() {
                        Verdict::Use(_) => {}
                        Verdict::Wait { until_mono, .. } => {
                            assert!(until_mono - life.bench.mono <= (lifetime / 40).min(2_000), "{name} {lifetime}");
                        }
                        other => panic!("{name} {lifetime}: {other:?}"),
                    }
                } else {
                    assert!(life.bench.call().0.is_some());
                }
                life.note_start();
            }
        }
    }
}

/// Five callers during an outage of an hour: each calls every second and waits where it is told to.
fn requests_in_an_outage(lifetime: u64, begins_at: u64, outage: Outage) -> usize {
    let mut life = Life { bench: Bench::holding(lifetime), outage, due: None };
    life.bench.entropy = begins_at;
    let mut free_at = [0_u64, 200, 400, 600, 800];
    let mut waiting: [Option<(u64, u64)>; 5] = [None; 5];
    for at in (begins_at..begins_at + HOUR).step_by(100) {
        life.bench.entropy = life.bench.entropy.wrapping_add(0x1234_5678_9abc_def1);
        life.pass(at);
        for caller in 0..5 {
            let again = match waiting[caller] {
                Some((ticket, _)) if life.bench.answer(ticket).is_some() => {
                    waiting[caller] = None;
                    free_at[caller] = at + SECOND;
                    continue;
                }
                Some((_, until)) if until <= at => true,
                Some(_) => continue,
                None => false,
            };
            if !again && free_at[caller] > at - begins_at && free_at[caller] > at {
                continue;
            }
            waiting[caller] = None;
            life.bench.outputs.clear();
            let verdict = if again {
                life.bench.want_again(13 * SECOND)
            } else if let Some(Freshness::Fresh) = life.bench.published.as_ref().map(|held| held.freshness(life.bench.now(), 0)) {
                Verdict::Done
            } else {
                life.bench.want()
            };
            life.note_start();
            match verdict {
                Verdict::Wait { ticket, until_mono } => waiting[caller] = Some((ticket, until_mono - crate::bench::MONO)),
                _ => free_at[caller] = at + SECOND,
            }
        }
    }
    life.bench.starts.len() - 1
}

#[test]
fn an_hour_of_outage_costs_about_as_many_requests_as_ever() {
    // Mean over where in the token's life it begins; the numbers are those that the policy was chosen for.
    for (lifetime, expected) in [(MINUTE, [320, 171, 30, 17]), (30 * MINUTE, [220, 121, 23, 14])] {
        for ((name, outage), expected) in OUTAGES.into_iter().zip(expected) {
            let total: usize = (0..4).map(|quarter| requests_in_an_outage(lifetime, lifetime * quarter / 4 + 1, outage)).sum();
            let mean = total / 4;
            assert!(mean.abs_diff(expected) * 100 <= expected * 15 + 100, "{name} at {lifetime}: {mean} requests, {expected} expected");
        }
    }
}

#[test]
fn a_retracted_snapshot_comes_back_as_a_higher_revision() {
    let mut bench = Bench::holding(HOUR);
    waits(bench.go_to(30 * MINUTE).rejected(1));
    assert_eq!(bench.retracted(), Some(1));
    let _ = bench.go_to(30 * MINUTE + 2_000).tick();
    let (snapshot, settles) = bench.publish().unwrap();
    assert_eq!((snapshot.generation, snapshot.revision, settles), (1, 2, 0));
}

#[test]
fn nothing_is_published_while_nothing_changes() {
    let mut bench = Bench::holding(HOUR);
    for at in (0..45 * MINUTE).step_by(10_000) {
        used(bench.go_to(at).want());
        assert!(bench.outputs.iter().all(|output| matches!(output, Output::Event(_))), "{:?}", bench.outputs);
    }
}
