//! A server that gives the held token again, and one whose new token ends before the old one.

use evertoken::{Code, Event, Reset, Verdict};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND};

/// A bench of a one-hour token that came again at `at`, with `left_ms` to live.
fn again(at: u64, left_ms: u64) -> Bench {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(at);
    let _ = bench.want_in_passing();
    bench.expect_start();
    let token = bench.snapshot().token;
    bench.finish_with(token, left_ms);
    bench
}

#[test]
fn the_same_token_again_is_the_same_generation() {
    let bench = again(46 * MINUTE, 14 * MINUTE);
    assert_eq!(bench.snapshot().generation, 1);
    assert!(bench.events().contains(&Event::SameToken { generation: 1 }));
    assert!(!bench.events().iter().any(|event| matches!(event, Event::Granted { .. } | Event::Failed { .. })));
}

#[test]
fn the_next_request_waits_for_half_of_what_is_left() {
    let mut bench = again(46 * MINUTE, 14 * MINUTE);
    let until = 46 * MINUTE + 7 * MINUTE;
    assert_eq!(bench.paused_until(), until);
    assert_eq!((Bench::since(bench.snapshot().ask_at), Bench::since(bench.snapshot().use_until)), (until, HOUR));
    for (at, started) in [(until - 1, false), (until, true)] {
        bench.go_to(at);
        let _ = bench.want_in_passing();
        assert_eq!(bench.started().is_some(), started);
    }
}

#[test]
fn the_pause_ends_by_either_clock() {
    for clock in CLOCKS {
        let mut bench = again(46 * MINUTE, 14 * MINUTE);
        bench.go_to_by(clock, 53 * MINUTE - 1);
        let _ = bench.want_in_passing();
        bench.expect_no_start();
        bench.go_to_by(clock, 53 * MINUTE);
        let _ = bench.want_in_passing();
        assert!(bench.started().is_some(), "{clock:?}");
    }
}

#[test]
fn the_next_request_waits_for_at_least_a_quarter_of_the_leeway() {
    // H is 60 s: the floor of 15 s is reached where less than 30 s are left.
    for (left, pause) in [(30_002, 15_001), (30_001, 15_000), (29_999, 15_000), (20_000, 15_000), (15_001, 15_000)] {
        let bench = again(HOUR - left, left);
        assert_eq!(bench.paused_until(), HOUR - left + pause, "{left}");
    }
}

#[test]
fn the_next_request_waits_for_at_least_a_second() {
    // H is 1 s, a quarter of it is 250 ms.
    for (left, pause) in [(2_002, 1_001), (2_001, 1_000), (1_999, 1_000), (1_001, 1_000)] {
        let mut bench = Bench::holding(10 * SECOND);
        let token = bench.snapshot().token;
        bench.go_to(10 * SECOND - left);
        let _ = bench.want_in_passing();
        bench.expect_start();
        bench.finish_with(token, left);
        assert_eq!(bench.paused_until(), 10 * SECOND - left + pause, "{left}");
    }
}

#[test]
fn the_pause_ends_with_the_token_at_the_latest() {
    for left in [15_000, 14_999, 100, 1] {
        let mut bench = again(HOUR - left, left);
        assert_eq!(bench.paused_until(), HOUR, "{left}");
        bench.go_to(HOUR);
        assert!(matches!(bench.want(), Verdict::Wait { .. }));
        bench.expect_start();
    }
}

#[test]
fn nobody_waits_in_the_pause_not_in_the_hard_zone_and_not_for_min_valid() {
    let mut bench = again(HOUR - 40 * SECOND, 40 * SECOND);
    bench.advance(SECOND);
    assert_eq!(bench.want(), Verdict::Use(bench.snapshot()));
    assert_eq!(bench.want_valid(5 * MINUTE), Verdict::Use(bench.snapshot()));
    bench.expect_no_start();
}

#[test]
fn who_waited_for_the_refresh_gets_the_same_token() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(HOUR - 40 * SECOND);
    let Verdict::Wait { ticket, .. } = bench.want() else { panic!("no wait") };
    bench.advance(SECOND);
    bench.finish_with(token, 39 * SECOND);
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(bench.snapshot())));
}

#[test]
fn min_valid_costs_one_request_where_the_server_keeps_giving_the_same_token() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(35 * MINUTE);
    let Verdict::Wait { .. } = bench.want_valid(28 * MINUTE) else { panic!("no wait") };
    bench.expect_start();
    bench.finish_with(token, 25 * MINUTE);
    for _ in 0..100 {
        bench.advance(7 * SECOND);
        assert_eq!(bench.want_valid(28 * MINUTE), Verdict::Use(bench.snapshot()));
        bench.expect_no_start();
    }
    bench.go_to(35 * MINUTE + 12 * MINUTE + 30 * SECOND);
    let _ = bench.want_valid(28 * MINUTE);
    bench.expect_start();
}

#[test]
fn a_server_that_gives_the_same_token_for_ever_is_asked_a_few_times_per_life() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(45 * MINUTE);
    while bench.time() < HOUR {
        if bench.call().1 && bench.started().is_some() {
            bench.finish_with(token, HOUR - bench.time());
        }
        bench.advance(1_000);
    }
    // 15 minutes halve to the floor of 15 s in six steps.
    assert!((6..=9).contains(&(bench.starts.len() - 1)), "{}", bench.starts.len());
}

#[test]
fn the_end_of_the_same_token_only_grows() {
    for (lifetime, exp) in [(13 * MINUTE, HOUR), (14 * MINUTE, HOUR), (14 * MINUTE + 1, HOUR + 1), (HOUR, 106 * MINUTE)] {
        let bench = again(46 * MINUTE, lifetime);
        assert_eq!(Bench::since(bench.snapshot().use_until), exp, "{lifetime}");
        assert_eq!(bench.paused_until(), 46 * MINUTE + (exp - 46 * MINUTE) / 2, "{lifetime}");
    }
}

#[test]
fn lifetime_and_window_stay_those_of_the_first_sight() {
    // The token lives on until 106 min: W is still a quarter of an hour, H a minute.
    let mut bench = again(46 * MINUTE, HOUR);
    assert_eq!((bench.snapshot().lifetime_ms, Bench::since(bench.snapshot().issued_at)), (HOUR, 0));
    bench.go_to(76 * MINUTE);
    let _ = bench.want_in_passing();
    bench.expect_no_start();
    assert_eq!(Bench::since(bench.snapshot().ask_at), 91 * MINUTE);
    assert_eq!(Bench::since(bench.snapshot().use_until), 105 * MINUTE);
}

#[test]
fn the_same_token_ends_a_row_of_failures() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(46 * MINUTE);
    for _ in 0..3 {
        let _ = bench.want_in_passing();
        bench.finish_err(Code::ServerError, None);
        bench.go_to(bench.paused_until());
    }
    let _ = bench.want_in_passing();
    bench.finish_with(token, HOUR - bench.time());
    bench.go_to(bench.paused_until());
    let _ = bench.want_in_passing();
    let at = bench.time();
    bench.finish_err(Code::ServerError, None);
    assert_eq!(bench.paused_until(), at + 2_500, "the pauses begin anew");
}

#[test]
fn a_refresh_for_new_credentials_that_brings_the_same_token_is_done() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(10 * MINUTE);
    let _ = bench.credentials_changed(false);
    bench.expect_start();
    bench.finish_with(token, 50 * MINUTE);
    assert_eq!(bench.paused_until(), 35 * MINUTE);
    bench.go_to(35 * MINUTE);
    let _ = bench.want_in_passing();
    bench.expect_no_start();
    assert_eq!(Bench::since(bench.snapshot().ask_at), 45 * MINUTE);
}

#[test]
fn a_different_token_replaces_the_held_one_also_where_it_ends_earlier() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_ok(MINUTE);
    let snapshot = bench.snapshot();
    assert_eq!((snapshot.generation, snapshot.lifetime_ms), (2, MINUTE));
    assert_eq!(Bench::since(snapshot.use_until), 46 * MINUTE + 54 * SECOND);
}

#[test]
fn the_same_bytes_after_the_token_was_dropped_are_a_new_generation() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    let _ = bench.reset(Reset::Logout);
    let _ = bench.want();
    bench.finish_with(token, HOUR);
    assert_eq!((bench.snapshot().generation, bench.snapshot().token), (2, token));
}
