//! Tokens that another tab or process has fetched.

use evertoken::{Adopted, Code, Event, Freshness, Reset, Verdict, trace::Alias};

use crate::bench::{Answer, Bench, CLOCKS, HOUR, MINUTE, SECOND, WALL};

const OTHER: Alias = Alias(70);

/// What another tab posts of a token that it asked for at `issued` and sees `remaining_ms` left of.
fn posted(token: Alias, issued: u64, lifetime_ms: u64, remaining_ms: u64) -> Adopted<Alias> {
    Adopted { token, issued_at_wall: WALL + issued, lifetime_ms, remaining_ms }
}

fn fresh(bench: &Bench, lifetime_ms: u64) -> Adopted<Alias> {
    Adopted { token: OTHER, issued_at_wall: bench.wall, lifetime_ms, remaining_ms: lifetime_ms }
}

#[track_caller]
fn assert_adopts(bench: &mut Bench, token: Adopted<Alias>, taken: bool) {
    let before = bench.published.clone();
    let name = token.token;
    assert_eq!(bench.adopt(token), Verdict::Done);
    if taken {
        assert_eq!(bench.snapshot().token, name);
    } else {
        assert_eq!(bench.published.clone(), before);
        assert!(!bench.events().iter().any(|event| matches!(event, Event::Adopted { .. })));
    }
}

#[test]
fn a_token_of_another_tab_is_used_and_answers_who_waits() {
    let mut bench = Bench::new();
    let Verdict::Wait { ticket, .. } = bench.want() else { panic!("no wait") };
    bench.advance(SECOND);
    let _ = bench.adopt(posted(OTHER, 200, HOUR, HOUR - 500));
    let snapshot = bench.snapshot();
    assert_eq!((snapshot.generation, snapshot.token, snapshot.lifetime_ms), (1, OTHER, HOUR));
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(snapshot)));
    assert_eq!(bench.state(), "token, in flight", "the live attempt goes on");
    assert!(bench.events().contains(&Event::Adopted { generation: 1 }));
}

#[test]
fn what_remains_is_the_smaller_of_the_sender_s_word_and_the_wall_clock_s() {
    // At 10 min. W is 15 min, H a minute.
    for (issued, remaining, left) in [
        (0, 50 * MINUTE, 50 * MINUTE),
        (0, 40 * MINUTE, 40 * MINUTE),
        (5 * MINUTE, 40 * MINUTE, 40 * MINUTE),
        (0, 58 * MINUTE, 50 * MINUTE),
        (0, 5 * HOUR, 50 * MINUTE),
        // A sender whose wall clock is ahead: never more than the whole lifetime.
        (30 * MINUTE, 5 * HOUR, HOUR),
    ] {
        let mut bench = Bench::new();
        bench.go_to(10 * MINUTE);
        let _ = bench.adopt(posted(OTHER, issued, HOUR, remaining));
        assert_eq!(Bench::since(bench.snapshot().use_until), 10 * MINUTE + left - MINUTE, "{issued} {remaining}");
        assert_eq!(Bench::since(bench.snapshot().ask_at), 10 * MINUTE + left - 15 * MINUTE, "{issued} {remaining}");
    }
}

#[test]
fn a_token_of_another_tab_without_life_is_not_taken() {
    for (issued, lifetime, remaining, taken) in [
        (0, HOUR, 0, false),
        (0, HOUR, 1, true),
        (0, 10 * MINUTE, 10 * MINUTE, false),
        (0, 10 * MINUTE + 1, 10 * MINUTE, true),
        (0, 0, 0, false),
    ] {
        let mut bench = Bench::new();
        bench.go_to(10 * MINUTE);
        assert_adopts(&mut bench, posted(OTHER, issued, lifetime, remaining), taken);
    }
}

#[test]
fn a_token_of_another_tab_must_outlive_the_held_one() {
    for (remaining, taken) in [(50 * MINUTE - 1, false), (50 * MINUTE, false), (50 * MINUTE + 1, true)] {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(10 * MINUTE);
        assert_adopts(&mut bench, posted(OTHER, 10 * MINUTE, 2 * HOUR, remaining), taken);
    }
}

#[test]
fn the_held_token_is_not_taken_again_from_another_tab() {
    let mut bench = Bench::holding(HOUR);
    let held = bench.snapshot();
    bench.go_to(10 * MINUTE);
    assert_adopts(&mut bench, posted(held.token, 10 * MINUTE, 2 * HOUR, 2 * HOUR), false);
    assert_eq!(bench.snapshot(), held);
}

#[test]
fn a_token_of_another_tab_must_be_issued_after_the_first_rejection() {
    for (issued, taken) in [(20 * SECOND - 1, false), (20 * SECOND, false), (20 * SECOND + 1, true)] {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(20 * SECOND);
        let _ = bench.rejected(1);
        bench.go_to(25 * SECOND);
        let _ = bench.rejected(1);
        assert_adopts(&mut bench, posted(OTHER, issued, 2 * HOUR, 2 * HOUR), taken);
    }
}

#[test]
fn the_first_rejection_counts_also_after_the_rejected_token_was_replaced() {
    let mut bench = Bench::holding(HOUR);
    bench.go_to(20 * SECOND);
    let _ = bench.rejected(1);
    bench.advance(SECOND);
    bench.finish_ok(HOUR);
    assert_adopts(&mut bench, posted(OTHER, 20 * SECOND, 2 * HOUR, 2 * HOUR), false);
    assert_adopts(&mut bench, posted(OTHER, 20 * SECOND + 1, 2 * HOUR, 2 * HOUR), true);
}

#[test]
fn a_rejected_token_is_not_taken_from_another_tab() {
    let mut bench = Bench::holding(HOUR);
    let rejected = bench.snapshot().token;
    bench.go_to(20 * SECOND);
    let _ = bench.rejected(1);
    bench.finish_ok(HOUR);
    bench.advance(SECOND);
    assert_adopts(&mut bench, posted(rejected, 21 * SECOND, 2 * HOUR, 2 * HOUR), false);
    let _ = bench.invalidate(2);
    assert_adopts(&mut bench, posted(rejected, 21 * SECOND, 2 * HOUR, 2 * HOUR), false);
}

#[test]
fn a_token_of_another_tab_must_be_issued_after_the_credentials_changed() {
    for (issued, taken) in [(20 * SECOND - 1, false), (20 * SECOND, false), (20 * SECOND + 1, true)] {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(20 * SECOND);
        let _ = bench.credentials_changed(true);
        bench.advance(SECOND);
        assert_adopts(&mut bench, posted(OTHER, issued, 2 * HOUR, 2 * HOUR), taken);
    }
}

#[test]
fn a_token_of_another_tab_must_be_issued_after_a_logout() {
    for (issued, taken) in [(20 * SECOND - 1, false), (20 * SECOND, false), (20 * SECOND + 1, true)] {
        let mut bench = Bench::holding(HOUR);
        bench.go_to(20 * SECOND);
        let _ = bench.reset(Reset::Logout);
        bench.advance(SECOND);
        assert_adopts(&mut bench, posted(OTHER, issued, 2 * HOUR, 2 * HOUR), taken);
    }
}

#[test]
fn an_invalidated_token_may_come_back_from_another_tab() {
    // The user's word is not a server's rejection.
    let mut bench = Bench::holding(HOUR);
    let token = bench.snapshot().token;
    bench.go_to(20 * SECOND);
    let _ = bench.invalidate(1);
    assert_adopts(&mut bench, posted(token, 0, HOUR, HOUR - 20 * SECOND), true);
    assert_eq!(bench.snapshot().generation, 2);
}

#[test]
fn the_attempt_that_goes_on_replaces_another_tab_s_token_when_it_answers() {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.advance(SECOND);
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    bench.finish_ok(30 * MINUTE);
    assert_eq!((bench.snapshot().generation, bench.snapshot().lifetime_ms), (2, 30 * MINUTE));
}

#[test]
fn another_tab_s_token_is_refreshed_no_earlier_because_the_attempt_that_went_on_fails() {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.advance(SECOND);
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    bench.finish_err(Code::ServerError, None);
    bench.go_to(bench.paused_until());
    let _ = bench.want_in_passing();
    bench.expect_no_start();
    assert_eq!(Bench::since(bench.snapshot().ask_at), SECOND + 45 * MINUTE);
}

#[test]
fn a_pause_stays_when_another_tab_s_token_comes() {
    // The server's answer here still stands: a token from elsewhere does not mend it.
    for (code, retry_after) in [(Code::CredentialsRejected, None), (Code::Throttled, Some(MINUTE))] {
        let mut bench = Bench::new();
        let _ = bench.want();
        bench.finish_err(code, retry_after);
        let until = bench.paused_until();
        bench.advance(SECOND);
        let token = fresh(&bench, HOUR);
        assert_adopts(&mut bench, token, true);
        assert_eq!(Bench::since(bench.snapshot().ask_at), until, "{code}");
        bench.go_to(until - 1);
        let _ = bench.want_valid(40 * MINUTE);
        let _ = bench.want_valid(HOUR);
        bench.expect_no_start();
    }
}

#[test]
fn a_retry_that_waits_for_the_end_of_a_pause_is_moot_once_another_tab_s_token_comes() {
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.finish_err(Code::Throttled, Some(MINUTE));
    let _ = bench.retry();
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    bench.go_to(MINUTE);
    let _ = bench.tick();
    bench.expect_no_start();
}

#[test]
fn a_refresh_for_new_credentials_is_still_owed_when_another_tab_s_token_comes() {
    // The other tab may not have them yet.
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.finish_err(Code::Throttled, Some(MINUTE));
    let _ = bench.credentials_changed(false);
    bench.advance(SECOND);
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    bench.go_to(MINUTE);
    let _ = bench.tick();
    bench.expect_start();
}

#[test]
fn a_token_of_another_tab_comes_into_a_pause_between_two_attempts() {
    let mut bench = Bench::new();
    let Verdict::Wait { ticket, .. } = bench.want() else { panic!("no wait") };
    bench.finish_err(Code::ServerError, None);
    bench.advance(100);
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    assert!(bench.answer(ticket).is_some());
    bench.advance(HOUR / 2);
    let _ = bench.tick();
    assert_eq!(bench.starts.len(), 1, "nobody needs another attempt");
}

#[test]
fn a_token_of_another_tab_comes_before_a_deadline_that_falls_into_the_same_moment() {
    // The attempt's deadline would fail everybody who waits, with one attempt left.
    let mut bench = Bench::new();
    let _ = bench.want_patiently(1);
    bench.advance(1);
    bench.finish_err(Code::ServerError, None);
    bench.advance(15 * SECOND);
    let Verdict::Wait { ticket, .. } = bench.want() else { panic!("no wait") };
    bench.expect_start();
    bench.advance(10 * SECOND);
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));

    // A further attempt would be sent for nobody.
    let mut bench = Bench::new();
    let _ = bench.want();
    bench.finish_err(Code::ServerError, None);
    bench.advance(500);
    let token = fresh(&bench, HOUR);
    assert_adopts(&mut bench, token, true);
    bench.expect_no_start();
}

#[test]
fn an_adopted_token_ends_by_either_clock() {
    for clock in CLOCKS {
        let mut bench = Bench::new();
        let token = fresh(&bench, MINUTE);
        assert_adopts(&mut bench, token, true);
        bench.go_to_by(clock, MINUTE - 1);
        assert!(matches!(bench.want(), Verdict::Use(_) | Verdict::Wait { .. }));
        assert!(bench.machine.snapshot().is_some(), "{clock:?}");
        bench.go_to_by(clock, MINUTE);
        let _ = bench.tick();
        assert!(bench.machine.snapshot().is_none(), "{clock:?}");
    }
}

#[test]
fn two_tabs_cannot_keep_a_token_alive_by_posting_it_to_each_other() {
    let mut tabs = [Bench::holding(HOUR), Bench::new()];
    for _ in 0..100 {
        for (from, to) in [(0, 1), (1, 0)] {
            if let Some(snapshot) = tabs[from].machine.snapshot() {
                let token = snapshot.adopted(tabs[from].now());
                let _ = tabs[to].adopt(token);
            }
            for tab in &mut tabs {
                tab.advance(25 * SECOND);
                let _ = tab.tick();
            }
        }
    }
    assert!(tabs.iter().all(|tab| tab.machine.snapshot().is_none()));
}

#[test]
fn a_mono_clock_that_is_younger_than_the_token_is_no_obstacle() {
    // Mono counts from a process's or a device's start.
    let mut bench = Bench::new();
    bench.mono = 1_000;
    let token = Adopted { token: OTHER, issued_at_wall: bench.wall - 10 * MINUTE, lifetime_ms: HOUR, remaining_ms: 50 * MINUTE };
    let _ = bench.adopt(token);
    assert_eq!(bench.snapshot().use_until.left_ms(bench.now()), 49 * MINUTE);
    bench.advance(49 * MINUTE);
    assert_eq!(bench.snapshot().freshness(bench.now(), 0), Freshness::Ask);
}
