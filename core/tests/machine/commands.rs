//! What a user says: this token is no good, try again now, the credentials are new.

use evertoken::{Code, Event, Outcome, Verdict, trace::Alias};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, fails, used, waits};

/// A bench that holds nothing and is paused after this failure of its first flight.
fn paused_without_token(code: Code, retry_after: Option<u64>) -> Bench {
    let mut bench = Bench::new();
    bench.draw(SECOND);
    let _ = bench.want_patiently(1);
    bench.advance(1);
    bench.finish_err(code, retry_after);
    if bench.state() != "no token, paused" {
        bench.advance(500);
        let _ = bench.tick();
    }
    assert_eq!(bench.state(), "no token, paused");
    bench
}

/// A bench that holds a one-hour token and is paused after a refresh that failed at 46 min.
fn paused_with_token(code: Code, retry_after: Option<u64>) -> Bench {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_err(code, retry_after);
    assert_eq!(bench.state(), "token, paused");
    bench
}

// Invalidate.

#[test]
fn an_invalidated_token_is_dropped_and_retracted() {
    let mut bench = Bench::holding(HOUR);
    assert_eq!(bench.invalidate(1), Verdict::Done);
    assert_eq!((bench.retracted(), bench.state().as_str()), (Some(1), "no token, idle"));
    bench.expect_no_start();
    assert!(bench.events().contains(&Event::Invalidated { generation: 1 }));
    waits(bench.want());
    bench.expect_start();
}

#[test]
fn an_older_or_unknown_generation_is_not_invalidated() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_ok(HOUR);
    for generation in [0, 1, 3, u64::MAX] {
        assert_eq!(bench.invalidate(generation), Verdict::Done);
        assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
    }
}

#[test]
fn an_invalidated_token_is_not_remembered_as_rejected() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    let _ = bench.invalidate(1);
    bench.fetch(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_with(token, HOUR);
    assert_eq!((bench.snapshot().generation, bench.snapshot().token), (3, token));
}

#[test]
fn an_invalidated_token_leaves_the_attempt_that_runs_alone() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    let _ = bench.invalidate(1);
    bench.expect_no_start();
    let (ticket, _) = waits(bench.want());
    bench.finish_ok(HOUR);
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(bench.snapshot())));
}

#[test]
fn an_invalidated_token_that_was_withheld_is_retracted_once() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    let _ = bench.invalidate(1);
    assert_eq!(bench.retracted(), None);
    bench.advance(5 * SECOND);
    let _ = bench.tick();
    assert_eq!(bench.published, None);
}

#[test]
fn invalidating_ends_a_pause_once_its_first_second_is_over() {
    for clock in CLOCKS {
        for (after, ended) in [(0, false), (SECOND - 1, false), (SECOND, true), (SECOND + 1, true)] {
            let mut bench = paused_with_token(Code::ServerError, None);
            bench.go_to_by(clock, 46 * MINUTE + after);
            let _ = bench.invalidate(1);
            assert_eq!(bench.state(), if ended { "no token, idle" } else { "no token, paused" }, "{clock:?} {after}");
        }
    }
}

#[test]
fn a_pause_in_whose_first_second_the_token_is_invalidated_ends_with_that_second() {
    let mut bench = paused_with_token(Code::ServerError, None);
    bench.advance(SECOND / 2);
    let _ = bench.invalidate(1);
    let (ticket, _) = waits(bench.want());
    bench.expect_no_start();
    bench.go_to(46 * MINUTE + SECOND - 1);
    let _ = bench.tick();
    bench.expect_no_start();
    bench.go_to(46 * MINUTE + SECOND);
    let _ = bench.tick();
    bench.expect_start();
    bench.finish_ok(HOUR);
    assert!(bench.answer(ticket).is_some());
}

#[test]
fn invalidating_ends_no_pause_before_its_retry_after() {
    for (after, ended) in [(MINUTE - 1, false), (MINUTE, true)] {
        let mut bench = paused_with_token(Code::Throttled, Some(MINUTE));
        bench.go_to(46 * MINUTE + after);
        let _ = bench.invalidate(1);
        assert_eq!(bench.state(), if ended { "no token, idle" } else { "no token, paused" });
    }
}

#[test]
fn invalidating_ends_no_terminal_pause() {
    let mut bench = paused_with_token(Code::CredentialsRejected, None);
    bench.advance(5 * SECOND - 1);
    let _ = bench.invalidate(1);
    assert_eq!(bench.state(), "no token, paused");
    assert_eq!(fails(bench.want()).code, Code::CredentialsRejected);
}

#[test]
fn invalidating_ends_a_pause_at_most_once_a_second() {
    // Each time a token is held and a pause is on whose own first second is over, thanks to the same token's return.
    for clock in CLOCKS {
        for (apart, ended) in [(SECOND - 1, false), (SECOND, true), (SECOND + 1, true)] {
            let mut bench = paused_with_token(Code::ServerError, Some(0));
            bench.advance(100);
            let first = bench.time();
            let _ = bench.invalidate(1);
            assert_eq!(bench.state(), "no token, idle");
            bench.fetch(HOUR);
            let _ = bench.want_valid(HOUR);
            let _ = bench.rejected_with(2, true, true, 0);
            let _ = bench.credentials_changed(false);
            bench.finish_err(Code::ServerError, Some(0));
            assert_eq!(bench.state(), "token, paused");
            bench.go_to_by(clock, first + apart);
            let _ = bench.invalidate(2);
            assert_eq!(bench.state(), if ended { "no token, idle" } else { "no token, paused" }, "{clock:?} {apart}");
        }
    }
}

#[test]
fn nobody_who_waits_is_forgotten_when_a_token_is_invalidated_as_its_refresh_times_out() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    let (ticket, _) = waits(bench.rejected(1));
    bench.advance(10 * SECOND);
    // The deadline of the forced refresh and the user's word fall together.
    let _ = bench.invalidate(1);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1), "{:?}", bench.outputs);
    assert_eq!((bench.retracted(), bench.published.clone()), (Some(1), None));
}

// Retry.

#[test]
fn retry_ends_a_pause_a_second_after_it_began() {
    for code in [Code::ServerError, Code::CredentialsRejected, Code::RequestRefused, Code::AccountRefused] {
        for clock in CLOCKS {
            let mut bench = paused_without_token(code, None);
            let at = bench.time();
            assert_eq!(bench.retry(), Verdict::Done);
            bench.expect_no_start();
            bench.go_to_by(clock, at + SECOND - 1);
            let _ = bench.tick();
            bench.expect_no_start();
            bench.go_to_by(clock, at + SECOND);
            let _ = bench.tick();
            assert!(bench.started().is_some(), "{code} {clock:?}");
        }
    }
}

#[test]
fn retry_starts_at_once_where_a_pause_is_older_than_a_second() {
    let mut bench = paused_without_token(Code::CredentialsRejected, None);
    bench.advance(SECOND);
    let _ = bench.retry();
    bench.expect_start();
}

#[test]
fn retry_ends_no_pause_before_its_retry_after() {
    let mut bench = paused_without_token(Code::Throttled, Some(MINUTE));
    let at = bench.time();
    bench.advance(30 * SECOND);
    let _ = bench.retry();
    assert_eq!(bench.wake_at, Some(Bench::at(at + MINUTE)), "the host is asked to call then");
    bench.go_to(at + MINUTE - 1);
    let _ = bench.retry();
    bench.expect_no_start();
    bench.go_to(at + MINUTE);
    let _ = bench.tick();
    bench.expect_start();
}

#[test]
fn retry_cuts_a_pause_that_is_longer_than_its_retry_after() {
    let mut bench = paused_without_token(Code::CredentialsRejected, Some(2 * SECOND));
    let at = bench.time();
    assert_eq!(bench.paused_until(), at + 5 * SECOND);
    let _ = bench.retry();
    bench.go_to(at + 2 * SECOND - 1);
    let _ = bench.tick();
    bench.expect_no_start();
    bench.go_to(at + 2 * SECOND);
    let _ = bench.tick();
    bench.expect_start();
}

#[test]
fn retry_ends_a_pause_after_abandoned_attempts_a_second_after_it_began() {
    let mut bench = Bench::new();
    let mut until = 0;
    while until < bench.time() + 3 * SECOND {
        bench.go_to(until.max(bench.time()));
        let _ = bench.want();
        bench.abandon();
        if bench.state() == "no token, paused" {
            until = bench.paused_until();
        }
    }
    let at = bench.time();
    let _ = bench.retry();
    bench.go_to(at + SECOND - 1);
    let _ = bench.tick();
    bench.expect_no_start();
    bench.go_to(at + SECOND);
    let _ = bench.tick();
    bench.expect_start();
}

#[test]
fn retry_does_nothing_with_a_good_token() {
    let mut fresh = Bench::holding(HOUR);
    let mut window = Bench::holding(HOUR);
    window.go_to(50 * MINUTE);
    for bench in [&mut fresh, &mut window] {
        assert_eq!(bench.retry(), Verdict::Done);
        bench.expect_no_start();
    }
}

#[test]
fn retry_refreshes_a_token_that_its_api_keeps_rejecting() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    bench.finish_err(Code::ServerError, None);
    bench.go_to(bench.paused_until());
    let _ = bench.tick();
    bench.expect_no_start();
    let _ = bench.retry();
    bench.expect_start();
}

#[test]
fn retry_while_an_attempt_runs_starts_no_other() {
    let mut bench = Bench::new();
    waits(bench.want());
    let _ = bench.retry();
    bench.expect_no_start();
    bench.finish_err(Code::ServerError, None);
    let _ = bench.retry();
    bench.expect_no_start();
}

#[test]
fn retry_fetches_a_token_where_none_is_held() {
    let mut bench = Bench::new();
    let _ = bench.retry();
    bench.expect_start();
}

#[test]
fn retry_by_everybody_all_the_time_costs_one_request_a_second() {
    let mut bench = paused_without_token(Code::CredentialsRejected, None);
    let before = bench.starts.len();
    for _ in 0..600 {
        bench.advance(100);
        let _ = bench.retry();
        if bench.started().is_some() {
            bench.finish_err(Code::CredentialsRejected, None);
        }
    }
    assert_eq!(bench.starts.len() - before, 60);
}

#[test]
fn retry_in_a_pause_keeps_the_token_and_refreshes_it() {
    let mut bench = paused_with_token(Code::CredentialsRejected, None);
    let _ = bench.retry();
    assert_eq!(Bench::since(bench.snapshot().ask_at), 46 * MINUTE + SECOND);
    bench.advance(SECOND);
    let _ = bench.tick();
    bench.expect_start();
    bench.finish_ok(HOUR);
    assert_eq!(bench.snapshot().generation, 2);
}

// New credentials.

#[test]
fn new_credentials_start_one_refresh_and_the_token_stays_until_it_is_replaced() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    assert_eq!(bench.credentials_changed(false), Verdict::Done);
    bench.expect_start();
    assert_eq!(used(bench.want()).generation, 1);
    bench.expect_no_start();
    bench.finish_ok(HOUR);
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn new_credentials_drop_the_token_where_the_user_says_so() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    let _ = bench.credentials_changed(true);
    bench.expect_start();
    assert_eq!(bench.retracted(), Some(1));
    let (ticket, _) = waits(bench.want());
    bench.finish_ok(HOUR);
    assert!(bench.answer(ticket).is_some());
}

#[test]
fn new_credentials_fence_the_attempt_that_runs_and_its_callers_get_the_next_one_s_token() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.advance(SECOND);
    let _ = bench.credentials_changed(false);
    assert_eq!(bench.expect_start().attempt, 2);
    assert!(bench.is_open(ticket));
    assert_eq!(bench.finish(1, Outcome::Granted { token: Alias(9), lifetime_ms: HOUR }), Verdict::Done);
    assert!(bench.is_open(ticket));
    let token = bench.finish_ok(HOUR);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == token));
}

#[test]
fn new_credentials_end_a_pause_that_is_not_the_server_s_word() {
    for code in [Code::CredentialsRejected, Code::ServerError] {
        let mut bench = paused_without_token(code, None);
        let _ = bench.credentials_changed(false);
        assert!(bench.started().is_some(), "{code}");
        let mut bench = paused_with_token(code, None);
        let _ = bench.credentials_changed(false);
        assert!(bench.started().is_some(), "{code}");
    }
}

#[test]
fn new_credentials_wait_for_the_end_of_a_retry_after() {
    for code in [Code::Throttled, Code::CredentialsRejected] {
        for with_token in [false, true] {
            let mut bench = if with_token { paused_with_token(code, Some(MINUTE)) } else { paused_without_token(code, Some(MINUTE)) };
            let end = bench.time() + MINUTE;
            bench.advance(SECOND);
            let _ = bench.credentials_changed(false);
            bench.expect_no_start();
            assert_eq!(bench.wake_at, Some(Bench::at(end)), "the host is asked to call then");
            bench.go_to(end - 1);
            let _ = bench.tick();
            bench.expect_no_start();
            bench.go_to(end);
            let _ = bench.tick();
            assert!(bench.started().is_some(), "{code} {with_token}");
        }
    }
}

#[test]
fn new_credentials_cut_a_terminal_pause_down_to_its_retry_after() {
    let mut bench = paused_with_token(Code::CredentialsRejected, Some(2 * SECOND));
    let _ = bench.credentials_changed(false);
    bench.expect_no_start();
    bench.advance(2 * SECOND);
    let _ = bench.tick();
    bench.expect_start();
}

#[test]
fn who_comes_in_a_retry_after_with_new_credentials_waits_for_it_if_it_has_the_patience() {
    let mut bench = paused_without_token(Code::CredentialsRejected, Some(10 * SECOND));
    let _ = bench.credentials_changed(false);
    waits(bench.want());
    assert_eq!(fails(bench.want_patiently(5 * SECOND)).retry_at, Some(bench.now().plus(10 * SECOND)));
}

#[test]
fn new_credentials_reset_the_terminal_counter_and_the_one_attempt_rule() {
    let mut bench = paused_without_token(Code::CredentialsRejected, None);
    for _ in 0..4 {
        bench.advance(SECOND);
        let _ = bench.retry();
        bench.finish_err(Code::CredentialsRejected, None);
    }
    let _ = bench.credentials_changed(false);
    let at = bench.time();
    let mut terminal = bench.clone();
    terminal.finish_err(Code::CredentialsRejected, None);
    assert_eq!(terminal.paused_until(), at + 5 * SECOND);
    waits(bench.want());
    bench.finish_err(Code::ServerError, None);
    bench.advance(500);
    let _ = bench.tick();
    assert!(bench.started().is_some(), "the flight has a second attempt again");
}

#[test]
fn new_credentials_come_before_the_deadline_of_the_attempt_that_runs() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.advance(10 * SECOND);
    let _ = bench.credentials_changed(false);
    assert!(!bench.events().iter().any(|event| matches!(event, Event::Failed { .. } | Event::Paused { .. })));
    bench.expect_start();
    assert_eq!(bench.finish(2, Outcome::Granted { token: Alias(9), lifetime_ms: 9 * HOUR }), Verdict::Done);
    assert_eq!(bench.snapshot().generation, 1, "it was sent with the old credentials");
}

#[test]
fn a_failed_refresh_for_new_credentials_is_tried_again_although_the_token_is_fresh() {
    for code in [Code::ServerError, Code::CredentialsRejected] {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(MINUTE);
        let _ = bench.credentials_changed(false);
        bench.finish_err(code, None);
        let until = bench.paused_until();
        assert_eq!(used(bench.want()).generation, 1);
        bench.go_to(until);
        let _ = bench.want_in_passing();
        assert!(bench.started().is_some(), "{code}");
    }
}

#[test]
fn new_credentials_allow_a_generation_another_forced_refresh() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(MINUTE);
    waits(bench.rejected(1));
    bench.finish_err(Code::ServerError, None);
    let _ = bench.credentials_changed(false);
    bench.finish_with(Alias(40), HOUR);
    bench.advance(10 * SECOND);
    waits(bench.rejected(2));
    bench.expect_start();
}

#[test]
fn credentials_that_change_ten_times_in_a_second_leave_one_attempt_that_counts() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    for _ in 0..10 {
        bench.advance(100);
        let _ = bench.credentials_changed(false);
        bench.expect_start();
    }
    for attempt in 1..=10 {
        assert_eq!(bench.finish(attempt, Outcome::Granted { token: Alias(9), lifetime_ms: HOUR }), Verdict::Done);
    }
    assert!(bench.is_open(ticket));
    bench.finish_ok(HOUR);
    assert!(bench.answer(ticket).is_some());
}

#[test]
fn new_credentials_of_a_source_that_was_never_used_send_nothing_until_somebody_wants_a_token() {
    let mut bench = Bench::new();
    let _ = bench.credentials_changed(false);
    bench.expect_no_start();
    waits(bench.want());
    bench.expect_start();
}
