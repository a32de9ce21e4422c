//! The plans that are always run.

use std::path::Path;

use evertoken_simulation::{explore, life};

#[test]
fn every_plan_of_the_corpus_keeps_every_promise() {
    let plans = explore::plans(&explore::corpus()).unwrap();
    assert!(plans.len() >= 13, "{}", plans.len());
    for (name, plan) in plans {
        let outcome = life::run(&plan, false).unwrap();
        assert_eq!(outcome.violations, [], "{name}");
        assert!(outcome.requests > 0 && plan.name.len() > 20, "{name} says what it shows, and shows something");
    }
}

#[test]
fn a_corpus_that_cannot_be_read_is_told() {
    assert!(explore::plans(Path::new("/nowhere")).unwrap_err().contains("/nowhere"));
}

#[test]
fn a_wave_of_two_hundred_rejected_callers_costs_one_request() {
    let plans = explore::plans(&explore::corpus()).unwrap();
    let (_, wave) = plans.into_iter().find(|(name, _)| name == "wave-of-rejections").unwrap();
    // The first token, the second, and nothing more.
    assert_eq!(life::run(&wave, false).unwrap().requests, 2);
}
