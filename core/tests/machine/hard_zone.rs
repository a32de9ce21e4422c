//! Between `exp - H` and `exp`: callers wait a little, once, behind an attempt that runs; past `exp` nothing is served.

use evertoken::{Code, Policy, Verdict};

use crate::bench::{Answer, Bench, CLOCKS, Clock, HOUR, MINUTE, SECOND, fails, used, waits};

/// Lifetime, begin of the hard zone, longest wait.
const WAITS: [(u64, u64, u64); 6] = [
    (2 * SECOND, 1_800, 50),
    (10 * SECOND, 9 * SECOND, 250),
    (MINUTE, 54 * SECOND, 1_500),
    (80 * SECOND, 72 * SECOND, 2_000),
    (30 * MINUTE, 29 * MINUTE, 2_000),
    (24 * HOUR, 24 * HOUR - MINUTE, 2_000),
];

#[test]
fn an_attempt_is_started_and_waited_for_from_the_hard_zones_first_millisecond_by_either_clock() {
    for (lifetime, hard, wait) in WAITS {
        for clock in CLOCKS {
            let mut bench = Bench::holding(lifetime);
            used(bench.go_to_by(clock, hard - 1).want());
            bench.expect_start();
            let mut idle = Bench::holding(lifetime);
            let (_, until) = waits(idle.go_to_by(clock, hard).want());
            idle.expect_start();
            assert_eq!(until - idle.time(), wait, "{lifetime} {clock:?}");
            let mut idle = Bench::holding(lifetime);
            let (_, until) = waits(idle.go_to_by(clock, hard + 1).want());
            assert_eq!(until - idle.time(), wait, "{lifetime} {clock:?}");
        }
    }
}

#[test]
fn an_attempt_from_the_window_is_waited_for_once_the_hard_zone_begins() {
    let mut bench = Bench::holding(MINUTE);
    used(bench.go_to(50 * SECOND).want());
    bench.expect_start();
    used(bench.go_to(54 * SECOND - 1).want());
    let (_, until) = waits(bench.go_to(54 * SECOND).want());
    bench.expect_no_start();
    assert_eq!(until, 55_500);
}

#[test]
fn one_attempt_is_waited_for_once_for_all_callers_together() {
    let mut bench = Bench::holding(30 * MINUTE);
    let hard = 29 * MINUTE;
    let (_, until) = waits(bench.go_to(hard).want());
    assert_eq!(until, hard + 2_000);
    for late in [1, 500, 1_999] {
        let (_, until) = waits(bench.go_to(hard + late).want());
        assert_eq!(until, hard + 2_000, "a caller {late} ms later");
    }
    for late in [2_000, 2_001, 5_000, 9_999] {
        used(bench.go_to(hard + late).want());
        bench.expect_no_start();
    }
}

#[test]
fn the_next_attempt_is_waited_for_again() {
    let mut bench = Bench::holding(30 * MINUTE);
    let hard = 29 * MINUTE;
    waits(bench.go_to(hard).want());
    bench.go_to(hard + 10 * SECOND);
    used(bench.want());
    let pause = bench.paused_until();
    used(bench.go_to(pause - 1).want());
    let (_, until) = waits(bench.go_to(pause).want());
    bench.expect_start();
    assert_eq!(until, pause + 2_000);
}

#[test]
fn a_caller_that_has_waited_gets_the_old_token() {
    let mut bench = Bench::holding(30 * MINUTE);
    let (ticket, until) = waits(bench.go_to(29 * MINUTE).want());
    bench.go_to(until);
    let old = used(bench.want_again(13 * SECOND));
    assert_eq!(old.generation, 1);
    bench.expect_no_start();
    assert_eq!(bench.answer(ticket), None);
}

#[test]
fn a_caller_with_less_patience_waits_no_longer_than_that() {
    let mut bench = Bench::holding(30 * MINUTE);
    let (_, until) = waits(bench.go_to(29 * MINUTE).want_patiently(700));
    assert_eq!(until, 29 * MINUTE + 700);
    // It has not used up what others may wait.
    let (_, until) = waits(bench.want());
    assert_eq!(until, 29 * MINUTE + 2_000);
}

#[test]
fn a_caller_without_patience_gets_the_old_token_at_once() {
    let mut bench = Bench::holding(30 * MINUTE);
    used(bench.go_to(29 * MINUTE).want_patiently(0));
    bench.expect_start();
}

#[test]
fn waiting_callers_get_the_new_token_as_soon_as_it_comes() {
    let mut bench = Bench::holding(30 * MINUTE);
    let (first, _) = waits(bench.go_to(29 * MINUTE).want());
    let (second, _) = waits(bench.want());
    bench.advance(100);
    let new = bench.finish_ok(30 * MINUTE);
    for ticket in [first, second] {
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == new));
    }
}

#[test]
fn waiting_callers_get_the_old_token_as_soon_as_the_attempt_fails() {
    for code in [Code::ServerError, Code::CredentialsRejected, Code::Throttled, Code::Cancelled] {
        let mut bench = Bench::holding(30 * MINUTE);
        let (ticket, _) = waits(bench.go_to(29 * MINUTE).want());
        bench.advance(100);
        bench.finish_err(code, None);
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1), "{code}");
    }
}

#[test]
fn during_a_pause_nobody_waits() {
    for (code, retry_after) in [(Code::ServerError, None), (Code::CredentialsRejected, None), (Code::Throttled, Some(30 * SECOND))] {
        let mut bench = Bench::holding(30 * MINUTE);
        waits(bench.go_to(29 * MINUTE).want());
        bench.finish_err(code, retry_after);
        let until = bench.paused_until();
        for at in [29 * MINUTE, 29 * MINUTE + 1, until - 1] {
            used(bench.go_to(at).want());
            bench.expect_no_start();
        }
        waits(bench.go_to(until).want());
        bench.expect_start();
    }
}

#[test]
fn nobody_waits_where_the_policy_allows_no_wait() {
    let policy = Policy { hard_wait_max_ms: 0, ..Policy::default() };
    let mut bench = Bench::holding_with(policy, 30 * MINUTE);
    used(bench.go_to(29 * MINUTE).want());
    bench.expect_start();
}

#[test]
fn a_token_is_served_to_its_last_millisecond_and_never_past_it_by_either_clock() {
    for (lifetime, _, _) in WAITS {
        for clock in CLOCKS {
            let mut bench = Bench::holding(lifetime);
            bench.go_to_by(clock, lifetime - 1);
            used(bench.want_again(15 * SECOND));
            let mut later = bench.clone();
            waits(bench.go_to_by(clock, lifetime).want_again(15 * SECOND));
            waits(later.go_to_by(clock, lifetime + 1).want_again(15 * SECOND));
            assert_eq!(bench.published, None);
        }
    }
}

#[test]
fn past_its_end_a_token_is_not_served_during_a_pause_either() {
    let mut bench = Bench::holding(MINUTE);
    waits(bench.go_to(54 * SECOND).want());
    bench.finish_err(Code::CredentialsRejected, None);
    // 5 s, and again until the token is over.
    bench.go_to(59 * SECOND);
    waits(bench.want());
    bench.finish_err(Code::CredentialsRejected, None);
    assert_eq!(bench.paused_until(), 69 * SECOND);
    used(bench.go_to(MINUTE - 1).want());
    let error = fails(bench.go_to(MINUTE).want());
    assert_eq!((error.code, error.retry_at), (Code::CredentialsRejected, Some(Bench::at(69 * SECOND))));
}

#[test]
fn a_caller_that_waits_past_the_tokens_end_waits_on_as_without_a_token() {
    let mut bench = Bench::holding(MINUTE);
    let (ticket, until) = waits(bench.go_to(MINUTE - 10).want());
    assert_eq!(until, MINUTE - 10 + 1_500);
    bench.go_to(until);
    let (second, until) = waits(bench.want_again(13_500));
    assert_eq!(until, MINUTE - 10 + 15_000);
    assert!(second > ticket);
    bench.finish_ok(MINUTE);
    assert!(matches!(bench.answer(second), Some(Answer::Published(_))));
}

#[test]
fn a_wall_clock_that_runs_ahead_ends_a_token_early_and_one_that_stays_behind_never_prolongs_it() {
    let mut bench = Bench::holding(MINUTE);
    bench.go_to_by(Clock::Wall, MINUTE);
    assert!(matches!(bench.want(), Verdict::Wait { .. }));
    let mut bench = Bench::holding(MINUTE);
    bench.go_to_by(Clock::Mono, MINUTE);
    assert!(matches!(bench.want(), Verdict::Wait { .. }));
}

#[test]
fn the_hard_zone_starts_an_attempt_even_where_the_drawn_time_lies_later() {
    let policy = Policy { window_spread_divisor: 1, ..Policy::default() };
    for (at, starts) in [(54 * SECOND - 1, false), (54 * SECOND, true), (54 * SECOND + 1, true)] {
        let mut bench = Bench::with(policy.clone());
        bench.draw(15 * SECOND);
        bench.fetch(MINUTE);
        assert_eq!(Bench::since(bench.snapshot().ask_at), 54 * SECOND);
        let _ = bench.go_to(at).want();
        assert_eq!(bench.started().is_some(), starts, "at {at}");
    }
}
