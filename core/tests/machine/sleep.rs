//! Devices that sleep: mono stands still, the wall clock jumps.

use evertoken::{Code, Outcome, Reset, Verdict};

use crate::{
    bench::{Answer, Bench, HOUR, MINUTE, SECOND, WALL, used, waits},
    clocks::Life,
};

fn sleep(bench: &mut Bench, ms: u64) {
    bench.wall += ms;
}

#[test]
fn after_an_hour_of_sleep_a_token_that_is_over_is_not_used() {
    let mut bench = Bench::holding(30 * MINUTE);
    bench.advance(MINUTE);
    used(bench.want());
    sleep(&mut bench, HOUR);
    let (ticket, _) = waits(bench.want());
    bench.expect_start();
    bench.finish_ok(30 * MINUTE);
    let snapshot = bench.snapshot();
    assert_eq!(bench.answer(ticket), Some(&Answer::Published(snapshot.clone())));
    assert_eq!(snapshot.use_until.left_ms(bench.now()), 29 * MINUTE, "the new token has its whole life");
}

#[test]
fn after_an_hour_of_sleep_a_token_that_still_lives_is_used_and_refreshed() {
    let mut bench = Bench::holding(80 * MINUTE);
    bench.advance(MINUTE);
    sleep(&mut bench, HOUR);
    used(bench.want());
    bench.expect_start();
    let mut bench = Bench::holding(10 * HOUR);
    sleep(&mut bench, HOUR);
    used(bench.want());
    bench.expect_no_start();
}

#[test]
fn a_host_that_slept_notices_by_its_own_snapshot() {
    let mut bench = Bench::holding(30 * MINUTE);
    let held = bench.snapshot().token;
    bench.advance(MINUTE);
    assert_eq!(bench.call(), (Some(held), false));
    sleep(&mut bench, HOUR);
    assert_eq!(bench.call(), (None, true), "the stale token is not used though mono barely moved");
}

#[test]
fn after_an_hour_of_sleep_the_attempt_that_ran_is_replaced_and_its_callers_are_served() {
    for (lifetime, at) in [(30 * MINUTE, 25 * MINUTE), (10 * HOUR, 9 * HOUR)] {
        let mut bench = Bench::holding(lifetime);
        bench.go_to(at);
        let _ = bench.want_in_passing();
        sleep(&mut bench, HOUR);
        let verdict = bench.want();
        assert!(bench.started().is_some(), "{lifetime}");
        bench.advance(300);
        // The connection of the first attempt broke in the meantime.
        let broken = Outcome::Failed { error: Code::TransportFailed.into(), retry_after_ms: None };
        assert_eq!(bench.finish(2, broken), Verdict::Done);
        bench.finish_ok(lifetime);
        assert_eq!(bench.starts.len(), 3);
        if let Verdict::Wait { ticket, .. } = verdict {
            assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
        }
    }
}

#[test]
fn after_half_an_hour_of_sleep_a_pause_is_over() {
    for (code, retry_after) in [(Code::ServerError, None), (Code::CredentialsRejected, None), (Code::Throttled, Some(30 * MINUTE))] {
        let mut bench = Bench::holding(10 * HOUR);
        bench.go_to(9 * HOUR);
        let _ = bench.want_in_passing();
        bench.finish_err(code, retry_after);
        sleep(&mut bench, 30 * MINUTE);
        used(bench.want());
        assert!(bench.started().is_some(), "{code}");
        let mut bench = Bench::new();
        waits(bench.want());
        bench.finish_err(code, retry_after);
        bench.advance(500);
        sleep(&mut bench, 30 * MINUTE);
        let (ticket, _) = waits(bench.want());
        bench.finish_ok(HOUR);
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))), "{code}");
    }
}

#[test]
fn who_waited_when_the_device_fell_asleep_is_served_after_it() {
    let mut bench = Bench::new();
    bench.draw(u64::MAX);
    let (during_attempt, _) = waits(bench.want());
    let mut paused = Bench::new();
    waits(paused.want());
    paused.finish_err(Code::Throttled, Some(10 * SECOND));
    let (during_pause, _) = waits(paused.want());
    for (bench, ticket) in [(&mut bench, during_attempt), (&mut paused, during_pause)] {
        bench.advance(SECOND);
        sleep(bench, HOUR);
        let _ = bench.tick();
        bench.expect_start();
        bench.finish_ok(HOUR);
        assert!(matches!(bench.answer(ticket), Some(Answer::Published(_))));
    }
}

#[test]
fn a_sleep_costs_at_most_two_extra_requests() {
    for lifetime in [MINUTE, 30 * MINUTE] {
        let horizon = 2 * lifetime + MINUTE;
        let mut straight = Life::new(lifetime);
        straight.run(horizon);
        let expected = straight.bench.starts.len();
        let mut before = Life::new(lifetime);
        for at in 0..40 {
            before.run(if at == 0 { 100 } else { lifetime / 40 });
            let mut slept = before.clone();
            sleep(&mut slept.bench, HOUR);
            slept.run(horizon - slept.bench.time());
            assert!(slept.bench.starts.len() <= expected + 2, "lifetime {lifetime}, at {}", before.bench.time());
        }
    }
}

#[test]
fn a_sleep_with_a_logout_in_it_leaves_no_old_token() {
    let mut bench = Bench::holding(30 * MINUTE);
    sleep(&mut bench, HOUR);
    let _ = bench.reset(Reset::Logout);
    assert_eq!(bench.published, None);
    assert_eq!(bench.wall, WALL + HOUR);
    waits(bench.want());
}
