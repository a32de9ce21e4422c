//! A failing plan becomes a small one.

use evertoken_simulation::{
    explore::STEPS,
    life,
    plan::{Plan, Step},
    scenario,
    shrink::shrink_with,
    world::World,
};

const LIE: &str = "lifetimes-as-stated";

/// Runs a plan in a world whose transport lies.
fn finds_the_lie(plan: &Plan) -> bool {
    let mut world = World::lying(plan).unwrap();
    for (index, step) in plan.steps.iter().enumerate() {
        world.take(index, step);
    }
    world.look(|watch| watch.violations.iter().any(|violation| violation.invariant == LIE)).unwrap()
}

#[test]
fn a_lying_transport_is_found_out_and_the_plan_shrinks_to_what_matters() {
    let plan = (0..50).map(|seed| life::explore(seed, STEPS).unwrap().0).find(finds_the_lie).expect("some life finds it");
    assert!(life::run(&plan, false).unwrap().violations.is_empty(), "the client is not to blame");
    let small = shrink_with(&plan, &finds_the_lie);
    assert!(finds_the_lie(&small));
    assert!(small.steps.len() <= 5, "{} of {} steps: {:?}", small.steps.len(), plan.steps.len(), small.steps);
}

#[test]
fn values_shrink_as_well() {
    let steps = vec![
        Step::Headers { call: 1, min_valid_ms: 7, patience_ms: Some(9) },
        Step::Advance { ms: 500 },
        Step::Advance { ms: 250 },
        Step::Retry,
    ];
    let plan = Plan { steps, ..life::explore(1, 0).unwrap().0 };
    let waits = |plan: &Plan| plan.steps.iter().map(|step| if let Step::Advance { ms } = step { *ms } else { 0 }).sum::<u64>() >= 600;
    assert_eq!(shrink_with(&plan, &waits).steps, [Step::Advance { ms: 600 }]);
}

#[test]
fn a_plan_is_printed_as_a_scenario_file() {
    for seed in 0..40 {
        let (plan, outcome) = life::explore(seed, STEPS).unwrap();
        let file = scenario::of_plan(&plan, outcome.requests);
        let body = serde_json::json!({ "clients": file["clients"], "steps": file["steps"] });
        let body: evertoken_scenarios::client::format::Body =
            serde_json::from_value(body).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        assert!(body.steps.len() > 100, "seed {seed}");
    }
}
