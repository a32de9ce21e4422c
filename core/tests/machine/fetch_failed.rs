//! No token is held and fetching one fails: up to three attempts for those who wait, then one error for all of them.

use evertoken::{Code, Event, Outcome, Policy};

use crate::bench::{Answer, Bench, CLOCKS, Clock, HOUR, MINUTE, SECOND, fails, used, waits};

fn fetching() -> (Bench, u64) {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.expect_start();
    (bench, ticket)
}

#[track_caller]
fn failure(bench: &Bench, ticket: u64) -> evertoken::Error {
    match bench.answer(ticket) {
        Some(Answer::Failed(error)) => error.clone(),
        other => panic!("ticket {ticket}: {other:?}"),
    }
}

/// Fails a whole flight of one attempt, which a patient caller has started, and returns how long the pause is.
fn fail_once(bench: &mut Bench, code: Code, offset: u64) -> u64 {
    waits(bench.want());
    bench.expect_start();
    bench.draw(offset).finish_err(code, None);
    let pause = bench.paused_until() - bench.time();
    bench.advance(pause);
    pause
}

#[test]
fn a_flight_has_three_attempts_half_a_second_and_a_second_apart_by_either_clock() {
    for clock in CLOCKS {
        let (mut bench, ticket) = fetching();
        bench.finish_err(Code::ServerError, None);
        let _ = bench.go_to_by(clock, 499).tick();
        bench.expect_no_start();
        let _ = bench.go_to_by(clock, 500).tick();
        bench.expect_start();
        bench.finish_err(Code::ServerError, None);
        let _ = bench.go_to_by(clock, 1_499).tick();
        bench.expect_no_start();
        assert_eq!(bench.answer(ticket), None);
        let _ = bench.go_to_by(clock, 1_500).tick();
        bench.expect_start();
        bench.finish_err(Code::ServerError, None);
        failure(&bench, ticket);
        assert_eq!(bench.starts.len(), 3);
    }
}

#[test]
fn a_delay_counts_from_the_failure() {
    let (mut bench, _) = fetching();
    bench.go_to(3_000).finish_err(Code::ServerError, None);
    let _ = bench.go_to(3_499).tick();
    bench.expect_no_start();
    let _ = bench.go_to(3_501).tick();
    bench.expect_start();
    bench.go_to(5_000).finish_err(Code::TransportFailed, None);
    let _ = bench.go_to(5_999).tick();
    bench.expect_no_start();
    let _ = bench.go_to(6_000).tick();
    bench.expect_start();
}

#[test]
fn all_who_wait_get_the_token_of_a_later_attempt() {
    let (mut bench, first) = fetching();
    bench.finish_err(Code::ServerError, None);
    let (second, _) = waits(bench.go_to(100).want());
    bench.expect_no_start();
    let _ = bench.go_to(500).tick();
    let (third, _) = waits(bench.want());
    bench.advance(100);
    let token = bench.finish_ok(HOUR);
    for ticket in [first, second, third] {
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == token));
    }
}

#[test]
fn all_who_wait_get_the_same_error_with_the_time_of_the_next_attempt() {
    let (mut bench, first) = fetching();
    bench.finish_err(Code::TransportFailed, None);
    let (second, _) = waits(bench.go_to(100).want());
    let _ = bench.go_to(500).tick();
    bench.finish_err(Code::MalformedAnswer, None);
    let _ = bench.go_to(1_500).tick();
    let (third, _) = waits(bench.go_to(1_600).want());
    bench.finish_err(Code::ServerError, None);
    let error = failure(&bench, first);
    assert_eq!((error.code, error.retry_at), (Code::ServerError, Some(Bench::at(1_600 + 1_000))));
    assert_eq!(failure(&bench, second), error);
    assert_eq!(failure(&bench, third), error);
    // And who comes without the time to wait is told the same.
    assert_eq!(fails(bench.want_patiently(SECOND)), error);
}

#[test]
fn an_attempt_that_hangs_fails_at_ten_seconds_and_the_next_ends_with_the_flight_at_fourteen() {
    let (mut bench, ticket) = fetching();
    assert_eq!((bench.starts[0].fence_at, bench.starts[0].abort_at), (10_000, 30_000));
    let _ = bench.go_to(9_999).tick();
    assert!(bench.events().is_empty());
    let _ = bench.go_to(10_000).tick();
    assert!(matches!(&bench.events()[..], [Event::Failed { error, served: false, .. }] if error.code == Code::AttemptDeadline));
    let _ = bench.go_to(10_500).tick();
    let second = bench.expect_start();
    assert_eq!((second.fence_at, second.abort_at), (14_000, 40_500));
    let _ = bench.go_to(13_999).tick();
    assert_eq!(bench.answer(ticket), None);
    let _ = bench.go_to(14_000).tick();
    let error = failure(&bench, ticket);
    assert_eq!((error.code, error.retry_at), (Code::AttemptDeadline, Some(Bench::at(15_000))));
}

#[test]
fn no_attempt_begins_at_the_flights_end_or_after_it() {
    for (failed_at, goes_on) in [(13_499, true), (13_500, false), (13_501, false), (14_000, false)] {
        let policy = Policy { attempt_deadline_ms: 20_000, ..Policy::default() };
        let mut bench = Bench::with(policy);
        let (ticket, _) = waits(bench.want_patiently(MINUTE));
        assert_eq!(bench.starts[0].fence_at, 14_000);
        bench.go_to(failed_at).finish_err(Code::ServerError, None);
        assert_eq!(bench.is_open(ticket), goes_on, "failed at {failed_at}");
        if goes_on {
            let _ = bench.go_to(failed_at + 500).tick();
            assert_eq!(bench.expect_start().fence_at, 14_000);
        }
    }
}

#[test]
fn an_answer_that_is_reported_late_but_before_anything_else_still_counts() {
    let (mut bench, ticket) = fetching();
    bench.go_to(12_000);
    let token = bench.finish_ok(HOUR);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == token));
}

#[test]
fn without_anybody_who_waits_the_flight_fails_when_its_next_attempt_is_due() {
    for (patience, goes_on) in [(499, false), (500, false), (501, true)] {
        let mut bench = Bench::new();
        waits(bench.want_patiently(patience));
        bench.finish_err(Code::ServerError, None);
        let _ = bench.go_to(500).tick();
        assert_eq!(bench.started().is_some(), goes_on, "patience {patience}");
        if !goes_on {
            assert_eq!(bench.paused_until(), 500 + 1_000);
            assert_eq!(fails(bench.want_patiently(0)).code, Code::ServerError);
        }
    }
}

#[test]
fn a_flight_that_nobody_waits_for_goes_on_as_soon_as_somebody_does() {
    let mut bench = Bench::new();
    assert_eq!(fails(bench.want_patiently(0)).code, Code::Deadline);
    bench.expect_start();
    bench.finish_err(Code::ServerError, None);
    waits(bench.go_to(300).want());
    bench.expect_no_start();
    let _ = bench.go_to(500).tick();
    bench.expect_start();
}

#[test]
fn a_terminal_failure_ends_the_flight_at_once() {
    for code in [Code::CredentialsRejected, Code::AccountRefused, Code::InvalidDescriptor] {
        let (mut bench, ticket) = fetching();
        bench.finish_err(code, None);
        let error = failure(&bench, ticket);
        assert_eq!((error.code, error.retry_at), (code, Some(Bench::at(5_000))));
        assert_eq!(bench.starts.len(), 1);
        assert_eq!(bench.paused_until(), 5_000);
    }
}

#[test]
fn a_retry_after_ends_the_flight_at_once_and_the_later_end_counts() {
    // The lowest pause is a second after a transient failure and five after a terminal one.
    for (code, pause) in [(Code::Throttled, 1_000), (Code::ServerError, 1_000), (Code::CredentialsRejected, 5_000)] {
        for (asked, expected) in [(0, pause), (pause - 1, pause), (pause, pause), (pause + 1, pause + 1), (HOUR, HOUR), (HOUR + 1, HOUR)] {
            let (mut bench, ticket) = fetching();
            bench.finish_err(code, Some(asked));
            assert_eq!(failure(&bench, ticket).retry_at, Some(Bench::at(expected)), "{code} {asked}");
            assert_eq!(bench.paused_until(), expected);
        }
    }
}

#[test]
fn pauses_double_from_two_seconds_to_fifteen_and_are_drawn_from_the_upper_half() {
    let undrawn = [2_000, 4_000, 8_000, 15_000, 15_000];
    let (mut low, mut high, mut around) = (Bench::new(), Bench::new(), Bench::new());
    for (index, pause) in undrawn.into_iter().enumerate() {
        if index == 0 {
            // The first flight has three attempts.
            for bench in [&mut low, &mut high, &mut around] {
                waits(bench.want());
                for delay in [500, 1_000] {
                    bench.finish_err(Code::ServerError, None);
                    let _ = bench.advance(delay).tick();
                    bench.expect_start();
                }
            }
            for (bench, offset, expected) in [(&mut low, 0, 1_000), (&mut high, 1_000, 2_000), (&mut around, 1_001, 1_000)] {
                bench.draw(offset).finish_err(Code::ServerError, None);
                assert_eq!(bench.paused_until() - bench.time(), expected);
                bench.advance(expected);
            }
            continue;
        }
        assert_eq!(fail_once(&mut low, Code::ServerError, 0), pause / 2);
        assert_eq!(fail_once(&mut high, Code::ServerError, pause / 2), pause);
        assert_eq!(fail_once(&mut around, Code::ServerError, pause / 2 + 1), pause / 2);
    }
}

#[test]
fn terminal_pauses_double_from_five_seconds_to_five_minutes() {
    let mut bench = Bench::new();
    for expected in [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000] {
        assert_eq!(fail_once(&mut bench, Code::CredentialsRejected, 77), expected);
    }
}

#[test]
fn terminal_and_transient_flights_are_counted_apart() {
    let mut bench = Bench::new();
    assert_eq!(fail_once(&mut bench, Code::CredentialsRejected, 0), 5_000);
    assert_eq!(fail_once(&mut bench, Code::ServerError, 0), 1_000);
    assert_eq!(fail_once(&mut bench, Code::CredentialsRejected, 0), 10_000);
    assert_eq!(fail_once(&mut bench, Code::ServerError, 0), 2_000);
}

#[test]
fn after_a_failed_flight_the_next_ones_have_one_attempt_until_a_success() {
    let (mut bench, _) = fetching();
    bench.finish_err(Code::CredentialsRejected, None);
    bench.go_to(5_000);
    for _ in 0..3 {
        let (ticket, _) = waits(bench.want());
        bench.expect_start();
        bench.finish_err(Code::ServerError, None);
        failure(&bench, ticket);
        bench.advance(15_000);
    }
    waits(bench.want());
    bench.finish_ok(MINUTE);
    waits(bench.advance(MINUTE).want());
    bench.finish_err(Code::ServerError, None);
    let _ = bench.advance(500).tick();
    bench.expect_start();
}

#[test]
fn failed_refreshes_leave_the_next_flight_its_three_attempts() {
    let mut bench = Bench::holding(MINUTE);
    used(bench.go_to(50 * SECOND).want());
    bench.finish_err(Code::ServerError, None);
    let (ticket, _) = waits(bench.go_to(MINUTE).want());
    for delay in [500, 1_000] {
        bench.finish_err(Code::ServerError, None);
        let _ = bench.advance(delay).tick();
        bench.expect_start();
    }
    bench.finish_err(Code::ServerError, None);
    failure(&bench, ticket);
    assert_eq!(bench.paused_until() - bench.time(), 1_000);
}

#[test]
fn a_refresh_that_fails_after_its_token_is_over_goes_on_as_a_flight_without_a_token() {
    let mut bench = Bench::holding(MINUTE);
    used(bench.go_to(MINUTE - SECOND).want_patiently(0));
    bench.expect_start();
    let (ticket, _) = waits(bench.go_to(MINUTE + SECOND).want());
    bench.expect_no_start();
    bench.advance(SECOND).finish_err(Code::ServerError, None);
    assert!(bench.is_open(ticket));
    let _ = bench.advance(500).tick();
    bench.expect_start();
    bench.advance(9 * SECOND).finish_err(Code::ServerError, None);
    // The flight began a second before the token's end and has fourteen seconds.
    let _ = bench.advance(SECOND).tick();
    assert_eq!(bench.expect_start().fence_at, MINUTE - SECOND + 14 * SECOND);
}

#[test]
fn an_attempt_that_would_begin_after_the_flights_end_is_not_sent() {
    // The process stood still between two attempts: its callers learn why the first one failed.
    for clock in [Clock::Both, Clock::Mono] {
        for (late, sent) in [(13_999, true), (14_000, false), (14_001, false)] {
            let mut bench = Bench::new();
            let (ticket, _) = waits(bench.want_patiently(MINUTE));
            bench.finish_err(Code::ServerError, None);
            let _ = bench.go_to_by(clock, late).tick();
            assert_eq!(bench.started().is_some(), sent, "{clock:?} {late}");
            assert_eq!(bench.is_open(ticket), sent);
            if !sent {
                assert_eq!(failure(&bench, ticket).code, Code::ServerError);
            }
        }
    }
}

#[test]
fn a_flight_that_is_late_by_the_wall_clock_alone_begins_again_for_its_callers() {
    // The device slept between two attempts: nobody has waited for long.
    let (mut bench, ticket) = fetching();
    bench.finish_err(Code::ServerError, None);
    let _ = bench.go_to_by(Clock::Wall, HOUR).tick();
    bench.expect_start();
    assert!(bench.is_open(ticket));
    let _ = bench.tick();
    bench.expect_no_start();
    bench.finish_ok(HOUR);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
}

#[test]
fn a_flight_counts_as_failed_also_by_its_abandoned_last_answer() {
    let (mut bench, ticket) = fetching();
    let first = bench.attempt();
    let _ = bench.go_to(10_000).tick();
    let _ = bench.go_to(10_500).tick();
    bench.expect_start();
    // The first attempt's failure is reported late and changes nothing.
    let verdict = bench.finish(first, Outcome::Failed { error: Code::CredentialsRejected.into(), retry_after_ms: Some(HOUR) });
    assert_eq!(verdict, evertoken::Verdict::Done);
    assert!(bench.is_open(ticket));
    assert_eq!(bench.state(), "no token, in flight");
}
