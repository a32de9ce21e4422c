//! The refresh window: when it begins, and that nobody notices a refresh.

use evertoken::{Code, Policy};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, used, waits};

/// Lifetime, window, hard leeway.
const ZONES: [(u64, u64, u64); 8] = [
    (1, 0, 0),
    (100, 25, 10),
    (2 * SECOND, 500, 200),
    (10 * SECOND, 2_500, SECOND),
    (MINUTE, 15 * SECOND, 6 * SECOND),
    (30 * MINUTE, 450 * SECOND, MINUTE),
    (HOUR, 15 * MINUTE, MINUTE),
    (24 * HOUR, HOUR, MINUTE),
];

#[test]
fn a_bench_draws_what_it_is_told() {
    for offset in [0, 1, 77, 180_000] {
        let mut bench = Bench::new();
        bench.draw(offset);
        bench.fetch(HOUR);
        assert_eq!(Bench::since(bench.snapshot().ask_at), HOUR - HOUR / 4 + offset);
    }
}

#[test]
fn a_quarter_of_the_life_up_to_an_hour_is_the_window_and_a_tenth_up_to_a_minute_the_leeway() {
    for (lifetime, window, leeway) in ZONES {
        let bench = Bench::holding(lifetime);
        let snapshot = bench.snapshot();
        assert_eq!(Bench::since(snapshot.ask_at), lifetime - window, "window of {lifetime}");
        assert_eq!(Bench::since(snapshot.use_until), lifetime - leeway, "leeway of {lifetime}");
        assert_eq!((Bench::since(snapshot.issued_at), snapshot.lifetime_ms), (0, lifetime));
    }
}

#[test]
fn the_leeway_is_at_most_eight_tenths_of_the_window() {
    let policy = Policy { window_max_ms: 10_000, ..Policy::default() };
    let bench = Bench::holding_with(policy, 1_000 * SECOND);
    assert_eq!(Bench::since(bench.snapshot().ask_at), 990 * SECOND);
    assert_eq!(Bench::since(bench.snapshot().use_until), 992 * SECOND);
}

#[test]
fn a_refresh_begins_at_the_windows_start_plus_the_drawn_spread_by_either_clock() {
    for (lifetime, window, _) in ZONES.into_iter().filter(|zone| zone.1 > 0) {
        for spread in [0, 1, window / 10, window / 5] {
            let start = lifetime - window + spread;
            for clock in CLOCKS {
                let mut bench = Bench::new();
                bench.draw(spread);
                bench.fetch(lifetime);
                assert_eq!(Bench::since(bench.snapshot().ask_at), start);

                used(bench.go_to_by(clock, start - 1).want());
                bench.expect_no_start();
                let mut later = bench.clone();
                used(bench.go_to_by(clock, start).want());
                bench.expect_start();
                // The largest spread ends before the hard zone begins; a caller a millisecond later still waits for nobody.
                if lifetime > SECOND {
                    used(later.go_to_by(clock, start + 1).want());
                    later.expect_start();
                }
            }
        }
    }
}

#[test]
fn the_spread_is_drawn_from_the_first_fifth_of_the_window() {
    let mut seen = Vec::new();
    for entropy in 0..5_000 {
        let mut bench = Bench::new();
        bench.entropy = entropy;
        bench.fetch(10 * SECOND);
        seen.push(Bench::since(bench.snapshot().ask_at));
    }
    assert_eq!(seen.iter().min(), Some(&7_500));
    assert_eq!(seen.iter().max(), Some(&8_000));
    let mean = seen.iter().sum::<u64>() / 5_000;
    assert!((7_735..7_765).contains(&mean), "not even: {mean}");
}

#[test]
fn the_spread_is_drawn_once_per_token() {
    let mut bench = Bench::holding(HOUR);
    let first = bench.snapshot();
    for entropy in 0..50 {
        bench.entropy = entropy;
        used(bench.advance(SECOND).want());
        let _ = bench.tick();
        assert_eq!(bench.snapshot(), first);
    }
}

#[test]
fn without_a_window_a_refresh_begins_only_when_the_token_is_over() {
    let policy = Policy { window_max_ms: 0, ..Policy::default() };
    for clock in CLOCKS {
        let mut bench = Bench::holding_with(policy.clone(), HOUR);
        let snapshot = bench.snapshot();
        assert_eq!((Bench::since(snapshot.ask_at), Bench::since(snapshot.use_until)), (HOUR, HOUR));
        used(bench.go_to_by(clock, HOUR - 1).want());
        bench.expect_no_start();
        waits(bench.go_to_by(clock, HOUR).want());
        bench.expect_start();
        bench.finish_ok(HOUR);
        used(bench.want());
    }
}

#[test]
fn in_the_window_all_callers_get_the_old_token_at_once_and_one_refresh_runs() {
    let mut bench = Bench::holding(HOUR);
    let old = bench.snapshot().token;
    bench.go_to(45 * MINUTE);
    for _ in 0..1_000 {
        assert_eq!(used(bench.want()).token, old);
    }
    // The refresh hangs until its deadline; nobody notices.
    for second in 1..10 {
        assert_eq!(used(bench.go_to(45 * MINUTE + second * SECOND).want()).token, old);
    }
    assert_eq!(bench.starts.len(), 2);
    let new = bench.finish_ok(HOUR);
    assert_ne!(new, old);
    let (published, _) = bench.publish().unwrap();
    assert_eq!((published.token, published.generation), (new, 2));
    assert_eq!(used(bench.want()).token, new);
    bench.expect_no_start();
}

#[test]
fn until_the_hard_zone_nobody_waits_and_the_one_refresh_is_not_repeated() {
    for (lifetime, window, leeway) in ZONES.into_iter().filter(|zone| zone.0 >= SECOND) {
        let mut bench = Bench::holding(lifetime);
        let hard = lifetime - leeway;
        // As late as an attempt is still running when the hard zone begins.
        let begin = (lifetime - window).max(hard.saturating_sub(9 * SECOND));
        used(bench.go_to(begin).want());
        bench.expect_start();
        used(bench.go_to(hard - 1).want());
        bench.expect_no_start();
        waits(bench.go_to(hard).want());
        bench.expect_no_start();
    }
}

#[test]
fn a_refreshed_token_replaces_the_old_one_also_where_it_ends_earlier() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(45 * MINUTE);
    used(bench.want());
    let new = bench.finish_ok(5 * MINUTE);
    assert_eq!(used(bench.want()).token, new);
    assert_eq!(Bench::since(bench.snapshot().use_until), 50 * MINUTE - 30 * SECOND);
}

#[test]
fn a_lifetime_counts_from_the_moment_of_sending() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.go_to(4 * SECOND);
    bench.finish_ok(MINUTE);
    let Some(Answer::Published(snapshot)) = bench.answer(ticket) else { panic!("not answered") };
    assert_eq!(Bench::since(snapshot.issued_at), 0);
    assert_eq!(Bench::since(snapshot.use_until), 54 * SECOND);
    assert_eq!(Bench::since(snapshot.ask_at), 45 * SECOND);
}

#[test]
fn a_further_attempt_counts_its_lifetime_from_its_own_sending() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.finish_err(Code::ServerError, None);
    let _ = bench.go_to(500).tick();
    bench.expect_start();
    bench.go_to(900);
    bench.finish_ok(MINUTE);
    assert_eq!(Bench::since(bench.snapshot().issued_at), 500);
}
