//! Attempts and their limits, callers and their patience.

use evertoken::{Code, Error, Event, Outcome, Policy, Verdict, trace::Alias};

use crate::bench::{Answer, Bench, Clock, HOUR, MINUTE, SECOND, fails, used, waits};

#[test]
fn an_attempt_is_fenced_after_ten_seconds_and_aborted_after_thirty() {
    let mut bench = Bench::holding(HOUR);
    used(bench.go_to(50 * MINUTE).want());
    let started = bench.expect_start();
    assert_eq!((started.fence_at, started.abort_at), (50 * MINUTE + 10_000, 50 * MINUTE + 30_000));

    let policy = Policy { attempt_deadline_ms: 3_000, attempt_abort_ms: 4_000, ..Policy::default() };
    let mut bench = Bench::with(policy);
    waits(bench.want());
    let started = bench.expect_start();
    assert_eq!((started.fence_at, started.abort_at), (3_000, 4_000));
}

#[test]
fn the_end_of_a_flight_limits_only_attempts_that_callers_without_a_token_wait_for() {
    let policy = Policy { attempt_deadline_ms: 20_000, ..Policy::default() };
    let mut bench = Bench::with(policy);
    bench.fetch(HOUR);
    assert_eq!(bench.starts[0].fence_at, 14_000);
    used(bench.go_to(50 * MINUTE).want());
    assert_eq!(bench.expect_start().fence_at, 50 * MINUTE + 20_000);
}

#[test]
fn a_deadline_passes_on_its_millisecond() {
    for clock in [Clock::Both, Clock::Mono] {
        for (at, failed) in [(9_999, false), (10_000, true), (10_001, true)] {
            for mut bench in [Bench::new(), Bench::holding(HOUR)] {
                let _ = bench.credentials_changed(false);
                waits_or_used(&mut bench);
                let _ = bench.go_to_by(clock, at).tick();
                let found =
                    bench.events().iter().any(|event| matches!(event, Event::Failed { error, .. } if error.code == Code::AttemptDeadline));
                assert_eq!(found, failed, "{clock:?} {at}");
            }
        }
    }
}

fn waits_or_used(bench: &mut Bench) {
    assert!(matches!(bench.want(), Verdict::Wait { .. } | Verdict::Use(_)));
}

#[test]
fn a_thousand_cold_callers_make_one_attempt() {
    let mut bench = Bench::new();
    let tickets: Vec<_> = (0..1_000).map(|_| waits(bench.want()).0).collect();
    assert_eq!(bench.starts.len(), 1);
    let token = bench.advance(200).finish_ok(HOUR);
    for ticket in tickets {
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == token));
    }
    used(bench.want());
    assert_eq!(bench.starts.len(), 1);
}

#[test]
fn a_caller_waits_as_long_as_its_patience_and_no_longer() {
    for patience in [1, 700, 15 * SECOND, HOUR] {
        let mut bench = Bench::new();
        let (ticket, until) = waits(bench.want_patiently(patience));
        assert_eq!(until, patience);
        // Its ticket lapses then, and the attempt goes on for others.
        bench.go_to(until.min(9_000));
        bench.finish_ok(HOUR);
        assert_eq!(bench.answer(ticket).is_some(), patience > 9_000, "{patience}");
    }
}

#[test]
fn without_patience_a_call_starts_an_attempt_and_fails() {
    let mut bench = Bench::new();
    assert_eq!(fails(bench.want_patiently(0)), Error::new(Code::Deadline));
    bench.expect_start();
    assert_eq!(fails(bench.want_patiently(0)), Error::new(Code::Deadline));
    bench.expect_no_start();
    assert_eq!(fails(bench.want_in_passing()), Error::new(Code::Deadline));
    bench.finish_ok(HOUR);
    used(bench.want_patiently(0));
}

#[test]
fn without_patience_a_call_during_a_pause_is_told_its_reason() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.finish_err(Code::CredentialsRejected, None);
    let error = fails(bench.want_patiently(0));
    assert_eq!((error.code, error.retry_at), (Code::CredentialsRejected, Some(Bench::at(5_000))));
}

#[test]
fn a_caller_whose_patience_ran_out_is_told_so() {
    let mut bench = Bench::new();
    let (_, until) = waits(bench.want_patiently(SECOND));
    bench.go_to(until);
    assert_eq!(fails(bench.want_again(0)).code, Code::Deadline);
    bench.expect_no_start();
}

#[test]
fn an_attempt_that_was_never_started_is_misuse_and_changes_nothing() {
    let mut bench = Bench::holding(HOUR);
    let before = bench.machine.clone();
    let granted = Outcome::Granted { token: Alias(7), lifetime_ms: HOUR };
    let failed = Outcome::Failed { error: Code::ServerError.into(), retry_after_ms: None };
    for attempt in [0, 1, 2, u64::MAX] {
        assert_eq!(fails(bench.finish(attempt, granted.clone())).code, Code::Misuse);
        assert_eq!(fails(bench.finish(attempt, failed.clone())).code, Code::Misuse);
        assert_eq!(fails(bench.input(evertoken::Input::Abandoned { attempt })).code, Code::Misuse);
        assert!(bench.outputs.is_empty());
    }
    assert_eq!(bench.machine, before);
}

#[test]
fn an_attempt_that_ended_cannot_end_again() {
    let mut bench = Bench::new();
    waits(bench.want());
    let attempt = bench.attempt();
    bench.finish_ok(HOUR);
    let again = Outcome::Granted { token: Alias(9), lifetime_ms: HOUR };
    assert_eq!(fails(bench.finish(attempt, again)).code, Code::Misuse);
    assert_eq!(bench.snapshot().generation, 1);
}

#[test]
fn an_answer_after_a_pause_began_from_the_deadline_still_serves() {
    let mut bench = Bench::new();
    waits(bench.want());
    let first = bench.attempt();
    // Fenced by its deadline; the second attempt runs.
    let _ = bench.go_to(10_000).tick();
    let (ticket, _) = waits(bench.go_to(10_500).want());
    bench.expect_start();
    let late = Outcome::Granted { token: Alias(50), lifetime_ms: HOUR };
    assert_eq!(bench.go_to(10_600).finish(first, late), Verdict::Done);
    let Some(Answer::Published(snapshot)) = bench.answer(ticket) else { panic!("not answered") };
    assert_eq!((snapshot.token, Bench::since(snapshot.issued_at)), (Alias(50), 0));
    assert!(bench.events().iter().any(|event| matches!(event, Event::Granted { late: true, .. })));
}
