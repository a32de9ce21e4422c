//! What a watcher of the machine's calls sees.

use std::sync::{Arc, Mutex};

use evertoken::trace::{Recorder, Trace};

use crate::{
    script::granted,
    world::{HOUR, World},
};

#[test]
fn a_recorder_behind_a_source_writes_a_trace_that_replays_and_holds_no_token() {
    let recorder = Arc::new(Mutex::new(None::<Recorder>));
    let written = Arc::clone(&recorder);
    let mut world = World::built(|builder| {
        builder.on_step(move |now, input, step| {
            if let Some(recorder) = written.lock().unwrap().as_mut() {
                recorder.record(now, input, step);
            }
        })
    });
    *recorder.lock().unwrap() = Some(Recorder::new(world.source.policy().clone()));
    world.fetch(HOUR);
    world.source.invalidate();
    let second = world.headers();
    world.script.end(2, granted("token-2", HOUR));
    world.run();
    assert_eq!(second.token(), "token-2");

    let json = recorder.lock().unwrap().as_ref().unwrap().trace().to_json();
    assert!(!json.contains("token-1") && !json.contains("token-2"), "{json}");
    let trace = Trace::from_json(&json).unwrap();
    assert!(trace.entries.len() >= 5, "{}", trace.entries.len());
    assert_eq!(trace.replay(), Ok(None));
}

#[test]
fn a_panic_of_a_watcher_is_its_own() {
    let mut world = World::built(|builder| builder.on_step(|_, _, _| panic!("a watcher that panics")));
    world.fetch(HOUR);
    assert_eq!(world.headers().token(), "token-1");
}
