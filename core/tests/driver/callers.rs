//! Those who ask: how long they wait, and what one of them does to the others.

use std::{
    pin::pin,
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering},
    task::{Context, Wake, Waker},
};

use evertoken::{Code, driver::HeaderOptions};

use crate::{
    script::{failed, granted},
    world::{HOUR, World},
};

struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn the_first_call_fetches_and_the_others_reuse() {
    let mut world = World::new();
    let first = world.headers();
    assert!(!first.is_done());
    assert!(world.source.snapshot().is_none());
    world.script.end(1, granted("token-1", HOUR));
    world.run();
    assert_eq!(first.token(), "token-1");
    for _ in 0..10 {
        assert_eq!(world.headers().token(), "token-1");
    }
    assert_eq!(world.source.with_header(|name, value| format!("{name}: {value}")).unwrap(), "Authorization: Bearer token-1");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn ten_thousand_callers_cold_make_one_request() {
    let mut world = World::new();
    let callers: Vec<_> = (0..10_000).map(|_| world.headers()).collect();
    assert_eq!(world.script.started(), 1);
    world.script.end(1, granted("token-1", HOUR));
    world.run();
    assert!(callers.iter().all(|caller| caller.token() == "token-1"));
    assert_eq!(world.script.started(), 1);
    assert!(world.script.polls(1) < 10, "{} polls", world.script.polls(1));
}

#[test]
fn a_cancelled_caller_harms_nobody_and_leaves_nothing_behind() {
    let world = World::new();
    let woken = Arc::new(Counted(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    {
        let mut cancelled = pin!(world.source.headers());
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(Arc::strong_count(&woken) > 2, "the caller has left its waker");
    }
    assert_eq!(Arc::strong_count(&woken), 2, "a caller that is gone took its waker along");
    world.script.end(1, granted("token-1", HOUR));
    assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    assert_eq!(world.source.snapshot().unwrap().token.token(), "token-1");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn the_first_caller_is_cancelled_and_the_others_are_served() {
    let mut world = World::new();
    let first = world.headers();
    let others: Vec<_> = (0..5).map(|_| world.headers()).collect();
    first.cancel();
    world.run();
    world.script.end(1, granted("token-1", HOUR));
    world.run();
    assert!(!first.is_done());
    assert!(others.iter().all(|caller| caller.token() == "token-1"));
    assert_eq!(world.script.started(), 1);
}

#[test]
fn a_flight_goes_on_when_all_its_callers_are_cancelled() {
    let mut world = World::new();
    world.headers().cancel();
    world.run();
    world.script.end(1, granted("token-1", HOUR));
    assert_eq!(world.headers().token(), "token-1");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn each_caller_waits_by_its_own_patience() {
    let mut world = World::new();
    let (hasty, patient) = (world.patient(500), world.patient(5_000));
    world.advance(499);
    assert!(!hasty.is_done());
    world.advance(1);
    assert_eq!(hasty.code(), "deadline");
    assert!(!patient.is_done());
    world.advance(4_000);
    world.script.end(1, granted("token-1", HOUR));
    world.run();
    assert_eq!(patient.token(), "token-1");
}

#[test]
fn a_caller_without_patience_is_refused_at_once_and_the_request_goes_out() {
    let mut world = World::new();
    assert_eq!(world.patient(0).code(), "deadline");
    world.script.end(1, granted("token-1", HOUR));
    assert_eq!(world.patient(0).token(), "token-1");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn patience_is_one_budget_over_all_attempts() {
    let mut world = World::new();
    let caller = world.headers();
    for expected in [1, 2, 3] {
        assert_eq!(world.script.started(), expected);
        world.script.end(expected, failed(Code::ServerError));
        world.advance(1_000);
    }
    assert_eq!(caller.code(), "server_error");
}

#[test]
fn in_the_window_nobody_waits_and_one_request_runs() {
    let mut world = World::holding(HOUR);
    world.advance(46 * 60_000);
    for _ in 0..100 {
        assert_eq!(world.headers().token(), "token-1");
    }
    assert_eq!(world.script.started(), 2);
    world.script.end(2, granted("token-2", HOUR));
    assert_eq!(world.headers().token(), "token-2", "the end of the flight is collected by the next call");
}

#[test]
fn a_hanging_endpoint_stalls_nobody_while_the_token_is_good() {
    let mut world = World::holding(HOUR);
    // From the window's start to the hard leeway.
    world.advance(45 * 60_000);
    for _ in 0..(14 * 60) {
        assert_eq!(world.headers().token(), "token-1");
        world.advance(1_000);
    }
    assert!(world.script.started() > 2, "it was asked again");
}

#[test]
fn one_call_every_12_s_is_served_by_one_request() {
    let mut world = World::holding(HOUR);
    world.advance(45 * 60_000);
    assert_eq!(world.headers().token(), "token-1");
    // The answer comes while nobody calls, and is read after the attempt's deadline of 10 s.
    world.advance(5_000);
    world.script.end(2, granted("token-2", HOUR));
    world.advance(7_000);
    assert_eq!(world.headers().token(), "token-2");
    assert_eq!(world.script.started(), 2);
}

#[test]
fn one_call_every_12_s_is_served_by_one_request_also_from_cold() {
    let mut world = World::new();
    let first = world.patient(100);
    world.advance(3_000);
    assert_eq!(first.code(), "deadline");
    world.script.end(1, granted("token-1", HOUR));
    world.advance(9_000);
    assert_eq!(world.patient(100).token(), "token-1");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn a_caller_that_needs_a_longer_life_waits_a_little_for_it() {
    let mut world = World::holding(HOUR);
    world.advance(40 * 60_000);
    let long = HeaderOptions { min_valid_ms: 25 * 60_000, ..HeaderOptions::default() };
    let caller = world.headers_with(long);
    assert!(!caller.is_done());
    assert_eq!(world.headers().token(), "token-1", "others do not wait");
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-2");
    let mut world = World::holding(HOUR);
    world.advance(40 * 60_000);
    let caller = world.headers_with(long);
    world.advance(2_000);
    assert_eq!(caller.token(), "token-1", "the wait is bounded");
}

#[test]
fn callers_near_the_end_wait_once_and_a_bounded_time() {
    let mut world = World::holding(HOUR);
    world.advance(HOUR - 30_000);
    let caller = world.headers();
    world.advance(1_999);
    assert!(!caller.is_done());
    world.advance(1);
    assert_eq!(caller.token(), "token-1");
    assert_eq!(world.headers().token(), "token-1", "the attempt was waited for already");
    assert_eq!(world.script.started(), 2);
}

#[test]
fn an_expired_token_is_not_served() {
    let mut world = World::holding(HOUR);
    let token = Arc::downgrade(&world.source.snapshot().unwrap());
    world.advance(HOUR);
    assert!(world.source.snapshot().is_none());
    let caller = world.headers();
    assert!(token.upgrade().is_none(), "nor kept");
    assert!(!caller.is_done());
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-2");
}
