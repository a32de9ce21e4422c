//! What a caller is told whose token an API has rejected: rules 1 to 6 of seven, the first that matches wins.

use evertoken::{Code, Event, Verdict, io::SurfaceReason, trace::Alias};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND};

/// A bench whose token has just left the grace age.
pub(crate) fn past_grace(lifetime_ms: u64) -> Bench {
    let mut bench = Bench::holding(lifetime_ms);
    let grace_ms = bench.policy().grace_ms(lifetime_ms);
    bench.go_to(grace_ms);
    bench
}

/// A bench that holds generation 2 after a forced refresh of generation 1 at `at`.
pub(crate) fn forced_at(lifetime_ms: u64, at: u64) -> Bench {
    let mut bench = Bench::holding(lifetime_ms);
    bench.go_to(at);
    assert!(matches!(bench.rejected(1), Verdict::Wait { .. }));
    bench.expect_start();
    bench.finish_ok(lifetime_ms);
    bench
}

pub(crate) fn surface(reason: SurfaceReason) -> Verdict<Alias> {
    Verdict::Surface(reason)
}

// Rule 1.

#[test]
fn a_call_that_was_retried_already_gets_the_api_s_answer() {
    for age in [0, 30 * SECOND, 50 * MINUTE] {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(age);
        assert_eq!(bench.rejected_with(1, true, true, 15 * SECOND), surface(SurfaceReason::AlreadyRetried));
        bench.expect_no_start();
        assert!(bench.events().contains(&Event::Rejected { generation: 1 }));
    }
}

#[test]
fn a_retried_call_gets_the_api_s_answer_also_when_its_token_was_replaced() {
    let mut bench = forced_at(HOUR, MINUTE);
    assert_eq!(bench.rejected_with(1, true, true, 15 * SECOND), surface(SurfaceReason::AlreadyRetried));
}

#[test]
fn the_rejection_of_a_retried_call_is_remembered() {
    let mut bench = Bench::holding(HOUR);
    let _ = bench.rejected_with(1, true, true, 0);
    let token = bench.snapshot().token;
    bench.go_to(45 * MINUTE);
    let _ = bench.want();
    bench.finish_with(token, HOUR);
    assert!(matches!(&bench.events()[..], [Event::Failed { error, .. }, ..] if error.code == Code::TokenRejectedAgain));
}

// Rule 2.

#[test]
fn a_straggler_of_an_older_token_is_retried_with_the_held_one() {
    let mut bench = forced_at(HOUR, MINUTE);
    for _ in 0..200 {
        bench.advance(1);
        let snapshot = bench.snapshot();
        assert_eq!(snapshot.generation, 2);
        assert_eq!(bench.rejected(1), Verdict::RetryWith(snapshot));
        bench.expect_no_start();
    }
}

#[test]
fn a_straggler_does_not_wait_in_the_hard_zone_but_starts_the_refresh_that_is_due() {
    let mut bench = forced_at(HOUR, MINUTE);
    bench.go_to(MINUTE + HOUR - 30 * SECOND);
    let verdict = bench.rejected(1);
    bench.expect_start();
    assert_eq!(verdict, Verdict::RetryWith(bench.snapshot()));
}

#[test]
fn a_rejection_with_nothing_held_fetches_a_token_and_waits_for_it() {
    let mut bench = Bench::holding(HOUR);
    let _ = bench.invalidate(1);
    let Verdict::Wait { ticket, .. } = bench.rejected(1) else { panic!("no wait") };
    bench.expect_start();
    bench.finish_ok(HOUR);
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(bench.snapshot())));
}

#[test]
fn a_rejection_with_nothing_held_and_a_terminal_pause_fails_at_once() {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.finish_err(Code::CredentialsRejected, None);
    assert!(matches!(bench.rejected(7), Verdict::Fail(error) if error.code == Code::CredentialsRejected && error.retry_at.is_some()));
    bench.expect_no_start();
}

#[test]
fn a_rejection_of_a_generation_that_never_was_changes_nothing() {
    let mut bench = past_grace(HOUR);
    for generation in [0, 2, u64::MAX] {
        assert_eq!(bench.rejected(generation), Verdict::RetryWith(bench.snapshot()));
        bench.expect_no_start();
    }
    assert_eq!(bench.retracted(), None);
}

// Rule 3.

#[test]
fn a_token_within_its_grace_age_is_tried_again_after_a_moment() {
    for (lifetime, grace, delay) in [(HOUR, 10 * SECOND, SECOND), (MINUTE, 6 * SECOND, SECOND), (5 * SECOND, 500, 500), (100, 10, 10)] {
        for clock in CLOCKS {
            for at in [0, 1, grace - 1] {
                let mut bench = Bench::holding(lifetime);
                bench.go_to_by(clock, at);
                assert_eq!(bench.rejected(1), Verdict::RetryAfter { ms: delay }, "{lifetime} {clock:?} {at}");
                bench.expect_no_start();
                assert_eq!(bench.want(), Verdict::Use(bench.snapshot()), "the token is still served");
            }
            for at in [grace, grace + 1] {
                let mut bench = Bench::holding(lifetime);
                bench.go_to_by(clock, at);
                assert!(matches!(bench.rejected(1), Verdict::Wait { .. }), "{lifetime} {clock:?} {at}");
                bench.expect_start();
            }
        }
    }
}

#[test]
fn the_grace_age_counts_from_the_receipt_and_not_from_the_sending() {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.go_to(9 * SECOND);
    bench.finish_ok(HOUR);
    bench.go_to(19 * SECOND - 1);
    assert_eq!(bench.rejected(1), Verdict::RetryAfter { ms: SECOND });
    bench.go_to(19 * SECOND);
    assert!(matches!(bench.rejected(1), Verdict::Wait { .. }));
}

// Rule 4.

#[test]
fn a_rejection_during_a_refresh_waits_for_it_and_starts_no_other() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.expect_start();
    let before = bench.snapshot();
    bench.advance(SECOND);
    let Verdict::Wait { ticket, until_mono } = bench.rejected(1) else { panic!("no wait") };
    bench.expect_no_start();
    assert_eq!(until_mono, bench.mono + 15 * SECOND, "it waits for its whole patience");
    assert_eq!(bench.published, Some(before.clone()), "the token is not withheld");
    assert_eq!(bench.want(), Verdict::Use(before));
    bench.finish_ok(HOUR);
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(bench.snapshot())));
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn a_refresh_that_was_under_way_at_the_rejection_counts_for_no_hold() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    let _ = bench.rejected(1);
    bench.finish_ok(HOUR);
    bench.advance(10 * SECOND);
    assert!(matches!(bench.rejected(2), Verdict::Wait { .. }), "the next rejection forces a refresh at once");
    bench.expect_start();
}

#[test]
fn a_refresh_that_was_under_way_at_the_rejection_marks_the_token_when_it_fails() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    let Verdict::Wait { ticket, .. } = bench.rejected(1) else { panic!("no wait") };
    bench.finish_err(Code::ServerError, None);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1));
    bench.go_to(bench.paused_until());
    assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused));
    bench.expect_no_start();
}

#[test]
fn a_rejected_caller_without_patience_fails_at_once_behind_a_refresh() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    assert!(matches!(bench.rejected_with(1, true, false, 0), Verdict::Fail(error) if error.code == Code::Deadline));
}

// Rule 5.

/// A bench in a transient pause of a whole `W'/4`, after many failures; returns the end of the pause.
fn long_transient_pause() -> (Bench, u64) {
    let mut bench = Bench::holding(10 * HOUR);
    bench.go_to(9 * HOUR);
    bench.draw(u64::MAX);
    for _ in 0..8 {
        let _ = bench.want_in_passing();
        bench.expect_start();
        bench.finish_err(Code::ServerError, None);
        let until = bench.paused_until();
        if until - bench.time() > 2 * MINUTE {
            return (bench, until);
        }
        bench.go_to(until);
    }
    panic!("the pauses stay short")
}

#[test]
fn a_rejection_in_a_pause_gets_the_api_s_answer_and_marks_the_token() {
    for (code, retry_after) in
        [(Code::ServerError, None), (Code::CredentialsRejected, None), (Code::Throttled, Some(5 * SECOND)), (Code::TransportFailed, None)]
    {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(46 * MINUTE);
        let _ = bench.want_in_passing();
        bench.finish_err(code, retry_after);
        let until = bench.paused_until();
        bench.advance(1);
        assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused), "{code}");
        bench.expect_no_start();
        assert_eq!(bench.published.as_ref().map(|snapshot| snapshot.generation), Some(1), "the token is still served");
        bench.go_to(until);
        assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused), "marked, also where the pause is over");
        bench.expect_no_start();
        let _ = bench.want_in_passing();
        assert!(bench.started().is_some(), "the refresh of a marked token is due");
    }
}

#[test]
fn a_rejection_shortens_a_long_transient_pause_to_15_seconds() {
    let (mut bench, until) = long_transient_pause();
    bench.advance(SECOND);
    let at = bench.time();
    assert!(at + 15 * SECOND < until);
    let _ = bench.rejected(1);
    assert_eq!(Bench::since(bench.snapshot().ask_at), at + 15 * SECOND);
    bench.go_to(at + 15 * SECOND - 1);
    let _ = bench.want_in_passing();
    bench.expect_no_start();
    bench.go_to(at + 15 * SECOND);
    let _ = bench.want_in_passing();
    bench.expect_start();
}

#[test]
fn a_rejection_never_makes_a_pause_longer() {
    let (mut bench, until) = long_transient_pause();
    bench.go_to(until - 5 * SECOND);
    let _ = bench.rejected(1);
    assert_eq!(Bench::since(bench.snapshot().ask_at), until);
}

#[test]
fn a_rejection_shortens_a_pause_once_per_hold() {
    for clock in CLOCKS {
        for (after, shortened) in [(59_999, false), (60_000, true), (60_001, true)] {
            let (mut bench, _) = long_transient_pause();
            let first = bench.time();
            let _ = bench.rejected(1);
            bench.go_to(first + 15 * SECOND);
            let _ = bench.want_in_passing();
            bench.expect_start();
            bench.finish_err(Code::ServerError, None);
            let until = bench.paused_until();
            bench.go_to_by(clock, first + after);
            let _ = bench.rejected(1);
            let ask_at = bench.snapshot().ask_at;
            if shortened {
                assert_eq!(ask_at, bench.now().plus(15 * SECOND), "{clock:?} {after}");
            } else {
                assert_eq!(Bench::since(ask_at), until, "{clock:?} {after}");
            }
        }
    }
}

#[test]
fn a_rejection_does_not_shorten_a_pause_below_a_retry_after() {
    for (retry_after, end) in [(10 * SECOND, 15 * SECOND), (14_999, 15 * SECOND), (15_001, 15_001), (5 * MINUTE, 5 * MINUTE)] {
        let mut bench = Bench::holding(10 * HOUR);
        bench.go_to(9 * HOUR);
        bench.draw(u64::MAX);
        let mut until = 0;
        while until < bench.time() + 2 * MINUTE {
            bench.go_to(until.max(bench.time()));
            let _ = bench.want_in_passing();
            bench.finish_err(Code::ServerError, Some(retry_after));
            until = bench.paused_until();
        }
        let at = bench.time();
        let _ = bench.rejected(1);
        assert_eq!(Bench::since(bench.snapshot().ask_at), at + end, "{retry_after}");
    }
}

#[test]
fn a_rejection_does_not_shorten_a_terminal_pause() {
    let mut bench = Bench::holding(10 * HOUR);
    bench.go_to(9 * HOUR);
    let mut until = 0;
    while until < bench.time() + MINUTE {
        bench.go_to(until.max(bench.time()));
        let _ = bench.want_in_passing();
        bench.finish_err(Code::CredentialsRejected, None);
        until = bench.paused_until();
    }
    let _ = bench.rejected(1);
    assert_eq!(Bench::since(bench.snapshot().ask_at), until);
}

#[test]
fn a_pause_after_the_same_token_does_not_stand_in_a_rejection_s_way() {
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_with(token, 14 * MINUTE);
    assert_eq!(bench.state(), "token, paused");
    bench.advance(SECOND);
    assert!(matches!(bench.rejected(1), Verdict::Wait { .. }));
    bench.expect_start();
}

// Rule 6.

#[test]
fn forced_refreshes_stand_a_hold_apart() {
    for clock in CLOCKS {
        for (after, allowed) in [(59_999, false), (60_000, true), (60_001, true)] {
            let mut bench = forced_at(HOUR, MINUTE);
            bench.go_to_by(clock, MINUTE + after);
            let verdict = bench.rejected(2);
            assert_eq!(bench.started().is_some(), allowed, "{clock:?} {after}");
            if !allowed {
                assert_eq!(verdict, surface(SurfaceReason::TooSoon));
                assert_eq!(bench.published.as_ref().map(|snapshot| snapshot.generation), Some(2), "the token is still served");
            }
        }
    }
}

/// Rejects the held token `after` milliseconds after it was received, again at the end of the hold, and says when that
/// forced refresh began.
fn force_again(bench: &mut Bench, generation: u64, after: u64, hold: u64, forced: u64) -> u64 {
    bench.go_to(bench.time() + after);
    let _ = bench.rejected(generation);
    if bench.started().is_none() {
        bench.go_to(forced + hold - 1);
        assert_eq!(bench.rejected(generation), surface(SurfaceReason::TooSoon), "the hold is at least {hold}");
        bench.go_to(forced + hold);
        let _ = bench.rejected(generation);
    }
    bench.expect_start();
    let at = bench.time();
    bench.finish_ok(HOUR);
    at
}

#[test]
fn the_hold_doubles_up_to_its_cap_while_fresh_tokens_are_rejected() {
    let mut bench = forced_at(HOUR, MINUTE);
    let mut forced = MINUTE;
    for (generation, hold) in [(2, 60), (3, 120), (4, 240), (5, 300), (6, 300)] {
        forced = force_again(&mut bench, generation, 20 * SECOND, hold * SECOND, forced);
    }
}

#[test]
fn the_hold_is_60_seconds_again_after_a_token_that_was_good_for_as_long() {
    // The hold is 120 s after the second forced refresh; generation 3 is first rejected a little before and after that age.
    for (good_for, next_hold) in [(119_999, 240), (120_000, 60), (120_001, 60)] {
        let mut bench = forced_at(HOUR, MINUTE);
        let forced = force_again(&mut bench, 2, 20 * SECOND, 60 * SECOND, MINUTE);
        let forced = force_again(&mut bench, 3, good_for, 120 * SECOND, forced);
        force_again(&mut bench, 4, 20 * SECOND, next_hold * SECOND, forced);
    }
}

#[test]
fn the_first_hold_is_60_seconds_however_soon_the_first_token_was_rejected() {
    let mut bench = forced_at(HOUR, 10 * SECOND);
    force_again(&mut bench, 2, 20 * SECOND, 60 * SECOND, 10 * SECOND);
}

#[test]
fn the_hold_of_a_short_lived_token_stays_at_60_seconds() {
    let mut bench = forced_at(4 * MINUTE, 30 * SECOND);
    bench.go_to(30 * SECOND + 20 * SECOND);
    let _ = bench.rejected(2);
    bench.go_to(90 * SECOND);
    let _ = bench.rejected(2);
    bench.expect_start();
    bench.finish_ok(4 * MINUTE);
    bench.advance(30 * SECOND);
    let _ = bench.rejected(3);
    bench.go_to(150 * SECOND - 1);
    assert_eq!(bench.rejected(3), surface(SurfaceReason::TooSoon));
    bench.go_to(150 * SECOND);
    assert!(matches!(bench.rejected(3), Verdict::Wait { .. }));
}
