//! `drive()`: a source that stays fresh while nobody calls it.

use evertoken::{Code, driver::HeaderOptions};

use crate::{
    script::{failed, granted},
    world::{HOUR, World},
};

#[test]
fn an_idle_source_is_refreshed() {
    let mut world = World::new();
    let driver = world.source.drive();
    let driver = world.spawn(driver);
    for number in 1..=5 {
        assert_eq!(world.script.started(), number);
        world.script.end(number, granted(&format!("token-{number}"), HOUR));
        world.advance(44 * 60_000);
        assert_eq!(world.script.started(), number, "not before the window");
        world.advance(60_000);
    }
    assert!(!driver.is_done());
    assert_eq!(world.headers().token(), "token-5");
}

#[test]
fn without_a_driver_an_idle_source_refreshes_at_its_next_call() {
    let mut world = World::holding(HOUR);
    world.advance(50 * 60_000);
    assert_eq!(world.script.started(), 1);
    assert_eq!(world.headers().token(), "token-1");
    assert_eq!(world.script.started(), 2);
}

#[test]
fn a_driver_rides_out_failures() {
    let mut world = World::new();
    let driver = world.source.drive();
    let _driver = world.spawn(driver);
    for _ in 0..600 {
        let started = world.script.started();
        if !world.script.is_dropped(started) {
            world.script.end(started, failed(Code::ServerError));
        }
        world.advance(1_000);
    }
    let started = world.script.started();
    assert!((30..100).contains(&started), "{started} attempts in 10 min");
    world.advance(20_000);
    let started = world.script.started();
    world.script.end(started, granted("token", HOUR));
    world.advance(1);
    assert_eq!(world.headers().token(), "token");
}

#[test]
fn a_driver_aborts_what_hangs() {
    let mut world = World::new();
    let driver = world.source.drive();
    let _driver = world.spawn(driver);
    world.advance(31_000);
    assert!(world.script.is_dropped(1));
}

#[test]
fn a_driver_sees_a_token_that_a_caller_collected() {
    let mut world = World::new();
    let driver = world.source.drive();
    let _driver = world.spawn(driver);
    // Shorter than the first attempt's deadline, which is what the driver slept towards.
    let caller = world.headers();
    world.script.end(1, granted("token-1", 4_000));
    assert_eq!(world.source.snapshot().unwrap().token.token(), "token-1");
    world.advance(3_100);
    assert!(caller.is_done());
    assert_eq!(world.script.started(), 2);
}

#[test]
fn a_driver_sees_a_token_that_came_at_once_to_a_caller() {
    let mut world = World::holding(HOUR);
    let driver = world.source.drive();
    let _driver = world.spawn(driver);
    world.advance(40 * 60_000);
    world.script.end_at_once(granted("token-2", 8_000));
    let long = HeaderOptions { min_valid_ms: 25 * 60_000, ..HeaderOptions::default() };
    assert_eq!(world.headers_with(long).token(), "token-2");
    world.advance(6_100);
    assert_eq!(world.script.started(), 3, "it slept towards the end of the longer token");
}

#[test]
fn a_driver_replaces_an_invalidated_token() {
    let mut world = World::holding(HOUR);
    let driver = world.source.drive();
    let _driver = world.spawn(driver);
    world.source.invalidate();
    world.run();
    assert_eq!(world.script.started(), 2);
}

#[test]
fn a_driver_ends_when_the_source_is_closed() {
    let mut world = World::new();
    let driver = world.source.drive();
    let driver = world.spawn(driver);
    world.source.close();
    world.run();
    assert!(driver.is_done());
}

#[test]
fn a_driver_ends_with_the_last_handle_and_holds_none() {
    let mut world = World::holding(HOUR);
    let driver = world.source.drive();
    let driver = world.spawn(driver);
    let replacement = World::new();
    world.source = replacement.source.clone();
    world.run();
    assert!(driver.is_done());
}

#[test]
fn two_drivers_do_not_keep_each_other_awake() {
    let mut world = World::new();
    let (a, b) = (world.source.drive(), world.source.drive());
    let (_a, _b) = (world.spawn(a), world.spawn(b));
    world.script.end(1, granted("token-1", HOUR));
    world.advance(45 * 60_000);
    world.script.end(2, granted("token-2", 100 * HOUR));
    world.advance(30 * HOUR);
    assert_eq!(world.script.started(), 2);
}
