//! Calls whose token an API has rejected.

use std::sync::Arc;

use evertoken::{
    Code, Snapshot,
    driver::{Recovery, Rejection, Unrecovered},
    io::SurfaceReason,
};

use crate::{
    script::{failed, granted},
    world::{HOUR, Task, World},
};

/// A world with a token that is past the grace of young ones.
fn settled() -> (World, Arc<Snapshot>) {
    let mut world = World::holding(HOUR);
    world.advance(60_000);
    let snapshot = world.headers().result().unwrap();
    (world, snapshot)
}

fn rejected(world: &mut World, rejection: Rejection) -> Task<Recovery> {
    let source = world.source.clone();
    world.spawn(async move { source.rejected(rejection).await })
}

fn retried_with(task: &Task<Recovery>) -> String {
    match task.result() {
        Recovery::RetryWith(snapshot) => snapshot.token.token().to_owned(),
        Recovery::Surface(why) => panic!("surfaced: {why:?}"),
    }
}

#[test]
fn a_rejected_call_is_retried_with_another_token() {
    let (mut world, snapshot) = settled();
    let task = rejected(&mut world, Rejection::new(&snapshot));
    assert!(!task.is_done());
    assert!(world.source.snapshot().is_none(), "the rejected token is withheld");
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(retried_with(&task), "token-2");
}

#[test]
fn two_hundred_rejected_calls_make_one_request() {
    let (mut world, snapshot) = settled();
    let mut tasks: Vec<_> = (0..100).map(|_| rejected(&mut world, Rejection::new(&snapshot))).collect();
    world.advance(200);
    tasks.extend((0..50).map(|_| rejected(&mut world, Rejection::new(&snapshot))));
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    world.advance(300);
    tasks.extend((0..50).map(|_| rejected(&mut world, Rejection::new(&snapshot))));
    assert!(tasks.iter().all(|task| retried_with(task) == "token-2"));
    assert_eq!(world.script.started(), 2);
}

#[test]
fn a_young_token_is_tried_again_after_a_moment() {
    let mut world = World::holding(HOUR);
    let snapshot = world.headers().result().unwrap();
    let task = rejected(&mut world, Rejection::new(&snapshot));
    world.advance(999);
    assert!(!task.is_done());
    world.advance(1);
    assert_eq!(retried_with(&task), "token-1");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn a_young_token_is_not_waited_for_beyond_the_patience() {
    let mut world = World::holding(HOUR);
    let snapshot = world.headers().result().unwrap();
    let task = rejected(&mut world, Rejection { patience_ms: Some(500), ..Rejection::new(&snapshot) });
    assert_eq!(task.result(), Recovery::Surface(Unrecovered::Failed(Code::Deadline.into())));
}

#[test]
fn a_call_that_cannot_be_retried_gets_its_own_answer() {
    let (mut world, snapshot) = settled();
    let retried = Rejection { retried: true, ..Rejection::new(&snapshot) };
    assert_eq!(rejected(&mut world, retried).result(), Recovery::Surface(Unrecovered::Ruled(SurfaceReason::AlreadyRetried)));
    let streamed = Rejection { replayable: false, ..Rejection::new(&snapshot) };
    assert_eq!(rejected(&mut world, streamed).result(), Recovery::Surface(Unrecovered::Ruled(SurfaceReason::NotReplayable)));
}

#[test]
fn the_same_token_again_is_no_recovery() {
    let (mut world, snapshot) = settled();
    let task = rejected(&mut world, Rejection::new(&snapshot));
    world.script.end(2, granted("token-1", HOUR));
    world.run();
    assert_eq!(task.result(), Recovery::Surface(Unrecovered::SameToken));
    assert_eq!(world.headers().token(), "token-1", "the token is held as before");
}

#[test]
fn a_failed_forced_refresh_is_no_recovery_and_loses_nothing() {
    let (mut world, snapshot) = settled();
    let task = rejected(&mut world, Rejection::new(&snapshot));
    world.script.end(2, failed(Code::CredentialsRejected));
    world.run();
    assert!(matches!(task.result(), Recovery::Surface(_)));
    assert_eq!(world.headers().token(), "token-1");
}

#[test]
fn a_hanging_forced_refresh_holds_calls_back_for_2_s() {
    let (mut world, snapshot) = settled();
    let task = rejected(&mut world, Rejection::new(&snapshot));
    let other = world.headers();
    world.advance(1_999);
    assert!(!other.is_done());
    world.advance(1);
    assert_eq!(other.token(), "token-1");
    world.advance(20_000);
    assert!(matches!(task.result(), Recovery::Surface(_)));
}

#[test]
fn a_call_that_was_sent_with_an_older_token_is_retried_at_once() {
    let (mut world, snapshot) = settled();
    world.source.invalidate();
    let caller = world.headers();
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-2");
    assert_eq!(retried_with(&rejected(&mut world, Rejection::new(&snapshot))), "token-2");
}
