//! Events: in order, without a lock.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use evertoken::Event;

use crate::{
    script::granted,
    world::{HOUR, Source, World},
};

#[test]
fn events_come_in_their_order() {
    let names = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&names);
    let mut world = World::with(move |event| heard.lock().unwrap().push(event.name()));
    world.fetch(HOUR);
    world.source.invalidate();
    assert_eq!(*names.lock().unwrap(), ["started", "granted", "invalidated"]);
}

#[test]
fn a_listener_may_call_back_into_the_source() {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    static DEPTH: AtomicUsize = AtomicUsize::new(0);
    static HEARD: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let mut world = World::with(|event| {
        assert_eq!(DEPTH.fetch_add(1, Ordering::SeqCst), 0, "one event at a time");
        let source = SOURCE.get().unwrap();
        let _ = source.explain();
        source.retry();
        if let Event::Granted { .. } = event {
            assert!(source.snapshot().is_some());
            source.invalidate();
        }
        HEARD.lock().unwrap().push(event.name());
        DEPTH.fetch_sub(1, Ordering::SeqCst);
    });
    assert!(SOURCE.set(world.source.clone()).is_ok());
    let caller = world.headers();
    world.script.end(1, granted("token-1", HOUR));
    world.run();
    assert_eq!(caller.token(), "token-1", "who waited was answered before");
    assert!(world.source.snapshot().is_none());
    // The listener's own `retry` fetches the next token as soon as it has dropped one.
    assert_eq!(*HEARD.lock().unwrap(), ["started", "granted", "invalidated", "started"]);
}

#[test]
fn a_panic_of_a_listener_is_its_own() {
    let mut world = World::with(|_| panic!("a listener that panics"));
    world.fetch(HOUR);
    assert_eq!(world.headers().token(), "token-1");
}
