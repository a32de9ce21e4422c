//! A refresh that fails while the token is good: everybody is served, and the next attempt keeps its distance.

use evertoken::{Code, Event, Policy};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, used, waits};

/// A bench with a refresh in flight at time 0, far from the end of the token's life.
fn refreshing(lifetime: u64) -> Bench {
    let mut bench = Bench::holding(lifetime);
    let _ = bench.credentials_changed(false);
    bench.expect_start();
    bench
}

/// Goes to the end of the pause and starts the next attempt there.
fn next_attempt(bench: &mut Bench, pause: u64) {
    used(bench.go_to(pause).want_in_passing());
    bench.expect_start();
}

/// Lets refreshes fail, each as soon as allowed, and returns how long each pause was.
fn pauses(bench: &mut Bench, code: Code, offsets: &[u64]) -> Vec<u64> {
    let mut found = Vec::new();
    for (index, offset) in offsets.iter().enumerate() {
        if index > 0 {
            let until = bench.time() + found[index - 1];
            next_attempt(bench, until);
        }
        bench.draw(*offset).finish_err(code, None);
        found.push(bench.paused_until() - bench.time());
    }
    found
}

/// Lifetime and the pauses before they are drawn: `min(b * 2^n, W' / 4)`.
const PAUSES: [(u64, &[u64]); 6] = [
    (2 * SECOND, &[31, 62, 124, 125, 125]),
    (10 * SECOND, &[156, 312, 624, 625, 625]),
    (MINUTE, &[937, 1_874, 3_748, 3_750, 3_750]),
    (30 * MINUTE, &[5_000, 10_000, 20_000, 40_000, 80_000, 112_500, 112_500]),
    (HOUR, &[5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 225_000, 225_000]),
    (24 * HOUR, &[5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 1_350_000, 1_350_000]),
];

#[test]
fn pauses_double_up_to_a_quarter_of_the_window_and_are_drawn_from_the_upper_half() {
    for (lifetime, undrawn) in PAUSES {
        let lowest: Vec<_> = undrawn.iter().map(|_| 0).collect();
        let highest: Vec<_> = undrawn.iter().map(|pause| pause - pause / 2).collect();
        // The shortest pause is a quarter of a second.
        let low: Vec<_> = undrawn.iter().map(|pause| (pause / 2).max(250)).collect();
        let high: Vec<_> = undrawn.iter().map(|pause| (*pause).max(250)).collect();
        assert_eq!(pauses(&mut refreshing(lifetime), Code::ServerError, &lowest), low, "lowest of {lifetime}");
        assert_eq!(pauses(&mut refreshing(lifetime), Code::ServerError, &highest), high, "highest of {lifetime}");
        // One more than the highest is the lowest again.
        let around: Vec<_> = highest.iter().map(|offset| offset + 1).collect();
        assert_eq!(pauses(&mut refreshing(lifetime), Code::ServerError, &around), low, "around of {lifetime}");
    }
}

#[test]
fn pauses_never_leave_their_span_whatever_is_drawn() {
    let mut seen = Vec::new();
    for entropy in 0..2_000 {
        let mut bench = refreshing(HOUR);
        bench.entropy = entropy;
        bench.finish_err(Code::ServerError, None);
        seen.push(bench.paused_until());
    }
    assert!(seen.iter().all(|pause| (2_500..=5_000).contains(pause)));
    assert!(seen.iter().any(|pause| *pause < 2_550) && seen.iter().any(|pause| *pause > 4_950));
}

#[test]
fn without_a_window_pauses_follow_a_sixteenth_of_the_lifetime() {
    // W' = 3600 s / 16 = 225 s: 5 s at first, at most 56.25 s.
    let policy = Policy { window_max_ms: 0, ..Policy::default() };
    let mut bench = Bench::holding_with(policy, HOUR);
    let _ = bench.credentials_changed(false);
    assert_eq!(pauses(&mut bench, Code::ServerError, &[2_500, 5_000, 10_000, 20_000, 28_125]), [5_000, 10_000, 20_000, 40_000, 56_250]);
}

#[test]
fn the_next_attempt_starts_at_the_pauses_end_and_not_before_by_either_clock() {
    for clock in CLOCKS {
        for (code, retry_after) in [(Code::ServerError, None), (Code::CredentialsRejected, None), (Code::Throttled, Some(7 * SECOND))] {
            let mut bench = refreshing(HOUR);
            bench.finish_err(code, retry_after);
            let until = bench.paused_until();
            used(bench.go_to_by(clock, until - 1).want());
            bench.expect_no_start();
            let mut later = bench.clone();
            used(bench.go_to_by(clock, until).want());
            bench.expect_start();
            used(later.go_to_by(clock, until + 1).want());
            later.expect_start();
        }
    }
}

#[test]
fn nobody_notices_a_failed_refresh_of_any_class() {
    for code in Code::ALL.iter().copied() {
        for retry_after in [None, Some(0), Some(20 * SECOND)] {
            let mut bench = Bench::holding(HOUR);
            let (ticket, _) = waits(bench.go_to(59 * MINUTE).want());
            bench.finish_err(code, retry_after);
            let Some(Answer::Published(snapshot)) = bench.answer(ticket) else { panic!("{code}: not served") };
            assert_eq!(snapshot.generation, 1);
            assert!(
                bench.events().iter().any(|event| matches!(event, Event::Failed { served: true, .. } | Event::Abandoned { .. })),
                "{code}"
            );
            used(bench.want());
            used(bench.want_valid(HOUR));
        }
    }
}

#[test]
fn all_transient_classes_pace_alike() {
    for code in
        [Code::ServerError, Code::Throttled, Code::MalformedAnswer, Code::TransportFailed, Code::NetworkOrCors, Code::AttemptDeadline]
    {
        assert_eq!(pauses(&mut refreshing(HOUR), code, &[0, 0, 0]), [2_500, 5_000, 10_000], "{code}");
    }
}

#[test]
fn terminal_failures_double_from_five_seconds_to_five_minutes_and_are_not_drawn() {
    for code in [Code::CredentialsRejected, Code::AccountRefused, Code::InvalidEndpoint] {
        let offsets = [0, 1_000, 777, 0, 5, 0, 0, 9];
        let expected = [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000];
        assert_eq!(pauses(&mut refreshing(HOUR), code, &offsets), expected, "{code}");
    }
}

#[test]
fn terminal_and_transient_failures_are_counted_apart() {
    let mut bench = refreshing(HOUR);
    let mut fail = |code, expected: u64| {
        bench.finish_err(code, None);
        let until = bench.paused_until();
        assert_eq!(until - bench.time(), expected);
        next_attempt(&mut bench, until);
    };
    fail(Code::ServerError, 2_500);
    fail(Code::CredentialsRejected, 5_000);
    fail(Code::ServerError, 5_000);
    fail(Code::CredentialsRejected, 10_000);
    fail(Code::ServerError, 10_000);
}

#[test]
fn a_success_forgets_all_failures() {
    let mut bench = refreshing(HOUR);
    assert_eq!(pauses(&mut bench, Code::ServerError, &[0, 0, 0]), [2_500, 5_000, 10_000]);
    next_attempt(&mut bench, 17_500);
    assert_eq!(pauses(&mut bench, Code::CredentialsRejected, &[0, 0]), [5_000, 10_000]);
    next_attempt(&mut bench, 32_500);
    bench.finish_ok(HOUR);
    let _ = bench.credentials_changed(false);
    assert_eq!(pauses(&mut bench.clone(), Code::ServerError, &[0]), [2_500]);
    assert_eq!(pauses(&mut bench, Code::CredentialsRejected, &[0]), [5_000]);
}

#[test]
fn a_pause_ends_where_the_token_does_even_below_the_floor() {
    for (at, expected) in [(59_000, 59_937), (59_062, 59_999), (59_063, MINUTE), (59_064, MINUTE), (59_900, MINUTE), (59_999, MINUTE)] {
        let mut bench = Bench::holding(MINUTE);
        waits(bench.go_to(59_000).want());
        bench.go_to(at).draw(937 - 937 / 2).finish_err(Code::ServerError, None);
        assert_eq!(bench.paused_until(), expected, "failed at {at}");
        // At its end the next caller starts an attempt without a token.
        if expected == MINUTE {
            waits(bench.go_to(MINUTE).want());
            bench.expect_start();
        }
    }
}

#[test]
fn a_terminal_pause_and_a_retry_after_outlast_the_token() {
    for (at, code, retry_after, expected) in [
        (59_000, Code::CredentialsRejected, None, 64_000),
        (59_000, Code::ServerError, Some(SECOND), MINUTE),
        (59_000, Code::ServerError, Some(1_001), 60_001),
        (59_000, Code::ServerError, Some(90 * SECOND), 149_000),
        // The server's word is over, the policy's own pause is not.
        (59_900, Code::ServerError, Some(0), 60_368),
        (59_900, Code::ServerError, Some(467), 60_368),
        (59_900, Code::ServerError, Some(469), 60_369),
    ] {
        let mut bench = Bench::holding(MINUTE);
        waits(bench.go_to(59_000).want());
        bench.go_to(at).draw(0).finish_err(code, retry_after);
        assert_eq!(bench.paused_until(), expected, "{code} {retry_after:?}");
    }
}

#[test]
fn the_later_of_the_pause_and_the_servers_retry_after_counts() {
    for (code, pause) in [(Code::Throttled, 2_500), (Code::ServerError, 2_500), (Code::CredentialsRejected, 5_000)] {
        for (asked, expected) in [(0, pause), (pause - 1, pause), (pause, pause), (pause + 1, pause + 1), (HOUR / 2, HOUR / 2)] {
            let mut bench = refreshing(HOUR);
            bench.finish_err(code, Some(asked));
            assert_eq!(bench.paused_until(), expected, "{code} {asked}");
        }
    }
}

#[test]
fn a_retry_after_counts_up_to_an_hour() {
    for (asked, expected) in [(HOUR - 1, HOUR - 1), (HOUR, HOUR), (HOUR + 1, HOUR), (u64::MAX, HOUR)] {
        let mut bench = refreshing(24 * HOUR);
        bench.finish_err(Code::Throttled, Some(asked));
        assert_eq!(bench.paused_until(), expected, "{asked}");
    }
}

/// Fails a refresh of a 30-minute token whose hard zone begins at 29 minutes; the lowest pause would be 2.5 s.
fn failed_at(before_hard: u64) -> Bench {
    let mut bench = Bench::holding(30 * MINUTE);
    used(bench.go_to(29 * MINUTE - 5 * SECOND).want());
    bench.expect_start();
    bench.go_to(29 * MINUTE - before_hard).finish_err(Code::ServerError, None);
    bench
}

#[test]
fn a_last_try_is_made_where_the_hard_zone_begins_if_that_is_far_enough_away() {
    let hard = 29 * MINUTE;
    for (before, expected) in [
        (4_000, hard - 1_500),
        (2_501, hard - 1),
        (2_500, hard),
        (2_499, hard),
        (251, hard),
        (250, hard),
        (249, hard - 249 + 2_500),
        (1, hard - 1 + 2_500),
        (0, hard + 2_500),
    ] {
        assert_eq!(failed_at(before).paused_until(), expected, "failed {before} ms before");
    }
}

#[test]
fn there_is_one_last_try() {
    let mut bench = failed_at(1_000);
    let hard = 29 * MINUTE;
    waits(bench.go_to(hard).want());
    bench.expect_start();
    bench.finish_err(Code::ServerError, None);
    assert_eq!(bench.paused_until(), hard + 5_000);
}

#[test]
fn there_is_no_last_try_after_a_terminal_failure_or_a_retry_after() {
    for (code, retry_after) in [(Code::CredentialsRejected, None), (Code::Throttled, Some(0)), (Code::ServerError, Some(10))] {
        let mut bench = refreshing(30 * MINUTE);
        bench.finish_err(code, retry_after);
        next_attempt(&mut bench, 29 * MINUTE - 5 * SECOND);
        bench.go_to(29 * MINUTE - SECOND).finish_err(Code::ServerError, None);
        assert!(bench.paused_until() >= 29 * MINUTE + 1_500, "{code} {retry_after:?}");
    }
    // Nor for the failure itself.
    let mut bench = refreshing(30 * MINUTE);
    bench.finish_err(Code::ServerError, None);
    next_attempt(&mut bench, 29 * MINUTE - 5 * SECOND);
    bench.go_to(29 * MINUTE - SECOND).finish_err(Code::CredentialsRejected, None);
    assert_eq!(bench.paused_until(), 29 * MINUTE + 4_000);
}

#[test]
fn a_success_allows_a_last_try_again() {
    let mut bench = refreshing(30 * MINUTE);
    bench.finish_err(Code::Throttled, Some(SECOND));
    next_attempt(&mut bench, 10 * SECOND);
    bench.finish_ok(30 * MINUTE);
    let hard = 29 * MINUTE + 10 * SECOND;
    used(bench.go_to(hard - 5 * SECOND).want());
    bench.go_to(hard - SECOND).finish_err(Code::ServerError, None);
    assert_eq!(bench.paused_until(), hard);
}

#[test]
fn a_hanging_refresh_fails_at_its_deadline_and_its_pause_counts_from_there() {
    let mut bench = refreshing(HOUR);
    used(bench.go_to(9_999).want());
    assert!(bench.events().is_empty());
    used(bench.go_to(10_000).want());
    assert_eq!(bench.paused_until(), 12_500);
    // Also where nobody came by for a while.
    let mut bench = refreshing(HOUR);
    used(bench.go_to(11 * SECOND).want());
    assert_eq!(bench.paused_until(), 12_500);
    let mut bench = refreshing(HOUR);
    used(bench.go_to(20 * SECOND).want());
    assert_eq!(bench.paused_until(), 12_500);
    bench.expect_start();
}

#[test]
fn a_failed_refresh_answers_everybody_who_waits_with_the_old_token() {
    let mut bench = Bench::holding(MINUTE);
    let tickets: Vec<_> = (0..20).map(|_| waits(bench.go_to(55 * SECOND).want()).0).collect();
    bench.advance(SECOND).finish_err(Code::CredentialsRejected, None);
    for ticket in tickets {
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1));
    }
}
