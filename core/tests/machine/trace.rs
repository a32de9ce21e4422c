//! A machine's life, written down without its tokens and lived again.

use evertoken::{
    AccessToken, Code, Input, Machine, Policy, Step, Verdict,
    trace::{Alias, Recorder, Trace},
};

use crate::chance::World;

const CANARY: &str = "canary-3f9a1c77";

fn token(alias: Alias) -> AccessToken {
    AccessToken::new("Authorization", "Bearer ", &format!("{CANARY}-{}", alias.0))
}

/// Records a long life by chance of a machine with real tokens.
fn recorded(seed: u64, steps: u32) -> (Recorder, Machine) {
    let mut world = World::new(seed);
    let mut machine: Machine = Machine::new(Policy::default()).unwrap();
    let mut recorder = Recorder::new(Policy::default());
    for _ in 0..steps {
        let now = world.now();
        let view = machine.explain(now);
        let _ = world.pass_time(&view);
        let now = world.now();
        let held = machine.snapshot().map(|snapshot| snapshot.token.token().rsplit('-').next().unwrap().parse().map(Alias).unwrap());
        let input = world.input(&machine.explain(now), held);
        let real: Input = input.map_token(|alias| token(*alias));
        let step = machine.handle(now, real.clone());
        recorder.record(now, &real, &step);
        world.carry_out(&input, &step);
    }
    (recorder, machine)
}

#[test]
fn a_recorded_life_replays_to_the_same_outputs() {
    for seed in 0..6 {
        let (recorder, _) = recorded(seed, 3_000);
        assert_eq!(recorder.trace().entries.len(), 3_000);
        assert_eq!(recorder.trace().replay(), Ok(None));
    }
}

#[test]
fn a_recorded_life_survives_json() {
    let (recorder, _) = recorded(7, 2_000);
    let json = recorder.trace().to_json();
    let read = Trace::from_json(&json).unwrap();
    assert_eq!(&read, recorder.trace());
    assert_eq!(read.replay(), Ok(None));
    assert_eq!(read.to_json(), json);
}

#[test]
fn no_text_of_a_token_stands_in_a_recorded_life() {
    let (recorder, machine) = recorded(8, 3_000);
    let json = recorder.trace().to_json();
    // The life did hold tokens, and their names tell them apart.
    let granted = json.matches("\"granted\"").count();
    assert!(granted > 100, "{granted}");
    for text in [json, format!("{:?}", recorder.trace()), format!("{recorder:?}"), format!("{machine:?}")] {
        assert!(!text.contains(CANARY) && !text.contains("canary"), "a token's text");
        assert!(!text.contains("Bearer canary"), "a header's text");
    }
}

#[test]
fn equal_tokens_have_equal_names_and_others_have_others() {
    let now = |ms| evertoken::Now { mono: ms, wall: ms, entropy: 0 };
    let mut machine: Machine = Machine::new(Policy::default()).unwrap();
    let mut recorder = Recorder::new(Policy::default());
    let mut record = |at, input: Input| {
        let step = machine.handle(now(at), input.clone());
        recorder.record(now(at), &input, &step);
        step
    };
    let want = || Input::Want { min_valid_ms: 0, patience_ms: 1_000, waited: false };
    let granted = |attempt, text: &str| Input::Finished {
        attempt,
        outcome: evertoken::Outcome::Granted { token: AccessToken::new("Authorization", "Bearer ", text), lifetime_ms: 1_000 },
    };
    let mut at = 0;
    for (attempt, text) in [(1, "one"), (2, "two"), (3, "one")] {
        let _ = record(at, want());
        let _ = record(at, granted(attempt, text));
        at += 1_000;
    }
    let names: Vec<Alias> = recorder
        .trace()
        .entries
        .iter()
        .filter_map(|entry| match &entry.input {
            Input::Finished { outcome: evertoken::Outcome::Granted { token, .. }, .. } => Some(*token),
            _ => None,
        })
        .collect();
    assert_eq!(names, [Alias(1), Alias(2), Alias(1)]);
}

#[test]
fn an_entry_that_was_changed_is_reported_with_its_place() {
    let (recorder, _) = recorded(9, 500);
    for place in [0, 1, 250, 499] {
        let mut trace = recorder.trace().clone();
        let step = Step { verdict: Verdict::RetryAfter { ms: 123_456_789 }, outputs: Vec::new() };
        let original = std::mem::replace(&mut trace.entries[place].step, step);
        assert_eq!(trace.replay(), Ok(Some((place, original))));
    }
    // An input or a time that was changed shows at the first output that depends on it.
    let mut trace = recorder.trace().clone();
    trace.entries.remove(0);
    trace.entries[0].now.entropy ^= 1;
    trace.entries[100].input = Input::Retry;
    let (place, _) = trace.replay().unwrap().expect("another life");
    assert!(place <= 100, "{place}");
}

#[test]
fn a_trace_of_another_policy_does_not_replay_to_the_same_outputs() {
    let (recorder, _) = recorded(10, 500);
    let mut trace = recorder.trace().clone();
    trace.policy.attempt_deadline_ms -= 1;
    assert!(trace.replay().unwrap().is_some());
    trace.policy.attempt_deadline_ms = u64::MAX;
    assert_eq!(trace.replay().unwrap_err().code, Code::InvalidOption);
}

#[test]
fn a_text_that_is_no_trace_is_refused() {
    for text in ["", "{}", "[]", "null", r#"{"policy": {}, "entries": [{}]}"#, r#"{"policy": {}, "entries": [], "more": 1}"#] {
        assert_eq!(Trace::from_json(text).unwrap_err().code, Code::InvalidOption, "{text}");
    }
    let (recorder, _) = recorded(11, 50);
    let json = recorder.trace().to_json();
    for end in (1..json.len()).step_by(97) {
        assert!(json.is_char_boundary(end) && Trace::from_json(&json[..end]).is_err());
    }
}
