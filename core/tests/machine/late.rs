//! Answers of attempts that were given up before.

use evertoken::{Adopted, Code, Event, Outcome, Reset, Verdict, trace::Alias};

use crate::bench::{Answer, Bench, HOUR, MINUTE, SECOND};

const LATE: Alias = Alias(50);

fn granted(token: Alias, lifetime_ms: u64) -> Outcome<Alias> {
    Outcome::Granted { token, lifetime_ms }
}

/// A bench whose first attempt was given up at its deadline and whose second one runs.
fn second_attempt_runs() -> Bench {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.go_to(10 * SECOND);
    let _ = bench.tick();
    bench.advance(500);
    let _ = bench.tick();
    assert_eq!(bench.starts.len(), 2);
    bench
}

/// A bench that holds a one-hour token and whose refresh at 46 min was given up at its deadline.
fn refresh_given_up() -> Bench {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.advance(10 * SECOND);
    let _ = bench.tick();
    assert_eq!(bench.state(), "token, paused");
    bench
}

#[test]
fn a_late_token_is_taken_where_nothing_is_held_and_the_live_attempt_goes_on() {
    let mut bench = second_attempt_runs();
    let Verdict::Wait { ticket, .. } = bench.want() else { panic!("no wait") };
    bench.advance(SECOND);
    assert_eq!(bench.finish(1, granted(LATE, HOUR)), Verdict::Done);
    let snapshot = bench.snapshot();
    assert_eq!((snapshot.generation, snapshot.token, Bench::since(snapshot.issued_at)), (1, LATE, 0), "it counts from its own sending");
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(snapshot)));
    assert!(bench.events().contains(&Event::Granted { generation: 1, lifetime_ms: HOUR, late: true }));
    assert_eq!(bench.state(), "token, in flight");
    bench.finish_ok(HOUR);
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn the_failure_of_the_attempt_that_went_on_does_not_make_a_fresh_token_due() {
    let mut bench = second_attempt_runs();
    bench.advance(SECOND);
    let _ = bench.finish(1, granted(LATE, HOUR));
    bench.finish_err(Code::ServerError, None);
    bench.go_to(bench.paused_until());
    let _ = bench.want_in_passing();
    bench.expect_no_start();
    assert_eq!(Bench::since(bench.snapshot().ask_at), 45 * MINUTE);
}

#[test]
fn a_late_token_must_outlive_the_held_one() {
    // The held token ends at 60 min; the late one was sent at 46 min.
    for (lifetime, taken) in [(14 * MINUTE - 1, false), (14 * MINUTE, false), (14 * MINUTE + 1, true)] {
        let mut bench = refresh_given_up();
        assert_eq!(bench.finish(2, granted(LATE, lifetime)), Verdict::Done);
        assert_eq!(bench.snapshot().token == LATE, taken, "{lifetime}");
    }
}

#[test]
fn a_late_token_ends_the_pause_and_the_row_of_failures() {
    let mut bench = refresh_given_up();
    let _ = bench.finish(2, granted(LATE, HOUR));
    assert_eq!(bench.state(), "token, idle");
    assert_eq!(Bench::since(bench.snapshot().ask_at), 46 * MINUTE + 45 * MINUTE);
}

#[test]
fn a_late_token_does_not_end_a_retry_after() {
    let mut bench = second_attempt_runs();
    bench.finish_err(Code::Throttled, Some(20 * SECOND));
    let _ = bench.finish(1, granted(LATE, HOUR));
    assert_eq!((bench.state().as_str(), bench.snapshot().token), ("token, paused", LATE));
}

#[test]
fn the_held_token_that_comes_late_again_lives_longer() {
    let mut bench = refresh_given_up();
    let token = bench.snapshot().token;
    assert_eq!(bench.finish(2, granted(token, 20 * MINUTE)), Verdict::Done);
    assert_eq!((bench.snapshot().generation, Bench::since(bench.snapshot().use_until)), (1, 66 * MINUTE));
    assert_eq!(bench.state(), "token, paused");
}

#[test]
fn a_rejected_token_that_comes_late_is_not_taken_while_another_is_held() {
    let mut bench = Bench::holding(HOUR);
    let rejected = bench.snapshot().token;
    bench.go_to(MINUTE);
    let _ = bench.rejected(1);
    bench.finish_ok(HOUR);
    bench.go_to(50 * MINUTE);
    let _ = bench.want_in_passing();
    bench.advance(10 * SECOND);
    let _ = bench.tick();
    let _ = bench.finish(3, granted(rejected, HOUR));
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn a_late_token_whose_life_is_over_is_nobody_s() {
    for lifetime in [0, 10 * SECOND] {
        let mut bench = Bench::new();
        let _ = bench.want();
        bench.go_to(10 * SECOND);
        let _ = bench.tick();
        assert_eq!(bench.finish(1, granted(LATE, lifetime)), Verdict::Done);
        assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
    }
}

#[test]
fn a_token_that_was_asked_for_before_the_credentials_changed_is_not_taken() {
    // Given up by its deadline before the change, and by the change itself.
    let mut late = second_attempt_runs();
    let _ = late.credentials_changed(false);
    let mut fenced = Bench::new();
    let _ = fenced.want();
    let _ = fenced.credentials_changed(false);
    for mut bench in [late, fenced] {
        assert_eq!(bench.finish(1, granted(LATE, HOUR)), Verdict::Done);
        assert_eq!(bench.state(), "no token, in flight");
        bench.expect_no_start();
    }
}

#[test]
fn a_token_that_was_asked_for_before_a_logout_or_a_fork_is_not_taken() {
    for reset in [Reset::Logout, Reset::Fork] {
        let mut bench = second_attempt_runs();
        let _ = bench.reset(reset);
        for attempt in [1, 2] {
            assert_eq!(bench.finish(attempt, granted(LATE, HOUR)), Verdict::Done, "{reset:?}");
            assert_eq!(bench.state(), "no token, idle");
        }
    }
}

#[test]
fn a_token_that_was_asked_for_after_the_credentials_changed_is_taken_late() {
    let mut bench = Bench::holding(HOUR);
    let _ = bench.credentials_changed(false);
    bench.advance(10 * SECOND);
    let _ = bench.tick();
    let _ = bench.finish(2, granted(LATE, 2 * HOUR));
    assert_eq!(bench.snapshot().token, LATE);
}

#[test]
fn the_end_of_an_attempt_that_was_given_up_is_done_and_changes_nothing_however_it_ended() {
    let failed = |code: Code| Outcome::Failed { error: code.into(), retry_after_ms: Some(MINUTE) };
    for outcome in [failed(Code::ServerError), failed(Code::CredentialsRejected), failed(Code::Cancelled)] {
        let mut bench = second_attempt_runs();
        let _ = bench.credentials_changed(false);
        for attempt in [1, 2] {
            assert_eq!(bench.finish(attempt, outcome.clone()), Verdict::Done);
            assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
        }
    }
    let mut bench = second_attempt_runs();
    assert_eq!(bench.input(evertoken::Input::Abandoned { attempt: 1 }), Verdict::Done);
    assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
}

#[test]
fn the_end_of_an_unknown_attempt_is_misuse_and_changes_nothing() {
    let misuse = |verdict: Verdict<Alias>| matches!(verdict, Verdict::Fail(error) if error.code == Code::Misuse);
    let mut bench = second_attempt_runs();
    for attempt in [0, 3, u64::MAX] {
        assert!(misuse(bench.finish(attempt, granted(LATE, HOUR))));
        assert!(misuse(bench.input(evertoken::Input::Abandoned { attempt })));
        assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
    }
    // An end is reported once.
    bench.finish_ok(HOUR);
    assert!(misuse(bench.finish(2, granted(LATE, 9 * HOUR))));
    let _ = bench.finish(1, granted(LATE, MINUTE));
    assert!(misuse(bench.finish(1, granted(LATE, 9 * HOUR))));
    assert_eq!(bench.snapshot().generation, 1);
}

#[test]
fn the_end_of_an_attempt_is_no_misuse_however_many_were_given_up_since() {
    let mut bench = Bench::new();
    let _ = bench.want();
    for _ in 0..40 {
        let _ = bench.credentials_changed(false);
    }
    for attempt in 1..=40 {
        assert_eq!(bench.finish(attempt, granted(LATE, HOUR)), Verdict::Done, "{attempt}");
        assert!(bench.outputs.is_empty(), "{:?}", bench.outputs);
    }
    assert!(matches!(bench.finish(42, granted(LATE, HOUR)), Verdict::Fail(error) if error.code == Code::Misuse));
    bench.finish_ok(HOUR);
}

#[test]
fn an_attempt_that_was_not_given_up_yet_is_not_late() {
    // Nobody called while its deadline passed.
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.go_to(25 * SECOND);
    bench.finish_ok(HOUR);
    assert!(bench.events().contains(&Event::Granted { generation: 1, lifetime_ms: HOUR, late: false }));
    assert_eq!(bench.starts.len(), 1);
}

#[test]
fn an_answer_and_the_deadline_at_the_same_moment_is_an_answer() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(46 * MINUTE);
    let _ = bench.want_in_passing();
    bench.advance(10 * SECOND);
    bench.finish_ok(30 * SECOND);
    assert_eq!(bench.snapshot().generation, 2, "it replaces also a token that lives longer");
}

#[test]
fn a_late_token_is_also_taken_over_one_of_another_tab() {
    let mut bench = second_attempt_runs();
    let adopted = Adopted { token: Alias(60), issued_at_wall: bench.wall, lifetime_ms: MINUTE, remaining_ms: MINUTE };
    let _ = bench.adopt(adopted);
    let _ = bench.finish(1, granted(LATE, HOUR));
    assert_eq!((bench.snapshot().generation, bench.snapshot().token), (2, LATE));
}

#[test]
fn attempts_that_hang_for_ever_are_replaced_and_their_late_tokens_fenced() {
    // Ten refreshes in a row never answer; then all answer at once, the oldest first.
    let mut bench = Bench::holding(10 * HOUR);
    bench.go_to(9 * HOUR + MINUTE);
    for _ in 0..10 {
        let _ = bench.want_in_passing();
        bench.expect_start();
        bench.advance(10 * SECOND);
        let _ = bench.tick();
        bench.go_to(bench.paused_until());
    }
    let _ = bench.want_in_passing();
    let running = bench.attempt();
    for attempt in 2..running {
        assert_eq!(bench.finish(attempt, granted(Alias(100 + u32::try_from(attempt).unwrap()), 10 * HOUR)), Verdict::Done);
    }
    assert_eq!(bench.snapshot().token, Alias(100 + u32::try_from(running - 1).unwrap()), "the youngest lives longest");
    assert_eq!(bench.state(), "token, in flight");
}

#[test]
fn the_last_sixteen_attempts_that_were_given_up_may_still_bring_a_token() {
    let mut bench = Bench::new();
    while bench.starts.len() < 17 {
        let _ = bench.want();
        bench.advance(SECOND);
        let _ = bench.tick();
    }
    bench.advance(MINUTE);
    let _ = bench.tick();
    assert_eq!(bench.starts.len(), 17);
    assert_eq!(bench.finish(1, granted(LATE, 24 * HOUR)), Verdict::Done, "known, but forgotten");
    assert_eq!(bench.published, None);
    assert_eq!(bench.finish(2, granted(LATE, 24 * HOUR)), Verdict::Done);
    assert_eq!(bench.snapshot().token, LATE);
}
