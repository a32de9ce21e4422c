//! When a machine asks to be called, and what a mere tick may start.

use evertoken::{Code, Output, Policy};

use crate::bench::{Bench, HOUR, MINUTE, SECOND, used, waits};

fn asked(bench: &Bench) -> Option<u64> {
    let found: Vec<_> = bench
        .outputs
        .iter()
        .filter_map(|output| if let Output::WakeAt { until } = output { Some(Bench::since(*until)) } else { None })
        .collect();
    assert!(found.len() <= 1, "two wake-ups in one step");
    found.first().copied()
}

#[test]
fn a_running_attempt_asks_for_a_call_at_its_deadline_once() {
    let mut bench = Bench::new();
    waits(bench.want());
    assert_eq!(asked(&bench), Some(10_000));
    waits(bench.advance(100).want());
    assert_eq!(asked(&bench), None);
    let mut bench = Bench::holding(HOUR);
    used(bench.go_to(50 * MINUTE).want());
    assert_eq!(asked(&bench), Some(50 * MINUTE + 10_000));
}

#[test]
fn between_two_attempts_it_asks_for_a_call_when_the_next_is_due() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.advance(100).finish_err(Code::ServerError, None);
    assert_eq!(asked(&bench), Some(600));
    let _ = bench.go_to(600).tick();
    assert_eq!(asked(&bench), Some(10_600));
}

#[test]
fn a_pause_asks_for_a_call_only_where_somebody_waits() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.finish_err(Code::Throttled, Some(5 * SECOND));
    assert_eq!(asked(&bench), None);
    waits(bench.want());
    assert_eq!(asked(&bench), Some(5 * SECOND));
    // With a good token nobody waits.
    let mut bench = Bench::holding(HOUR);
    used(bench.go_to(50 * MINUTE).want());
    bench.finish_err(Code::ServerError, None);
    assert_eq!(asked(&bench), None);
}

#[test]
fn a_pause_asks_for_a_call_where_a_refresh_is_owed() {
    let mut bench = Bench::holding(HOUR);
    let _ = bench.credentials_changed(false);
    bench.finish_err(Code::Throttled, Some(MINUTE));
    let _ = bench.credentials_changed(false);
    bench.expect_no_start();
    assert_eq!(asked(&bench), Some(MINUTE));
    let _ = bench.go_to(MINUTE - 1).tick();
    bench.expect_no_start();
    let _ = bench.go_to(MINUTE).tick();
    bench.expect_start();
}

#[test]
fn a_good_token_asks_for_nothing_unless_the_host_keeps_it_fresh() {
    let mut bench = Bench::holding(30 * MINUTE);
    assert_eq!(asked(&bench), None);
    let _ = bench.tick();
    assert_eq!(asked(&bench), None);
    let _ = bench.tick_fresh();
    assert_eq!(asked(&bench), Some(1_350 * SECOND));
}

#[test]
fn no_call_is_asked_for_more_than_an_hour_ahead() {
    for (lifetime, expected) in [(80 * MINUTE, HOUR), (80 * MINUTE - 4, HOUR - 3), (81 * MINUTE, HOUR), (24 * HOUR, HOUR)] {
        let mut bench = Bench::holding(lifetime);
        let _ = bench.tick_fresh();
        assert_eq!(asked(&bench), Some(expected), "{lifetime}");
    }
    // The clock goes on, and the next hour is asked for.
    let mut bench = Bench::holding(24 * HOUR);
    let _ = bench.tick_fresh();
    let _ = bench.go_to(HOUR).tick_fresh();
    bench.expect_no_start();
    assert_eq!(asked(&bench), Some(2 * HOUR));
    let mut bench = Bench::holding_with(Policy { wake_max_ms: SECOND, ..Policy::default() }, HOUR);
    let _ = bench.tick_fresh();
    assert_eq!(asked(&bench), Some(SECOND));
}

#[test]
fn a_withheld_token_asks_for_a_call_when_it_is_published_again() {
    let mut bench = Bench::holding(HOUR);
    waits(bench.go_to(30 * MINUTE).rejected(1));
    assert_eq!(asked(&bench), Some(30 * MINUTE + 2_000));
    let _ = bench.go_to(30 * MINUTE + 1_999).tick();
    assert_eq!(bench.published, None);
    let _ = bench.go_to(30 * MINUTE + 2_000).tick();
    assert!(bench.published.is_some());
    assert_eq!(asked(&bench), Some(30 * MINUTE + 10_000));
}

#[test]
fn a_tick_starts_nothing_by_itself() {
    let mut bench = Bench::new();
    let _ = bench.tick();
    bench.expect_no_start();
    let mut bench = Bench::holding(HOUR);
    for at in [45 * MINUTE, 59 * MINUTE, HOUR - 1, HOUR, 2 * HOUR] {
        let _ = bench.go_to(at).tick();
        bench.expect_no_start();
    }
}

#[test]
fn a_tick_that_keeps_fresh_refreshes_from_the_windows_first_millisecond() {
    let mut bench = Bench::holding(30 * MINUTE);
    let _ = bench.go_to(1_350 * SECOND - 1).tick_fresh();
    bench.expect_no_start();
    let _ = bench.go_to(1_350 * SECOND).tick_fresh();
    bench.expect_start();
    let _ = bench.tick_fresh();
    bench.expect_no_start();
}

#[test]
fn a_tick_that_keeps_fresh_fetches_where_no_token_is_held_and_heeds_pauses() {
    let mut bench = Bench::new();
    let _ = bench.tick_fresh();
    bench.expect_start();
    bench.finish_err(Code::CredentialsRejected, None);
    let _ = bench.go_to(4_999).tick_fresh();
    bench.expect_no_start();
    assert_eq!(asked(&bench), Some(5_000));
    let _ = bench.go_to(5_000).tick_fresh();
    bench.expect_start();
}

#[test]
fn a_host_that_only_ticks_keeps_its_token_fresh_for_ever() {
    let mut bench = Bench::new();
    let _ = bench.tick_fresh();
    for _ in 0..100 {
        bench.finish_ok(30 * MINUTE);
        let _ = bench.tick_fresh();
        let wake = Bench::since(bench.wake_at.unwrap());
        let _ = bench.go_to(wake).tick_fresh();
        bench.expect_start();
    }
    assert_eq!(bench.time(), 100 * 1_350 * SECOND);
}
