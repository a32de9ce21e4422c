//! Callers that need a token which lives a while: streams and uploads.

use evertoken::{Code, Freshness, Policy};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, used, waits};

/// Lifetime, longest wait.
const WAITS: [(u64, u64); 5] = [(2 * SECOND, 50), (10 * SECOND, 250), (MINUTE, 1_500), (80 * SECOND, 2_000), (24 * HOUR, 2_000)];

#[test]
fn a_token_with_less_left_than_needed_is_refreshed_and_waited_for() {
    for clock in CLOCKS {
        // Ten minutes are left at 20 minutes; the window begins at 22.5.
        let mut bench = Bench::holding(30 * MINUTE);
        used(bench.go_to_by(clock, 20 * MINUTE - 1).want_valid(10 * MINUTE));
        bench.expect_no_start();
        used(bench.go_to_by(clock, 20 * MINUTE).want_valid(10 * MINUTE));
        bench.expect_no_start();
        let (_, until) = waits(bench.go_to_by(clock, 20 * MINUTE + 1).want_valid(10 * MINUTE));
        bench.expect_start();
        assert_eq!(until - bench.time(), 2_000);
        // Others notice nothing.
        used(bench.want());
    }
}

#[test]
fn at_most_half_of_the_lifetime_counts_and_the_wait_is_at_most_a_fortieth_of_it() {
    for (lifetime, wait) in WAITS {
        for needed in [lifetime / 2, lifetime / 2 + 1, lifetime, u64::MAX] {
            let mut bench = Bench::holding(lifetime);
            used(bench.go_to(lifetime / 2).want_valid(needed));
            bench.expect_no_start();
            let (_, until) = waits(bench.go_to(lifetime / 2 + 1).want_valid(needed));
            bench.expect_start();
            assert_eq!(until - bench.time(), wait, "{needed} of {lifetime}");
        }
        let mut bench = Bench::holding(lifetime);
        used(bench.go_to(lifetime / 2 + 1).want_valid(lifetime / 2 - 1));
        bench.expect_no_start();
    }
}

#[test]
fn what_is_left_counts_to_the_very_end_of_the_token() {
    // In the hard zone, with 60 s left.
    let mut bench = Bench::holding(HOUR);
    used(bench.go_to(59 * MINUTE - 1).want_valid(MINUTE));
    bench.expect_start();
    waits(bench.want_valid(MINUTE + 2));
}

#[test]
fn a_new_token_answers_the_callers_that_need_it() {
    let mut bench = Bench::holding(30 * MINUTE);
    let (ticket, _) = waits(bench.go_to(20 * MINUTE).want_valid(15 * MINUTE));
    bench.advance(300);
    let new = bench.finish_ok(30 * MINUTE);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == new));
    used(bench.want_valid(15 * MINUTE));
    bench.expect_no_start();
}

#[test]
fn a_caller_that_has_waited_takes_the_token_as_it_is() {
    let mut bench = Bench::holding(30 * MINUTE);
    let (_, until) = waits(bench.go_to(20 * MINUTE).want_valid(15 * MINUTE));
    bench.go_to(until);
    used(bench.input(evertoken::Input::Want { min_valid_ms: 15 * MINUTE, patience_ms: 13 * SECOND, waited: true }));
    // The same attempt is not waited for again.
    used(bench.want_valid(15 * MINUTE));
    assert_eq!(bench.starts.len(), 2);
}

#[test]
fn during_a_pause_a_short_token_is_taken_as_it_is() {
    let mut bench = Bench::holding(30 * MINUTE);
    let (ticket, _) = waits(bench.go_to(20 * MINUTE).want_valid(15 * MINUTE));
    bench.finish_err(Code::ServerError, None);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1));
    let until = bench.paused_until();
    used(bench.go_to(until - 1).want_valid(15 * MINUTE));
    bench.expect_no_start();
    waits(bench.go_to(until).want_valid(15 * MINUTE));
    bench.expect_start();
}

#[test]
fn after_such_a_failure_the_others_keep_the_window_as_it_was() {
    let mut bench = Bench::holding(30 * MINUTE);
    waits(bench.go_to(20 * MINUTE).want_valid(15 * MINUTE));
    bench.finish_err(Code::ServerError, None);
    bench.go_to(bench.paused_until());
    used(bench.want());
    bench.expect_no_start();
    assert_eq!(Bench::since(bench.snapshot().ask_at), 30 * MINUTE - 450 * SECOND);
}

#[test]
fn a_host_decides_by_itself_only_where_the_snapshot_promises_enough() {
    let bench = Bench::holding(30 * MINUTE);
    let snapshot = bench.snapshot();
    // The promise ends with `use_until`, a minute before the token does.
    for (at, needed, expected) in [
        (14 * MINUTE, 15 * MINUTE, Freshness::Fresh),
        (14 * MINUTE + 1, 15 * MINUTE, Freshness::Ask),
        (0, 29 * MINUTE, Freshness::Fresh),
        (1, 29 * MINUTE, Freshness::Ask),
        (1_350 * SECOND - 1, 0, Freshness::Fresh),
        (1_350 * SECOND, 0, Freshness::Window),
        (1_350 * SECOND, 390 * SECOND, Freshness::Window),
        (1_350 * SECOND, 390 * SECOND + 1, Freshness::Ask),
        (29 * MINUTE - 1, 0, Freshness::Window),
        (29 * MINUTE - 1, 1, Freshness::Window),
        (29 * MINUTE - 1, 2, Freshness::Ask),
        (29 * MINUTE, 0, Freshness::Ask),
    ] {
        assert_eq!(snapshot.freshness(Bench::at(at), needed), expected, "{at} {needed}");
    }
}

#[test]
fn without_a_window_the_wait_is_still_a_fortieth_of_the_lifetime() {
    let policy = Policy { window_max_ms: 0, ..Policy::default() };
    let mut bench = Bench::holding_with(policy, MINUTE);
    let (_, until) = waits(bench.go_to(40 * SECOND).want_valid(HOUR));
    assert_eq!(until, 41_500);
}

#[test]
fn who_waits_is_answered_also_where_the_failure_changes_nothing_else() {
    // The pause and the attempt's deadline both reach beyond the token's end: the snapshot stays as it was.
    let policy = Policy { window_max_ms: 0, ..Policy::default() };
    let mut bench = Bench::holding_with(policy, MINUTE);
    let (ticket, _) = waits(bench.go_to(59_800).want_valid(HOUR));
    let before = bench.snapshot();
    bench.go_to(59_900).finish_err(Code::ServerError, None);
    assert_eq!(bench.snapshot(), before);
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(before)));
}
