//! What happens once an API has rejected a token: one forced refresh, the token withheld for a moment, and what is remembered.

use evertoken::{Adopted, Code, Event, Verdict, io::SurfaceReason, trace::Alias};

use crate::{
    bench::{Answer, Bench, CLOCKS, Clock, HOUR, MINUTE, SECOND},
    rejected::{forced_at, past_grace, surface},
};

#[test]
fn a_rejected_token_is_withheld_while_its_replacement_is_fetched() {
    for (lifetime, withheld) in [(HOUR, 2 * SECOND), (MINUTE, 1_500), (10 * SECOND, 250), (5 * SECOND, 250)] {
        let mut bench = past_grace(lifetime);
        let at = bench.time();
        let Verdict::Wait { until_mono, .. } = bench.rejected(1) else { panic!("no wait") };
        assert_eq!(until_mono, bench.mono + 15 * SECOND, "the rejected caller waits for its whole patience");
        bench.expect_start();
        assert_eq!(bench.retracted(), Some(1));
        assert_eq!(bench.published, None);

        bench.go_to(at + withheld / 2);
        let Verdict::Wait { ticket, until_mono } = bench.want() else { panic!("the token is not withheld") };
        assert_eq!(until_mono, bench.mono + withheld - withheld / 2, "others wait until it is published again");

        bench.go_to(at + withheld - 1);
        let _ = bench.tick();
        assert_eq!(bench.published, None);
        bench.go_to(at + withheld);
        let _ = bench.tick();
        let (snapshot, settles) = bench.publish().expect("published again");
        assert_eq!((snapshot.generation, settles), (1, 0));
        assert_eq!(bench.answer(ticket), None, "who waited for it comes back by itself");
        assert_eq!(bench.want_again(SECOND), Verdict::Use(snapshot));
    }
}

#[test]
fn a_withheld_token_is_published_again_when_either_clock_says_so() {
    for clock in CLOCKS {
        let mut bench = past_grace(HOUR);
        let at = bench.time();
        let _ = bench.rejected(1);
        bench.go_to_by(clock, at + 2 * SECOND - 1);
        let _ = bench.tick();
        assert_eq!(bench.published, None, "{clock:?}");
        bench.go_to_by(clock, at + 2 * SECOND);
        let _ = bench.tick();
        assert!(bench.published.is_some(), "{clock:?}");
    }
}

#[test]
fn the_machine_wakes_its_host_to_publish_a_withheld_token_again() {
    let mut bench = past_grace(HOUR);
    let _ = bench.rejected(1);
    assert_eq!(bench.wake_at, Some(bench.now().plus(2 * SECOND)));
}

#[test]
fn a_caller_with_less_patience_waits_no_longer_than_that_for_a_withheld_token() {
    let mut bench = past_grace(HOUR);
    let _ = bench.rejected(1);
    assert!(matches!(bench.want_patiently(100), Verdict::Wait { until_mono, .. } if until_mono == bench.mono + 100));
    bench.advance(100);
    assert!(matches!(bench.want_again(0), Verdict::Use(snapshot) if snapshot.generation == 1), "a valid token is better than a failure");
    assert!(matches!(bench.want_patiently(0), Verdict::Use(snapshot) if snapshot.generation == 1));
}

#[test]
fn everybody_who_waits_gets_the_replacement() {
    let mut bench = past_grace(HOUR);
    let Verdict::Wait { ticket: rejected, .. } = bench.rejected(1) else { panic!("no wait") };
    let Verdict::Wait { ticket: other, .. } = bench.want() else { panic!("no wait") };
    bench.advance(SECOND);
    bench.finish_ok(HOUR);
    let answer = Answer::Published(bench.snapshot());
    assert_eq!(bench.snapshot().generation, 2);
    assert_eq!((bench.answer(rejected), bench.answer(other)), (Some(&answer), Some(&answer)));
}

#[test]
fn a_failed_forced_refresh_leaves_the_token_held_and_marked_in_every_class() {
    for (code, retry_after) in [
        (Code::RequestRefused, None),
        (Code::CredentialsRejected, None),
        (Code::AccountRefused, None),
        (Code::Throttled, None),
        (Code::Throttled, Some(2 * MINUTE)),
        (Code::ServerError, None),
        (Code::MalformedAnswer, None),
        (Code::TransportFailed, None),
        (Code::NetworkOrCors, None),
        (Code::AttemptDeadline, None),
        (Code::Cancelled, None),
    ] {
        let mut bench = past_grace(HOUR);
        let Verdict::Wait { ticket, .. } = bench.rejected(1) else { panic!("no wait") };
        let Verdict::Wait { ticket: other, .. } = bench.want() else { panic!("no wait") };
        bench.advance(SECOND);
        bench.finish_err(code, retry_after);
        let until = bench.paused_until();
        let snapshot = bench.snapshot();
        assert_eq!((snapshot.generation, Bench::since(snapshot.ask_at), Bench::since(snapshot.use_until)), (1, until, HOUR), "{code}");
        let answer = Answer::Published(snapshot);
        assert_eq!(bench.answer(ticket), Some(&answer), "{code}: its own generation, so the API's answer");
        assert_eq!(bench.answer(other), Some(&answer), "{code}: the token still serves");
        assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused), "{code}");
        bench.go_to(until - 1);
        let _ = bench.want();
        bench.expect_no_start();
        bench.go_to(until);
        assert!(matches!(bench.want(), Verdict::Use(_)), "{code}: a marked token is served while it is refreshed");
        assert!(bench.started().is_some(), "{code}: and it is refreshed");
    }
}

#[test]
fn a_forced_refresh_that_hangs_fails_at_its_deadline() {
    let mut bench = past_grace(HOUR);
    let Verdict::Wait { ticket, .. } = bench.rejected(1) else { panic!("no wait") };
    bench.go_to(20 * SECOND);
    let _ = bench.tick();
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(snapshot)) if snapshot.generation == 1));
    assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused));
}

#[test]
fn an_abandoned_forced_refresh_leaves_the_token_marked() {
    let mut bench = past_grace(HOUR);
    let _ = bench.rejected(1);
    bench.abandon();
    bench.go_to(bench.paused_until());
    assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused));
}

#[test]
fn a_generation_is_forced_once_however_long_it_is_rejected() {
    let mut bench = Bench::holding(10 * HOUR);
    bench.go_to(MINUTE);
    let _ = bench.rejected(1);
    bench.finish_err(Code::ServerError, None);
    let mut forced = 0;
    for _ in 0..500 {
        bench.advance(10 * SECOND);
        let verdict = bench.rejected(1);
        assert!(matches!(verdict, Verdict::Surface(_) | Verdict::Wait { .. }), "{verdict:?}");
        forced += u32::from(bench.started().is_some());
        let _ = bench.want_in_passing();
        if bench.started().is_some() {
            bench.finish_err(Code::ServerError, None);
        }
    }
    assert_eq!(forced, 0);
}

#[test]
fn a_new_token_is_not_marked_though_the_old_one_s_forced_refresh_still_runs_and_fails() {
    // Another tab's token arrives while the forced refresh runs.
    let mut bench = past_grace(HOUR);
    let _ = bench.rejected(1);
    bench.advance(SECOND);
    let fresh = Adopted { token: Alias(77), issued_at_wall: bench.wall, lifetime_ms: 2 * HOUR, remaining_ms: 2 * HOUR };
    let _ = bench.adopt(fresh);
    assert_eq!(bench.snapshot().generation, 2);
    bench.advance(SECOND);
    bench.finish_err(Code::ServerError, None);
    bench.go_to(bench.paused_until());
    assert_eq!(bench.want(), Verdict::Use(bench.snapshot()));
    bench.expect_no_start();
    bench.advance(MINUTE);
    assert!(matches!(bench.rejected(2), Verdict::Wait { .. }), "its own first rejection forces a refresh");
    bench.expect_start();
}

// Bodies that cannot be sent again.

#[test]
fn a_call_whose_body_cannot_be_sent_again_gets_the_api_s_answer_where_it_would_be_retried() {
    let not_replayable = surface(SurfaceReason::NotReplayable);
    let reject = |bench: &mut Bench, generation| bench.rejected_with(generation, false, false, 15 * SECOND);

    let mut replaced = forced_at(HOUR, MINUTE);
    assert_eq!(reject(&mut replaced, 1), not_replayable);
    let mut young = Bench::holding(HOUR);
    assert_eq!(reject(&mut young, 1), not_replayable);
    let mut window = Bench::holding(HOUR);
    window.go_to(46 * MINUTE);
    let _ = window.want_in_passing();
    assert_eq!(reject(&mut window, 1), not_replayable);
    let mut nothing = Bench::new();
    assert_eq!(reject(&mut nothing, 1), not_replayable);
}

#[test]
fn the_rejection_of_such_a_call_forces_the_refresh_all_the_same() {
    let mut bench = past_grace(HOUR);
    assert_eq!(bench.rejected_with(1, false, false, 15 * SECOND), surface(SurfaceReason::NotReplayable));
    bench.expect_start();
    assert_eq!(bench.retracted(), Some(1));
    bench.finish_ok(HOUR);
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn such_a_call_waits_for_nothing_and_leaves_no_ticket() {
    let mut bench = Bench::new();
    let _ = bench.rejected_with(1, false, false, 15 * SECOND);
    bench.expect_start();
    bench.finish_err(Code::ServerError, None);
    bench.advance(500);
    let _ = bench.tick();
    bench.expect_no_start();
}

// Tokens that were rejected before.

#[test]
fn a_rejected_token_that_comes_again_is_a_failed_refresh_while_a_token_is_held() {
    let mut bench = forced_at(HOUR, MINUTE);
    let rejected = Alias(1);
    bench.go_to(MINUTE + 46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.finish_with(rejected, HOUR);
    assert!(matches!(&bench.events()[..], [Event::Failed { error, served: true, .. }, ..] if error.code == Code::TokenRejectedAgain));
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn a_rejected_token_that_comes_again_is_accepted_where_nothing_is_held() {
    let mut bench = past_grace(HOUR);
    let token = bench.snapshot().token;
    let _ = bench.rejected(1);
    let _ = bench.invalidate(1);
    bench.finish_with(token, HOUR);
    assert_eq!((bench.snapshot().generation, bench.snapshot().token), (2, token));
}

#[test]
fn the_held_token_lives_longer_when_it_comes_again_though_it_was_rejected() {
    let mut bench = past_grace(HOUR);
    let token = bench.snapshot().token;
    let _ = bench.rejected(1);
    bench.go_to(20 * SECOND - 1);
    bench.finish_with(token, 2 * HOUR);
    assert_eq!(bench.rejected(1), surface(SurfaceReason::Paused), "the refresh has failed");
    assert_eq!(Bench::since(bench.snapshot().use_until), 10 * SECOND + 2 * HOUR);
}

#[test]
fn the_last_8_rejected_tokens_are_remembered() {
    // Tokens 1 to 9 were rejected and replaced one after another; token 10 is held, and now rejected too.
    let mut bench = Bench::holding(10 * HOUR);
    for generation in 1..=9 {
        bench.advance(10 * MINUTE);
        let _ = bench.rejected(generation);
        bench.expect_start();
        bench.finish_ok(10 * HOUR);
    }
    assert_eq!(bench.snapshot().generation, 10);
    bench.advance(10 * MINUTE);
    let _ = bench.rejected(10);
    for (token, accepted) in [(10, false), (9, false), (3, false), (2, true), (1, true)] {
        let mut bench = bench.clone();
        bench.finish_with(Alias(token), 10 * HOUR);
        assert_eq!(bench.snapshot().generation == 11, accepted, "token {token}");
    }
}

// Many callers.

#[test]
fn two_hundred_rejections_at_once_cost_one_request() {
    let mut bench = past_grace(HOUR);
    let before = bench.starts.len();
    let tickets: Vec<u64> = (0..200)
        .map(|_| match bench.rejected(1) {
            Verdict::Wait { ticket, .. } => ticket,
            other => panic!("{other:?}"),
        })
        .collect();
    bench.advance(300);
    bench.finish_ok(HOUR);
    let answer = Answer::Published(bench.snapshot());
    assert!(tickets.iter().all(|ticket| bench.answer(*ticket) == Some(&answer)));
    assert_eq!(bench.starts.len(), before + 1);
}

#[test]
fn two_hundred_rejections_spread_over_half_a_second_cost_one_request() {
    let mut bench = past_grace(HOUR);
    let before = bench.starts.len();
    let mut retried_at_once = 0;
    for call in 0..200 {
        if call == 80 {
            bench.finish_ok(HOUR);
        }
        match bench.rejected(1) {
            Verdict::Wait { .. } => assert!(call < 80),
            Verdict::RetryWith(snapshot) => {
                assert_eq!(snapshot.generation, 2);
                retried_at_once += 1;
            }
            other => panic!("{other:?}"),
        }
        bench.advance(if call % 2 == 0 { 2 } else { 3 });
    }
    assert_eq!((bench.starts.len(), retried_at_once), (before + 1, 120));
}

#[test]
fn two_hundred_rejections_cost_one_request_also_when_it_fails() {
    for clock in [Clock::Both, Clock::Mono] {
        let mut bench = past_grace(HOUR);
        let before = bench.starts.len();
        for call in 0..200 {
            if call == 80 {
                bench.finish_err(Code::ServerError, None);
            }
            let verdict = bench.rejected(1);
            assert!(matches!(verdict, Verdict::Wait { .. }) == (call < 80), "{clock:?} {call} {verdict:?}");
            bench.go_to_by(clock, bench.time() + 3);
        }
        assert_eq!(bench.starts.len(), before + 1);
    }
}
