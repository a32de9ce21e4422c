//! Starting over: a fork, a logout, the end.

use evertoken::{Adopted, Code, Event, Input, Outcome, Reset, Verdict, io::SurfaceReason, trace::Alias};

use crate::bench::{Answer, Bench, HOUR, MINUTE, SECOND, fails, used, waits};

fn granted(lifetime_ms: u64) -> Outcome<Alias> {
    Outcome::Granted { token: Alias(90), lifetime_ms }
}

/// A bench that holds a one-hour token and is paused after a refresh that failed at 46 min.
fn paused_with_token(code: Code, retry_after: Option<u64>) -> Bench {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_err(code, retry_after);
    bench
}

// Fork.

#[test]
fn a_fork_keeps_the_token() {
    let mut bench = Bench::holding(HOUR);
    let held = bench.snapshot();
    assert_eq!(bench.reset(Reset::Fork), Verdict::Done);
    assert_eq!(bench.snapshot(), held);
    assert_eq!(used(bench.want()), held);
    bench.expect_no_start();
}

#[test]
fn a_fork_forgets_the_attempt_that_ran_and_the_next_caller_starts_its_own() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.advance(SECOND);
    let _ = bench.reset(Reset::Fork);
    assert_eq!(bench.state(), "token, idle");
    let _ = bench.want_in_passing();
    assert_eq!(bench.expect_start().attempt, 3);
    assert_eq!(bench.finish(2, granted(9 * HOUR)), Verdict::Done);
    assert_eq!(bench.snapshot().generation, 1, "the parent's answer is the parent's");
}

#[test]
fn a_fork_forgets_who_waited() {
    let mut bench = Bench::new();
    waits(bench.want());
    let _ = bench.reset(Reset::Fork);
    assert_eq!(bench.state(), "no token, idle");
    bench.advance(SECOND);
    let _ = bench.tick();
    bench.expect_no_start();
    let (ticket, _) = waits(bench.want());
    bench.expect_start();
    bench.finish_ok(HOUR);
    assert!(bench.answer(ticket).is_some());
}

#[test]
fn a_fork_keeps_pauses() {
    for (code, retry_after) in [(Code::ServerError, None), (Code::CredentialsRejected, None), (Code::Throttled, Some(MINUTE))] {
        let mut bench = paused_with_token(code, retry_after);
        let until = bench.paused_until();
        let _ = bench.reset(Reset::Fork);
        assert_eq!(bench.state(), "token, paused");
        bench.go_to(until - 1);
        let _ = bench.want_in_passing();
        bench.expect_no_start();
        bench.go_to(until);
        let _ = bench.want_in_passing();
        assert!(bench.started().is_some(), "{code}");
    }
}

#[test]
fn a_fork_publishes_a_withheld_token_again() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    assert_eq!(bench.published, None);
    let _ = bench.reset(Reset::Fork);
    assert!(matches!(bench.publish(), Some((snapshot, 0)) if snapshot.generation == 1));
}

#[test]
fn a_fork_allows_a_generation_another_forced_refresh() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    let _ = bench.reset(Reset::Fork);
    bench.advance(SECOND);
    waits(bench.rejected(1));
    bench.expect_start();
}

#[test]
fn a_fork_keeps_the_mark_of_a_token_that_a_forced_refresh_did_not_help() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    bench.finish_err(Code::ServerError, None);
    let _ = bench.reset(Reset::Fork);
    assert_eq!(bench.rejected(1), Verdict::Surface(SurfaceReason::Paused));
}

#[test]
fn a_fork_does_not_forget_that_new_credentials_want_a_refresh() {
    let mut running = Bench::holding(HOUR);
    running.go_to(MINUTE);
    let _ = running.credentials_changed(false);
    let _ = running.reset(Reset::Fork);
    let _ = running.want_in_passing();
    running.expect_start();

    let mut owed = paused_with_token(Code::Throttled, Some(MINUTE));
    let _ = owed.credentials_changed(false);
    let _ = owed.reset(Reset::Fork);
    owed.advance(MINUTE);
    let _ = owed.want_in_passing();
    owed.expect_start();
}

#[test]
fn a_fork_comes_before_the_deadline_of_the_attempt_that_ran() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.advance(10 * SECOND);
    let _ = bench.reset(Reset::Fork);
    assert!(!bench.events().iter().any(|event| matches!(event, Event::Failed { .. })));
    assert_eq!(bench.state(), "token, idle");
}

#[test]
fn the_child_of_a_fork_arms_its_own_timer() {
    let mut bench = Bench::new();
    waits(bench.want());
    let _ = bench.reset(Reset::Fork);
    bench.wake_at = None;
    waits(bench.want());
    assert_eq!(bench.wake_at, Some(bench.now().plus(10 * SECOND)));
}

// Logout.

#[test]
fn a_logout_drops_the_token_and_the_next_caller_fetches_another() {
    let mut bench = Bench::holding(HOUR);
    assert_eq!(bench.reset(Reset::Logout), Verdict::Done);
    assert_eq!((bench.retracted(), bench.published.clone()), (Some(1), None));
    bench.expect_no_start();
    waits(bench.want());
    bench.expect_start();
}

#[test]
fn a_logout_cancels_everybody_who_waits() {
    let mut bench = Bench::new();
    let (first, _) = waits(bench.want());
    let (second, _) = waits(bench.want());
    let _ = bench.reset(Reset::Logout);
    for ticket in [first, second] {
        assert!(matches!(bench.answer(ticket), Some(Answer::Failed(error)) if error.code == Code::Cancelled));
    }
}

#[test]
fn a_logout_fences_the_attempt_that_runs_for_good() {
    let mut bench = Bench::new();
    waits(bench.want());
    let _ = bench.reset(Reset::Logout);
    assert_eq!(bench.finish(1, granted(HOUR)), Verdict::Done);
    assert_eq!(bench.published, None);
    assert_eq!(bench.state(), "no token, idle");
}

#[test]
fn only_retry_after_pauses_outlive_a_logout() {
    for code in [Code::ServerError, Code::CredentialsRejected] {
        let mut bench = paused_with_token(code, None);
        let _ = bench.reset(Reset::Logout);
        waits(bench.want());
        assert!(bench.started().is_some(), "{code}");
    }
    for code in [Code::Throttled, Code::CredentialsRejected] {
        let mut bench = paused_with_token(code, Some(10 * SECOND));
        let end = bench.time() + 10 * SECOND;
        let _ = bench.reset(Reset::Logout);
        waits(bench.want());
        bench.expect_no_start();
        bench.go_to(end - 1);
        let _ = bench.tick();
        bench.expect_no_start();
        bench.go_to(end);
        let _ = bench.tick();
        assert!(bench.started().is_some(), "{code}");
    }
}

#[test]
fn a_logout_comes_before_the_deadline_of_the_attempt_that_ran() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.advance(10 * SECOND);
    let _ = bench.reset(Reset::Logout);
    assert!(!bench.events().iter().any(|event| matches!(event, Event::Failed { .. })));
    assert_eq!(bench.state(), "no token, idle");
}

#[test]
fn a_logout_starts_the_rows_of_failures_and_holds_anew() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    bench.finish_err(Code::CredentialsRejected, None);
    let _ = bench.reset(Reset::Logout);
    let at = bench.time();
    bench.fetch(HOUR);
    bench.go_to(at + 10 * SECOND);
    waits(bench.rejected(2));
    bench.expect_start();
    bench.finish_err(Code::CredentialsRejected, None);
    assert_eq!(bench.paused_until(), at + 15 * SECOND);
}

// Close.

fn every_input() -> Vec<Input<Alias>> {
    let failed = Outcome::Failed { error: Code::ServerError.into(), retry_after_ms: None };
    vec![
        Input::Want { min_valid_ms: 0, patience_ms: 0, waited: false },
        Input::Want { min_valid_ms: 1, patience_ms: 15_000, waited: true },
        Input::Rejected { generation: 1, replayable: true, retried: false, patience_ms: 15_000 },
        Input::Finished { attempt: 1, outcome: granted(HOUR) },
        Input::Finished { attempt: 2, outcome: failed },
        Input::Abandoned { attempt: 2 },
        Input::Invalidate { generation: 1 },
        Input::Adopt { token: Adopted { token: Alias(8), issued_at_wall: u64::MAX / 2, lifetime_ms: HOUR, remaining_ms: HOUR } },
        Input::CredentialsChanged { drop_token: false },
        Input::Retry,
        Input::Tick { keep_fresh: true },
    ]
}

#[test]
fn a_closed_source_drops_its_token_and_fails_everybody_who_waits() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(HOUR - 30 * SECOND);
    let (ticket, _) = waits(bench.want());
    assert_eq!(bench.reset(Reset::Close), Verdict::Done);
    assert_eq!(bench.retracted(), Some(1));
    assert!(matches!(bench.answer(ticket), Some(Answer::Failed(error)) if error.code == Code::Closed));
}

#[test]
fn a_closed_source_answers_every_input_with_closed_and_does_nothing() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    let _ = bench.reset(Reset::Close);
    for input in every_input() {
        bench.advance(SECOND);
        assert_eq!(fails(bench.input(input)).code, Code::Closed);
        assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
    }
}

#[test]
fn closing_twice_is_closing_once_and_nothing_opens_a_source_again() {
    let mut bench = paused_with_token(Code::Throttled, Some(MINUTE));
    for reset in [Reset::Close, Reset::Close, Reset::Fork, Reset::Logout, Reset::Close] {
        assert_eq!(bench.reset(reset), Verdict::Done);
        assert!(bench.outputs.iter().all(|output| matches!(output, evertoken::Output::Event(_) | evertoken::Output::Retract { .. })));
        assert_eq!(fails(bench.want()).code, Code::Closed);
        assert_eq!(bench.state(), "no token, idle");
    }
    bench.advance(HOUR);
    let _ = bench.reset(Reset::Close);
    bench.expect_no_start();
}
