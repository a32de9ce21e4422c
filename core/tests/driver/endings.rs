//! How flights end: late, lost, panicked, aborted.

use evertoken::{Code, Outcome};

use crate::{
    script::{failed, granted},
    world::{HOUR, World},
};

#[test]
fn a_flight_whose_task_is_gone_is_replaced_at_once() {
    let mut world = World::new();
    let caller = world.headers();
    world.script.lose(1);
    world.run();
    assert_eq!(world.script.started(), 2);
    world.script.end(2, granted("token-1", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-1");
}

#[test]
fn a_flight_that_is_lost_again_and_again_is_paced() {
    let mut world = World::new();
    let caller = world.headers();
    for _ in 0..60 {
        let started = world.script.started();
        world.script.lose(started);
        world.advance(250);
    }
    assert!(world.script.started() < 12, "{} attempts in 15 s", world.script.started());
    assert_eq!(caller.code(), "deadline");
}

#[test]
fn a_panic_of_a_flight_is_a_failure() {
    let mut world = World::new();
    let caller = world.headers();
    world.script.panic(1);
    world.run();
    assert!(!caller.is_done());
    world.advance(500);
    assert_eq!(world.script.started(), 2, "it is asked again as after any failure of the transport");
    world.script.end(2, granted("token-1", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-1");
}

#[test]
fn a_panic_of_the_transport_in_start_is_a_failure() {
    let mut world = World::new();
    world.script.panic_in_start(true);
    let caller = world.headers();
    world.advance(15_000);
    assert_eq!(caller.code(), "transport_failed");
    assert_eq!(world.script.started(), 3);
    world.script.panic_in_start(false);
    world.advance(15_000);
    let caller = world.headers();
    world.script.end(4, granted("token-1", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-1");
}

#[test]
fn a_late_answer_of_an_attempt_that_was_given_up_is_used() {
    let mut world = World::new();
    let caller = world.headers();
    world.advance(12_000);
    assert_eq!(world.script.started(), 2, "the first attempt was given up at its deadline");
    assert!(!world.script.is_dropped(1), "but it goes on");
    world.script.end(1, granted("token-late", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-late");
}

#[test]
fn an_attempt_that_was_given_up_is_aborted_after_30_s() {
    let mut world = World::new();
    assert_eq!(world.patient(0).code(), "deadline");
    assert_eq!(world.script.abort_after_ms(1), 30_000);
    world.advance(29_000);
    let _waiting = world.headers();
    world.advance(999);
    assert!(!world.script.is_dropped(1));
    world.advance(1);
    assert!(world.script.is_dropped(1), "a caller that waits for something else sees to it");
}

#[test]
fn an_idle_source_aborts_at_its_next_call() {
    let mut world = World::holding(HOUR);
    world.advance(45 * 60_000);
    assert_eq!(world.headers().token(), "token-1");
    world.advance(60_000);
    assert!(!world.script.is_dropped(2));
    assert_eq!(world.headers().token(), "token-1");
    assert!(world.script.is_dropped(2));
    assert_eq!(world.script.started(), 3, "and asks again");
}

#[test]
fn an_ended_flight_is_dropped() {
    let world = World::holding(HOUR);
    assert!(world.script.is_dropped(1));
}

#[test]
fn a_failure_while_the_token_is_good_is_not_noticed() {
    let mut world = World::holding(HOUR);
    world.advance(45 * 60_000);
    for _ in 0..1_000 {
        assert_eq!(world.headers().token(), "token-1");
        let started = world.script.started();
        if !world.script.is_dropped(started) {
            world.script.end(started, failed(Code::ServerError));
        }
        world.advance(500);
    }
    let started = world.script.started();
    assert!((3..40).contains(&started), "{started} attempts");
}

#[test]
fn a_single_use_token_goes_to_those_who_wait_and_is_not_kept() {
    let mut world = World::new();
    let (a, b) = (world.headers(), world.headers());
    world.script.end(1, granted("token-once", 0));
    world.run();
    assert_eq!((a.token(), b.token()), ("token-once".into(), "token-once".into()));
    assert!(world.source.snapshot().is_none());
}

#[test]
fn a_retry_after_is_kept_and_told() {
    let mut world = World::new();
    let caller = world.headers();
    world.script.end(1, Outcome::Failed { error: Code::Throttled.into(), retry_after_ms: Some(120_000) });
    world.run();
    let error = caller.result().unwrap_err();
    assert_eq!(error.code, Code::Throttled);
    assert_eq!(error.retry_at.unwrap().mono, world.time.mono() + 120_000);
    assert_eq!(world.headers().code(), "throttled");
    assert_eq!(world.script.started(), 1);
}
