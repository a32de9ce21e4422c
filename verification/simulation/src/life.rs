//! Runs plans, and draws plans while they run.

use evertoken::Error;

use crate::{
    chance::Chance,
    matrix::Matrix,
    plan::{Plan, Step},
    reference::Spread,
    watch::Violation,
    world::World,
};

/// What came of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was broken; nothing, if all is well.
    pub violations: Vec<Violation>,
    /// The same number for the same life.
    pub digest: u64,
    /// Steps of the plan.
    pub steps: u64,
    /// Calls of the machine.
    pub machine_calls: u64,
    /// Calls of callers that ended.
    pub calls: u64,
    /// Token requests.
    pub requests: u64,
    /// Tokens that were held.
    pub lives: u64,
    /// How often each fault hit each state.
    pub matrix: Matrix,
    /// Where refreshes began.
    pub spread: Spread,
    /// The life in words, where it was asked for.
    pub story: Vec<String>,
}

/// Runs a plan to its end; `story` has it told in words.
///
/// # Errors
/// A world that cannot be made.
pub fn run(plan: &Plan, story: bool) -> Result<Outcome, Error> {
    let mut world = World::new(plan, story)?;
    for (index, step) in plan.steps.iter().enumerate() {
        world.take(index, step);
        if world.look(|watch| !watch.violations.is_empty()) == Some(true) {
            break;
        }
    }
    Ok(finish(&mut world, plan.steps.len()))
}

/// Draws a plan of so many steps from a seed and runs it.
///
/// # Errors
/// A world that cannot be made.
pub fn explore(seed: u64, steps: usize) -> Result<(Plan, Outcome), Error> {
    let (mut chance, mut plan) = Chance::begin(seed);
    let mut world = World::new(&plan, false)?;
    for index in 0..steps {
        let step: Step = chance.next(&world);
        world.take(index, &step);
        plan.steps.push(step);
        if world.look(|watch| !watch.violations.is_empty()) == Some(true) {
            break;
        }
    }
    let outcome = finish(&mut world, plan.steps.len());
    Ok((plan, outcome))
}

fn finish(world: &mut World, steps: usize) -> Outcome {
    if world.look(|watch| watch.violations.is_empty()) == Some(true) {
        world.end(steps);
    }
    let view = world.view();
    world
        .look(|watch| Outcome {
            violations: std::mem::take(&mut watch.violations),
            digest: watch.digest(),
            steps: steps as u64,
            machine_calls: watch.machine_calls,
            calls: watch.calls_ended,
            requests: view.attempts,
            lives: view.generations,
            matrix: std::mem::take(&mut watch.matrix),
            spread: watch.reference.spread(),
            story: watch.story.take().unwrap_or_default(),
        })
        .unwrap_or_default()
}
