//! Attempts whose task was dropped: nothing is known of the server, and yet nobody may start attempts without end.

use evertoken::{Code, Event, Outcome, Verdict};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, fails, used, waits};

#[test]
fn the_first_time_the_next_attempt_starts_at_once_for_those_who_wait() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    let first = bench.attempt();
    bench.advance(100).abandon();
    assert!(bench.expect_start().attempt > first);
    assert!(matches!(bench.events()[0], Event::Abandoned { attempt } if attempt == first));
    assert!(bench.is_open(ticket));
    bench.finish_ok(HOUR);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
}

#[test]
fn the_first_time_without_anybody_who_waits_the_next_caller_starts_one() {
    let mut bench = Bench::new();
    fails(bench.want_patiently(0));
    bench.abandon();
    bench.expect_no_start();
    assert_eq!(bench.state(), "no token, idle");
    waits(bench.want());
    bench.expect_start();
}

#[test]
fn from_the_second_time_on_pauses_double_from_a_quarter_second_to_five_until_a_success() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        let (ticket, _) = waits(bench.want_patiently(10 * MINUTE));
        bench.abandon();
        bench.expect_start();
        for pause in [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000] {
            bench.abandon();
            bench.expect_no_start();
            assert_eq!(bench.paused_until() - bench.time(), pause);
            let begin = bench.time();
            let _ = bench.go_to(begin + pause - 1).tick();
            bench.expect_no_start();
            let _ = bench.go_to(begin + pause).tick();
            bench.expect_start();
        }
        bench.finish_ok(MINUTE);
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
        bench.advance(MINUTE);
    }
}

#[test]
fn such_a_pause_ends_by_either_clock() {
    for clock in CLOCKS {
        let mut bench = Bench::new();
        waits(bench.want());
        bench.abandon();
        bench.abandon();
        let _ = bench.go_to_by(clock, 249).tick();
        bench.expect_no_start();
        let mut later = bench.clone();
        let _ = bench.go_to_by(clock, 250).tick();
        bench.expect_start();
        let _ = later.go_to_by(clock, 251).tick();
        later.expect_start();
    }
}

#[test]
fn failures_in_between_do_not_reset_the_count() {
    let mut bench = Bench::new();
    waits(bench.want_patiently(HOUR));
    bench.abandon();
    bench.finish_err(Code::ServerError, None);
    let _ = bench.advance(500).tick();
    bench.expect_start();
    bench.abandon();
    assert_eq!(bench.paused_until() - bench.time(), 250);
}

#[test]
fn a_caller_waits_out_such_a_pause_or_is_told_that_its_time_ran_out() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.abandon();
    bench.abandon();
    let error = fails(bench.want_patiently(1_249));
    assert_eq!((error.code, error.retry_at), (Code::Deadline, Some(Bench::at(250))));
    waits(bench.want_patiently(1_250));
}

#[test]
fn with_a_good_token_it_paces_like_a_transient_failure() {
    let mut bench = Bench::holding(HOUR);
    let _ = bench.credentials_changed(false);
    for (offset, pause) in [(0, 2_500), (5_000, 10_000), (10_000, 20_000)] {
        bench.draw(offset).abandon();
        let until = bench.paused_until();
        assert_eq!(until - bench.time(), pause);
        used(bench.want());
        used(bench.go_to(until - 1).want());
        bench.expect_no_start();
        used(bench.go_to(until).want());
        bench.expect_start();
    }
    // It counts together with other failures.
    bench.draw(0).finish_err(Code::ServerError, None);
    assert_eq!(bench.paused_until() - bench.time(), 20_000);
}

#[test]
fn an_outcome_of_the_class_cancelled_is_the_same() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.finish_err(Code::Cancelled, None);
    bench.expect_start();
    bench.finish_err(Code::Cancelled, None);
    assert_eq!(bench.paused_until(), 250);
    assert!(bench.is_open(ticket));
}

#[test]
fn the_end_of_a_fenced_attempt_is_no_news() {
    let mut bench = Bench::new();
    waits(bench.want());
    let first = bench.attempt();
    let _ = bench.go_to(10 * SECOND).tick();
    let _ = bench.go_to(10_500).tick();
    bench.expect_start();
    assert_eq!(bench.input(evertoken::Input::Abandoned { attempt: first }), Verdict::Done);
    assert_eq!(bench.events(), []);
    // Reported twice, it is misuse.
    assert_eq!(fails(bench.input(evertoken::Input::Abandoned { attempt: first })).code, Code::Misuse);
    let late = Outcome::Granted { token: evertoken::trace::Alias(9), lifetime_ms: HOUR };
    assert_eq!(fails(bench.finish(first, late)).code, Code::Misuse);
    assert_eq!(bench.published, None);
}
