//! What the user says: invalidate, retry, new credentials, logout, close.

use std::{
    future::ready,
    sync::{Arc, Mutex},
};

use evertoken::{
    Adopted, Code, Credentials, Error, Outcome, Response,
    driver::{Attempt, Clock, Recovery, TokenSource},
};
use futures::executor::block_on;

use crate::{
    grant::{credentials, grant},
    script::{failed, granted, token},
    world::{HOUR, World},
};

#[test]
fn an_invalidated_token_is_fetched_anew() {
    let mut world = World::holding(HOUR);
    let old = world.headers().result().unwrap();
    world.source.invalidate();
    assert!(world.source.snapshot().is_none());
    let caller = world.headers();
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-2");
    world.source.invalidate_snapshot(&old);
    assert_eq!(world.headers().token(), "token-2", "an older snapshot invalidates nothing");
}

#[test]
fn a_retry_ends_a_pause() {
    let mut world = World::new();
    let caller = world.headers();
    world.script.end(1, failed(Code::CredentialsRejected));
    world.run();
    assert_eq!(caller.code(), "credentials_rejected");
    world.advance(1_500);
    assert_eq!(world.headers().code(), "credentials_rejected");
    world.source.retry();
    assert_eq!(world.script.started(), 2);
}

#[test]
fn a_retry_reaches_callers_that_wait_for_the_end_of_the_pause() {
    let mut world = World::new();
    for attempt in 1..=3 {
        let _caller = world.headers();
        world.script.end(attempt, failed(Code::ServerError));
        world.advance(1_000);
    }
    world.advance(2_000);
    assert!(!world.headers().is_done());
    world.script.end(4, failed(Code::ServerError));
    world.run();
    let waiting = world.headers();
    world.source.retry();
    world.advance(999);
    assert_eq!(world.script.started(), 4, "the pause is over 1 s after it began");
    world.advance(1);
    assert_eq!(world.script.started(), 5, "it slept on");
    assert!(!waiting.is_done());
}

#[test]
fn new_credentials_are_what_the_next_attempt_sends() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&bodies);
    let transport = move |attempt: Attempt| {
        let sent = Arc::clone(&sent);
        Box::pin(attempt.run(move |request| {
            sent.lock().unwrap().push(String::from_utf8(request.body().unwrap().to_vec()).unwrap());
            ready(Ok(Response::new(200, r#"{"token_type": "Bearer", "expires_in": 1800, "access_token": "token-1"}"#)))
        }))
    };
    let source = TokenSource::new(grant(), credentials(), transport, |_| ready(())).unwrap();
    block_on(source.headers()).unwrap();
    source.credentials_changed(Credentials::client("test-client", "another-not-a-secret"), true);
    block_on(source.headers()).unwrap();
    let bodies = bodies.lock().unwrap();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains("obviously-not-a-secret") && bodies[1].contains("another-not-a-secret"));
}

#[test]
fn credentials_may_be_asked_for_at_each_attempt() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&bodies);
    let transport = move |attempt: Attempt| {
        let (sent, number) = (Arc::clone(&sent), attempt.number());
        let rotated = move || ready(Ok(Credentials::client("test-client", format!("rotated-{number}"))));
        Box::pin(attempt.run_with(rotated, move |request| {
            sent.lock().unwrap().push(String::from_utf8(request.body().unwrap().to_vec()).unwrap());
            ready(Ok(Response::new(200, r#"{"token_type": "Bearer", "expires_in": 1800, "access_token": "token-1"}"#)))
        }))
    };
    let source = TokenSource::new(grant(), Credentials::default(), transport, |_| ready(())).unwrap();
    for expected in ["rotated-1", "rotated-2"] {
        block_on(source.headers()).unwrap();
        assert!(bodies.lock().unwrap().last().unwrap().contains(expected));
        source.invalidate();
    }
}

#[test]
fn a_credential_callback_that_fails_is_the_failure_of_the_attempt() {
    let transport = |attempt: Attempt| {
        let vault = || ready(Err(Error::new(Code::MissingCredentials).with_description("the vault is sealed")));
        Box::pin(attempt.run_with(vault, |_| ready(Ok(Response::new(200, "{}")))))
    };
    let source = TokenSource::new(grant(), Credentials::default(), transport, |_| ready(())).unwrap();
    let error = block_on(source.headers()).unwrap_err();
    assert_eq!((error.code, error.description()), (Code::MissingCredentials, Some("the vault is sealed")));
}

#[test]
fn new_credentials_replace_the_flight_and_the_token_stays() {
    let mut world = World::holding(HOUR);
    world.advance(45 * 60_000);
    assert_eq!(world.headers().token(), "token-1");
    world.source.credentials_changed(credentials(), false);
    assert!(world.script.is_dropped(2), "a request with the old credentials does not count any more");
    assert_eq!(world.script.started(), 3);
    assert_eq!(world.headers().token(), "token-1");
    world.script.end(3, granted("token-3", HOUR));
    assert_eq!(world.headers().token(), "token-3");
}

#[test]
fn new_credentials_may_drop_the_token() {
    let mut world = World::holding(HOUR);
    world.source.credentials_changed(credentials(), true);
    assert!(world.source.snapshot().is_none());
    let caller = world.headers();
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-2");
}

#[test]
fn logout_drops_everything_and_a_later_call_fetches() {
    let mut world = World::new();
    let waiting = world.headers();
    world.source.logout();
    world.run();
    assert_eq!(waiting.code(), "cancelled");
    assert!(world.script.is_dropped(1));
    let caller = world.headers();
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-2");
    world.source.logout();
    assert!(world.source.snapshot().is_none());
}

#[test]
fn close_ends_those_who_wait_and_aborts_and_may_be_repeated() {
    let mut world = World::new();
    let waiting: Vec<_> = (0..10).map(|_| world.headers()).collect();
    world.source.close();
    world.run();
    assert!(waiting.iter().all(|caller| caller.code() == "closed"));
    assert!(world.script.is_dropped(1));
    assert_eq!(world.headers().code(), "closed");
    world.source.close();
    world.source.retry();
    world.source.invalidate();
    assert_eq!(world.headers().code(), "closed");
    assert_eq!(world.script.started(), 1);
}

#[test]
fn close_takes_the_token_away() {
    let mut world = World::holding(HOUR);
    world.source.close();
    assert!(world.source.snapshot().is_none());
    assert_eq!(world.headers().code(), "closed");
}

#[test]
fn dropping_the_last_handle_aborts_the_flight() {
    let mut world = World::new();
    world.headers().cancel();
    world.run();
    let (script, handle) = (world.script.clone(), world.source.clone());
    drop(world);
    assert!(!script.is_dropped(1));
    drop(handle);
    assert!(script.is_dropped(1));
}

#[test]
fn a_token_of_another_process_is_adopted() {
    let mut world = World::new();
    let waiting = world.headers();
    let adopted = Adopted { token: token("token-adopted"), issued_at_wall: world.time.now().wall, lifetime_ms: HOUR, remaining_ms: HOUR };
    world.source.adopt(adopted);
    world.run();
    assert_eq!(waiting.token(), "token-adopted");
}

#[test]
fn explain_tells_what_will_happen_and_no_secret() {
    let world = World::holding(HOUR);
    let text = world.source.explain().to_string();
    assert!(!text.is_empty() && !text.contains("token-1"), "{text}");
    assert_eq!(world.source.explain().attempts, 1);
}

#[test]
fn no_secret_shows_in_anything_that_can_be_printed() {
    let mut world = World::holding(HOUR);
    let snapshot = world.headers().result().unwrap();
    let recovery = Recovery::RetryWith(snapshot.clone());
    let builder = TokenSource::builder(grant(), credentials(), |attempt: Attempt| ready(told(&attempt)), |_| ready(()));
    let told = {
        let text = format!("{builder:?}");
        let source = builder.build().unwrap();
        let error = block_on(source.headers()).unwrap_err();
        format!("{text}{error}{error:?}{source:?}{}{:?}", source.explain(), source.explain())
    };
    let shown = format!("{snapshot:?}{recovery:?}{:?}{}{told}", world.source, world.source.explain());
    assert!(shown.contains("Attempt"), "{shown}");
    for secret in ["token-1", "obviously-not-a-secret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// A terminal failure that tells what the attempt looks like in a log.
fn told(attempt: &Attempt) -> Outcome {
    let error = Error::new(Code::RequestRefused).with_description(format!("{attempt:?}"));
    Outcome::Failed { error, retry_after_ms: None }
}
