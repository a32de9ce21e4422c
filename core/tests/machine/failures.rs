//! Failures that token clients are known for, and what this one does instead. Where a whole file tells of one, the table
//! names its test; the rest follows below.
//!
//! | failure | shown by |
//! |---|---|
//! | 1. A token is shared between two subjects, audiences or clients | a machine serves one grant: `two_machines_share_nothing` |
//! | 2. Every caller on an empty or expired cache sends a request of its own | `a_crowd_on_an_empty_or_expired_cache_costs_one_request` |
//! | 3. The one request fails and every caller repeats it | `a_crowd_whose_request_fails_gets_one_error_and_repeats_nothing` |
//! | 4. Each of many rejections of one token refetches; late ones drop the new token | `forced_refresh::two_hundred_rejections_spread_over_half_a_second_cost_one_request`, `rejected::a_straggler_of_an_older_token_is_retried_with_the_held_one` |
//! | 5. A fresh token that is rejected at once loops, or costs two requests a call for ever | `a_token_that_its_api_never_accepts_costs_a_bounded_number_of_requests` |
//! | 6. A life shorter than the margin means a request per call | `lives_of_any_length_cost_at_most_two_requests_each` |
//! | 7. A lifetime that is missing, zero, huge or no number | the exchange reads them; here `lifetimes::*` for 0 and the largest |
//! | 8. A server that hands out dead tokens is asked in a hot loop | `a_server_that_hands_out_dead_tokens_is_asked_once_a_second` |
//! | 9. A refresh fails and a token that is still good is thrown away | `an_outage_while_the_token_is_good_is_noticed_by_nobody` |
//! | 10. A permanent error poisons the client for ever | `a_permanent_error_is_probed_now_and_then_and_forgotten_on_success` |
//! | 11. Who fetches for all is cancelled, and the others hang | `a_dropped_attempt_is_replaced_for_those_who_still_wait` |
//! | 12. Who fetches for all hangs and is never dropped | `a_hanging_attempt_loses_its_turn_and_its_late_answer_harms_nothing` |
//! | 13. A device sleeps and wakes with a stale token | `sleep::after_an_hour_of_sleep_*` |
//! | 14. The wall clock jumps: a stale token, or a storm of requests | `clocks::a_backward_wall_step_changes_nothing`, `clocks::a_forward_wall_step_costs_at_most_one_extra_request` |
//! | 15. to 17. Redirects, Retry-After in two forms, error bodies of all kinds | the exchange reads them; the machine gets a class and a time |
//! | 18. A rejected call is repeated though its body is gone | `forced_refresh::a_call_whose_body_cannot_be_sent_again_gets_the_api_s_answer_where_it_would_be_retried` |
//! | 19. An exception in the host's own code is a crash | `an_attempt_without_an_outcome_is_no_failure_of_the_machine` |
//! | 20. A token stands in a log or an error | `trace::no_text_of_a_token_stands_in_a_recorded_life` |
//! | 21. A call from within a callback | the machine calls nobody back: outputs are data |

use evertoken::{AccessToken, Code, Input, Machine, Now, Outcome, Policy, Verdict};

use crate::bench::{Answer, Bench, HOUR, MINUTE, SECOND, fails, used, waits};

#[test]
fn two_machines_share_nothing() {
    let now = Now { mono: 0, wall: 0, entropy: 0 };
    let want = || Input::Want { min_valid_ms: 0, patience_ms: 1_000, waited: false };
    let machine = || -> Machine { Machine::new(Policy::default()).unwrap() };
    let (mut one, mut other) = (machine(), machine());
    let token = AccessToken::new("Authorization", "Bearer ", "one");
    let _ = one.handle(now, want());
    let _ = one.handle(now, Input::Finished { attempt: 1, outcome: Outcome::Granted { token, lifetime_ms: HOUR } });
    assert!(matches!(one.handle(now, want()).verdict, Verdict::Use(_)));
    assert!(matches!(other.handle(now, want()).verdict, Verdict::Wait { .. }));
    assert_eq!(other.snapshot(), None);
}

#[test]
fn a_crowd_on_an_empty_or_expired_cache_costs_one_request() {
    let empty = Bench::new();
    let mut expired = Bench::holding(MINUTE);
    expired.go_to(2 * MINUTE);
    for mut bench in [empty, expired] {
        let before = bench.starts.len();
        let tickets: Vec<u64> = (0..2_000).map(|_| waits(bench.want()).0).collect();
        bench.advance(SECOND);
        bench.finish_ok(HOUR);
        let answer = Answer::Published(bench.snapshot());
        assert!(tickets.iter().all(|ticket| bench.answer(*ticket) == Some(&answer)));
        assert_eq!(bench.starts.len(), before + 1);
    }
}

#[test]
fn a_crowd_whose_request_fails_gets_one_error_and_repeats_nothing() {
    for (code, requests) in [(Code::CredentialsRejected, 1), (Code::Throttled, 1), (Code::ServerError, 3)] {
        let retry_after = if code == Code::Throttled { Some(MINUTE) } else { None };
        let mut bench = Bench::new();
        let tickets: Vec<u64> = (0..1_000).map(|_| waits(bench.want()).0).collect();
        for delay in [0, 500, SECOND] {
            bench.advance(delay);
            let _ = bench.tick();
            if bench.state() == "no token, in flight" {
                bench.finish_err(code, retry_after);
            }
        }
        let Some(Answer::Failed(error)) = bench.answer(tickets[0]).cloned() else { panic!("not failed") };
        assert_eq!(error.code, code);
        assert!(tickets.iter().all(|ticket| bench.answer(*ticket) == Some(&Answer::Failed(error.clone()))));
        assert_eq!(bench.starts.len(), requests, "{code}");
        for _ in 0..100 {
            let _ = bench.want_patiently(0);
        }
        assert_eq!(bench.starts.len(), requests, "{code}");
    }
}

#[test]
fn a_token_that_its_api_never_accepts_costs_a_bounded_number_of_requests() {
    // A wrong audience: each fetched token is rejected. One call a second for an hour.
    let mut bench = Bench::holding(HOUR);
    for _ in 0..3_600 {
        bench.advance(SECOND);
        let generation = used(bench.want()).generation;
        match bench.rejected(generation) {
            Verdict::RetryAfter { ms } => {
                bench.advance(ms);
                let again = used(bench.want()).generation;
                assert!(matches!(bench.rejected_with(again, true, true, SECOND), Verdict::Surface(_)));
            }
            Verdict::Wait { .. } => {
                bench.advance(100);
                if bench.state() == "token, in flight" {
                    bench.finish_ok(HOUR);
                }
                let again = used(bench.want()).generation;
                assert!(matches!(bench.rejected_with(again, true, true, SECOND), Verdict::Surface(_)));
            }
            Verdict::Surface(_) => {}
            other => panic!("{other:?}"),
        }
    }
    // Holds of 60, 120, 240 and then 300 seconds.
    assert!((12..=20).contains(&bench.starts.len()), "{} requests", bench.starts.len());
}

#[test]
fn lives_of_any_length_cost_at_most_two_requests_each() {
    for lifetime in [SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, 2 * MINUTE, HOUR] {
        for latency in [0, (lifetime / 100).min(SECOND), (lifetime / 10).min(9 * SECOND)] {
            let mut bench = Bench::new();
            let (step, end) = ((lifetime / 200).min(SECOND), 20 * lifetime);
            let mut coming = None;
            while bench.time() < end {
                let (_, asked) = bench.call();
                if asked && bench.started().is_some() {
                    coming = Some(bench.time() + latency);
                }
                if coming.is_some_and(|at| at <= bench.time()) {
                    coming = None;
                    // A lifetime counts from the sending.
                    bench.finish_ok(lifetime);
                }
                bench.advance(step);
            }
            assert!(bench.starts.len() <= 40, "lifetime {lifetime}, latency {latency}: {} requests in 20 lives", bench.starts.len());
        }
    }
}

#[test]
fn a_server_that_hands_out_dead_tokens_is_asked_once_a_second() {
    for lifetime in [0, 1] {
        let mut bench = Bench::new();
        for _ in 0..6_000 {
            let _ = bench.want_patiently(50);
            bench.advance(10);
            if bench.state() == "no token, in flight" {
                bench.finish_ok(lifetime);
            }
        }
        assert!(bench.starts.len() <= 61, "{} requests in a minute", bench.starts.len());
        assert!(bench.starts.windows(2).all(|pair| pair[1].at - pair[0].at >= SECOND));
    }
}

#[test]
fn an_outage_while_the_token_is_good_is_noticed_by_nobody() {
    for code in [Code::ServerError, Code::TransportFailed, Code::CredentialsRejected, Code::MalformedAnswer, Code::Throttled] {
        let mut bench = Bench::holding(HOUR);
        let token = bench.snapshot().token;
        bench.go_to(45 * MINUTE);
        while bench.time() < HOUR - 1 {
            // Who comes between `exp - H` and `exp` waits behind a request that runs; here it fails within a moment.
            match bench.call() {
                (Some(used), _) => assert_eq!(used, token),
                (None, _) => assert!(bench.time() >= HOUR - MINUTE, "{code} at {}", bench.time()),
            }
            if bench.state() == "token, in flight" {
                bench.finish_err(code, None);
            }
            bench.advance(100);
        }
    }
}

#[test]
fn a_permanent_error_is_probed_now_and_then_and_forgotten_on_success() {
    let mut bench = Bench::new();
    waits(bench.want());
    bench.finish_err(Code::CredentialsRejected, None);
    let mut gaps = Vec::new();
    for _ in 0..9 {
        let failed_at = bench.time();
        loop {
            bench.advance(100);
            match bench.want() {
                Verdict::Wait { .. } => break,
                other => assert_eq!(fails(other).code, Code::CredentialsRejected),
            }
        }
        gaps.push((bench.time() - failed_at) / SECOND);
        bench.finish_err(Code::CredentialsRejected, None);
    }
    assert_eq!(gaps, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
    bench.advance(5 * MINUTE);
    waits(bench.want());
    bench.finish_ok(HOUR);
    used(bench.want());
}

#[test]
fn a_dropped_attempt_is_replaced_for_those_who_still_wait() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.advance(SECOND);
    bench.abandon();
    bench.expect_start();
    bench.finish_ok(HOUR);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
}

#[test]
fn a_hanging_attempt_loses_its_turn_and_its_late_answer_harms_nothing() {
    let mut bench = Bench::new();
    let (ticket, _) = waits(bench.want());
    bench.advance(10 * SECOND);
    let _ = bench.tick();
    bench.advance(500);
    let _ = bench.tick();
    bench.expect_start();
    let token = bench.finish_ok(HOUR);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.token == token));
    let late = Outcome::Granted { token: evertoken::trace::Alias(99), lifetime_ms: HOUR };
    assert_eq!(bench.finish(1, late), Verdict::Done);
    assert_eq!(bench.snapshot().token, token);
}

#[test]
fn an_attempt_without_an_outcome_is_no_failure_of_the_machine() {
    for with_token in [false, true] {
        let mut bench = if with_token { Bench::holding(HOUR) } else { Bench::new() };
        if with_token {
            bench.go_to(50 * MINUTE);
        }
        for _ in 0..50 {
            let _ = bench.want();
            if bench.state().ends_with("in flight") {
                bench.abandon();
            }
            bench.advance(100);
        }
        while !bench.state().ends_with("in flight") {
            bench.advance(SECOND);
            let _ = bench.want();
        }
        bench.finish_ok(HOUR);
        used(bench.want());
    }
}
