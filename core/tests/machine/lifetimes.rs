//! Lifetimes out of the ordinary: none, over on arrival, very short, very long.

use evertoken::{Code, Event, Freshness, Policy};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, fails, used, waits};

const YEAR: u64 = 365 * 24 * HOUR;

#[test]
fn a_token_without_a_life_is_handed_to_those_who_wait_and_to_nobody_else() {
    let mut bench = Bench::new();
    let (first, _) = waits(bench.want());
    let (second, _) = waits(bench.advance(100).want());
    bench.advance(100);
    let token = bench.finish_ok(0);
    for ticket in [first, second] {
        let Some(Answer::Handed(snapshot)) = bench.answer(ticket) else { panic!("not handed") };
        assert_eq!((snapshot.token, snapshot.lifetime_ms), (token, 0));
        assert_eq!(snapshot.freshness(bench.now(), 0), Freshness::Ask);
    }
    assert_eq!(bench.published, None);
    assert_eq!(bench.publish(), None);
    // The next caller waits for the next flight.
    let (third, _) = waits(bench.want());
    assert_eq!(bench.answer(third), None);
}

#[test]
fn such_flights_start_a_second_apart_by_either_clock() {
    for clock in CLOCKS {
        let mut bench = Bench::new();
        waits(bench.want());
        bench.go_to_by(clock, 300);
        bench.finish_ok(0);
        let (ticket, _) = waits(bench.want());
        bench.expect_no_start();
        let _ = bench.go_to_by(clock, 999).tick();
        bench.expect_no_start();
        let mut later = bench.clone();
        let _ = bench.go_to_by(clock, 1_000).tick();
        bench.expect_start();
        let _ = later.go_to_by(clock, 1_001).tick();
        later.expect_start();
        bench.finish_ok(0);
        assert!(matches!(bench.answer(ticket), Some(Answer::Handed(_))));
    }
}

#[test]
fn an_answer_that_took_a_second_leaves_no_distance_to_keep() {
    for (took, at_once) in [(999, false), (1_000, true), (1_001, true)] {
        let mut bench = Bench::new();
        waits(bench.want());
        bench.go_to(took);
        bench.finish_ok(0);
        waits(bench.want());
        assert_eq!(bench.started().is_some(), at_once, "{took}");
    }
}

#[test]
fn a_caller_without_the_time_for_the_next_flight_is_told_when_it_begins() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.finish_ok(0);
    let error = fails(bench.want_patiently(1_999));
    assert_eq!((error.code, error.retry_at), (Code::Deadline, Some(Bench::at(1_000))));
    waits(bench.want_patiently(2_000));
}

#[test]
fn a_token_that_is_over_when_it_comes_is_handed_like_one_without_a_life() {
    for clock in CLOCKS {
        for (took, published) in [(3_999, true), (4_000, false), (4_001, false)] {
            let mut bench = Bench::new();
            let (ticket, _) = waits(bench.want());
            bench.go_to_by(clock, took);
            let token = bench.finish_ok(4 * SECOND);
            match bench.answer(ticket) {
                Some(Answer::Published(snapshot)) if published => assert_eq!(snapshot.token, token),
                Some(Answer::Handed(snapshot)) if !published => assert_eq!(snapshot.token, token),
                other => panic!("{clock:?} {took}: {other:?}"),
            }
            assert_eq!(bench.published.is_some(), published);
        }
    }
}

#[test]
fn while_a_good_token_is_held_such_an_answer_is_a_transient_failure() {
    for (took, lifetime, failed) in [(0, 0, true), (3_999, 4_000, false), (4_000, 4_000, true), (4_001, 4_000, true)] {
        let mut bench = Bench::holding(HOUR);
        let (ticket, _) = waits(bench.go_to(59 * MINUTE).want_patiently(5 * SECOND));
        bench.advance(took).finish_ok(lifetime);
        let found = bench
            .events()
            .iter()
            .any(|event| matches!(event, Event::Failed { error, served: true, .. } if error.code == Code::TokenDeadOnArrival));
        assert_eq!(found, failed, "{took} {lifetime}");
        if failed {
            assert_eq!(bench.paused_until() - bench.time(), 2_500);
            assert_eq!(used(bench.want()).generation, 1);
            if took == 0 {
                assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1));
            }
        }
    }
}

#[test]
fn a_single_use_token_counts_as_a_success() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.finish_err(Code::CredentialsRejected, None);
    waits(bench.go_to(5_000).want());
    bench.finish_ok(0);
    waits(bench.go_to(6_000).want());
    // Three attempts again.
    bench.finish_err(Code::ServerError, None);
    let _ = bench.advance(500).tick();
    bench.expect_start();
}

#[test]
fn a_token_that_follows_single_use_ones_is_newer_than_all_of_them() {
    let mut bench = Bench::new();
    let (first, _) = waits(bench.want());
    bench.finish_ok(0);
    let (second, _) = waits(bench.want());
    let _ = bench.go_to(SECOND).tick();
    bench.finish_ok(HOUR);
    let (Some(Answer::Handed(handed)), Some(Answer::Published(kept))) = (bench.answer(first), bench.answer(second)) else {
        panic!("no answer")
    };
    assert!(kept.generation > handed.generation);
}

#[test]
fn nobody_gets_a_single_use_token_that_nobody_waited_for() {
    let mut bench = Bench::new();
    fails(bench.want_patiently(0));
    bench.finish_ok(0);
    assert!(bench.outputs.iter().all(|output| !matches!(output, evertoken::Output::Hand { .. } | evertoken::Output::Publish { .. })));
    // A later caller does not get it either.
    let (ticket, _) = waits(bench.want());
    assert_eq!(bench.answer(ticket), None);
}

#[test]
fn a_millisecond_is_a_life() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.finish_ok(1);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
    used(bench.want());
    bench.expect_no_start();
    waits(bench.go_to(1).want());
    bench.expect_start();
}

#[test]
fn a_lifetime_counts_up_to_a_year() {
    for (stated, believed) in [(YEAR - 1, YEAR - 1), (YEAR, YEAR), (YEAR + 1, YEAR), (u64::MAX, YEAR)] {
        let mut bench = Bench::new();
        bench.fetch(stated);
        let snapshot = bench.snapshot();
        assert_eq!(snapshot.lifetime_ms, believed);
        assert_eq!(Bench::since(snapshot.use_until), believed - MINUTE);
        assert_eq!(Bench::since(snapshot.ask_at), believed - HOUR);
    }
}

#[test]
fn lives_of_ten_seconds_cost_two_requests_each_at_most() {
    for latency in [0, 50, 500, 1_000] {
        let mut bench = Bench::with(Policy::default());
        let mut answer_at = None;
        for at in (0..600 * SECOND).step_by(50) {
            bench.go_to(at);
            if answer_at.is_some_and(|due| due <= at) {
                bench.finish_ok(10 * SECOND);
                answer_at = None;
            }
            let _ = bench.call();
            if answer_at.is_none() && bench.started().is_some() {
                answer_at = Some(at + latency);
            }
        }
        assert!(bench.starts.len() <= 80, "{} requests in 60 lives with {latency} ms", bench.starts.len());
    }
}
