//! The same plan gives the same life.

use evertoken_simulation::{explore::STEPS, life, plan::Plan};

#[test]
fn a_seed_gives_the_same_plan_and_the_same_life_each_time() {
    for seed in 0..20 {
        assert_eq!(life::explore(seed, STEPS).unwrap(), life::explore(seed, STEPS).unwrap(), "seed {seed}");
    }
}

#[test]
fn a_plan_that_was_drawn_while_it_ran_runs_again_to_the_same_life() {
    for seed in 20..60 {
        let (plan, drawn) = life::explore(seed, STEPS).unwrap();
        let written = serde_json::to_string(&plan).unwrap();
        let read: Plan = serde_json::from_str(&written).unwrap();
        assert_eq!(read, plan);
        assert_eq!(life::run(&read, false).unwrap(), drawn, "seed {seed}");
    }
}

#[test]
fn other_entropy_gives_another_life() {
    let (mut plan, _) = life::explore(3, STEPS).unwrap();
    let before = life::run(&plan, false).unwrap().digest;
    plan.entropy ^= 1;
    assert_ne!(life::run(&plan, false).unwrap().digest, before);
}

#[test]
fn a_story_changes_nothing_and_tells_every_step() {
    let (plan, drawn) = life::explore(5, 100).unwrap();
    let told = life::run(&plan, true).unwrap();
    assert_eq!(told.digest, drawn.digest);
    assert!(told.story.iter().filter(|line| line.contains("-- {")).count() >= plan.steps.len());
}
