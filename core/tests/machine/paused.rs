//! Calls that come during a pause while no token is held.

use evertoken::{Code, Error, Policy};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, fails, waits};

/// A bench without a token whose flight has failed at time 0.
fn paused(code: Code, retry_after: Option<u64>) -> Bench {
    let mut bench = Bench::new();
    waits(bench.want_patiently(1));
    bench.finish_err(code, retry_after);
    if bench.state() == "no token, in flight" {
        // Nobody waits any more when the next attempt is due: the pause begins then.
        let _ = bench.go_to(500).tick();
    }
    assert_eq!(bench.state(), "no token, paused");
    bench
}

#[test]
fn after_a_terminal_failure_everybody_is_told_at_once_and_when_it_is_tried_again() {
    for code in [Code::CredentialsRejected, Code::AccountRefused, Code::RequestRefused] {
        let mut bench = paused(code, None);
        for at in [0, 1, 4_999] {
            bench.go_to(at);
            for patience in [0, 15 * SECOND, HOUR] {
                assert_eq!(fails(bench.want_patiently(patience)), Error::new(code).with_retry_at(Bench::at(5_000)));
                bench.expect_no_start();
            }
        }
        waits(bench.go_to(5_000).want());
        bench.expect_start();
    }
}

#[test]
fn a_caller_waits_out_a_pause_that_ends_a_second_inside_its_patience_or_more() {
    // The pause ends at 1.5 s or at 20.
    for (retry_after, end) in [(None, 1_500), (Some(20 * SECOND), 20_000)] {
        let mut bench = paused(Code::ServerError, retry_after);
        for at in [500, 501, end - 1] {
            bench.go_to(at);
            let left = end - at;
            for patience in [0, left, left + 999] {
                let error = fails(bench.clone().want_patiently(patience));
                assert_eq!(error, Error::new(Code::ServerError).with_retry_at(Bench::at(end)), "{patience} at {at}");
            }
            for patience in [left + 1_000, left + 1_001, left + HOUR] {
                let (_, until) = waits(bench.clone().want_patiently(patience));
                assert_eq!(until, at + patience);
            }
        }
    }
}

#[test]
fn the_nearer_clock_says_how_long_a_pause_lasts() {
    for clock in CLOCKS {
        let mut bench = paused(Code::ServerError, Some(20 * SECOND));
        bench.go_to_by(clock, 15 * SECOND);
        fails(bench.clone().want_patiently(5_999));
        waits(bench.want_patiently(6_000));
    }
}

#[test]
fn who_waits_out_a_pause_gets_the_token_of_the_next_attempt() {
    for clock in CLOCKS {
        let mut bench = paused(Code::Throttled, Some(5 * SECOND));
        let (ticket, _) = waits(bench.go_to_by(clock, 100).want_patiently(MINUTE));
        bench.expect_no_start();
        let _ = bench.go_to_by(clock, 4_999).tick();
        bench.expect_no_start();
        let _ = bench.go_to_by(clock, 5_000).tick();
        bench.expect_start();
        let token = bench.finish_ok(HOUR);
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == token));
    }
}

#[test]
fn who_waits_out_a_pause_learns_of_the_next_failure() {
    let mut bench = paused(Code::ServerError, None);
    let (ticket, _) = waits(bench.want());
    let _ = bench.go_to(1_500).tick();
    bench.finish_err(Code::CredentialsRejected, None);
    assert_eq!(bench.answer(ticket), Some(&Answer::Failed(Error::new(Code::CredentialsRejected).with_retry_at(Bench::at(6_500)))));
}

#[test]
fn without_anybody_who_waits_nothing_starts_at_the_pauses_end() {
    let mut bench = paused(Code::ServerError, None);
    for at in [1_500, 1_501, HOUR] {
        let _ = bench.go_to(at).tick();
        bench.expect_no_start();
    }
    assert_eq!(bench.state(), "no token, idle");
    waits(bench.want());
    bench.expect_start();
}

#[test]
fn a_pause_that_began_while_the_token_was_good_keeps_its_reason() {
    let mut bench = Bench::holding(MINUTE);
    bench.go_to(50 * SECOND);
    let _ = bench.want();
    bench.finish_err(Code::Throttled, Some(40 * SECOND));
    bench.go_to(MINUTE);
    assert_eq!(fails(bench.want()), Error::new(Code::Throttled).with_retry_at(Bench::at(90 * SECOND)));
    waits(bench.want_patiently(31 * SECOND));
}

#[test]
fn the_margin_is_the_policys() {
    let policy = Policy { paused_wait_margin_ms: 0, ..Policy::default() };
    let mut bench = Bench::with(policy);
    waits(bench.want());
    bench.finish_err(Code::Throttled, Some(5 * SECOND));
    fails(bench.clone().want_patiently(4_999));
    waits(bench.want_patiently(5_000));
}
