//! A small world is explored to its end, and what is wrong in one is found by the shortest way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use evertoken_model::{
    bounds::{Bounds, Thing},
    config::{Answer, Config, Want},
    configs,
    report::Report,
    search::{Limits, explore},
};

fn small() -> Config {
    let bounds = Bounds::none().with(Thing::Wants, 2).with(Thing::Answers, 2).with(Thing::Moves, 2).with(Thing::Near, 1);
    Config {
        answers: vec![Answer::Token(60_000), Answer::Transient],
        wants: vec![Want::Usual, Want::Passing],
        ..Config::new("small", "for a test", bounds)
    }
}

#[test]
fn a_small_world_is_explored_to_its_end_and_the_same_each_time() {
    let one = explore(&small(), Limits::NONE).unwrap();
    let other = explore(&small(), Limits::NONE).unwrap();
    assert!(one.broken.is_none() && !one.unfinished, "{:?}", one.broken);
    assert!(one.states > 300, "{} states", one.states);
    assert_eq!((one.states, one.transitions, one.depth), (other.states, other.transitions, other.depth));
}

#[test]
fn a_world_that_is_followed_in_parts_has_the_same_states() {
    let whole = explore(&small(), Limits { width: usize::MAX, ..Limits::NONE }).unwrap();
    let parts = explore(&small(), Limits { width: 7, ..Limits::NONE }).unwrap();
    assert_eq!((whole.states, whole.depth), (parts.states, parts.depth));
}

#[test]
fn a_search_that_is_ended_early_says_so() {
    let found = explore(&small(), Limits { calls: 100, ..Limits::NONE }).unwrap();
    assert!(found.unfinished);
}

#[test]
fn every_two_bounds_meet_in_a_configuration() {
    let mut report = Report::default();
    report.pairs(&configs::all());
    assert_eq!(report.failed, Vec::<String>::new());
    let mut without = configs::all();
    without.retain(|config| !config.name.starts_with("pairs_rejections"));
    report.pairs(&without);
    assert_eq!(report.failed.len(), 1, "a pair that never meets is noticed");
}

#[test]
fn the_beginning_of_each_configuration_breaks_no_promise() {
    for config in configs::all() {
        let found = explore(&config, Limits { calls: 3_000, dives: 20, ..Limits::NONE }).unwrap();
        assert!(found.broken.is_none(), "{}: {:?}", config.name, found.broken);
    }
}
