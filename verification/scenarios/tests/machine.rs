//! The machine scenarios pass, the wrong ones are told apart, and every file has the published form.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may fail loudly

use std::collections::BTreeMap;

use evertoken::{Code, Event, Input, Machine, Now, Outcome, Policy, Reset, trace::Alias, trace::Entry, trace::Trace};
use evertoken_scenarios::{
    envelope::{self, File, Kind, MustFail},
    machine,
};
use serde_json::{Value, json};

fn files() -> Vec<File> {
    machine::FOLDERS.iter().flat_map(|folder| envelope::files(folder).unwrap()).collect()
}

fn value(file: &File) -> Value {
    serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.file))
}

fn schema() -> Value {
    serde_json::from_str(&std::fs::read_to_string(envelope::root().join("machine.schema.json")).unwrap()).unwrap()
}

#[test]
fn every_scenario_passes_and_every_wrong_one_is_reported_as_it_states() {
    let records = machine::run_all().unwrap();
    let failed: Vec<_> = records.iter().filter(|record| !record.passed()).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), records.len(), failed.join("\n"));
    let compared: usize = records.iter().map(|record| record.assertions).sum();
    println!("{} files, {compared} comparisons", records.len());
}

#[test]
fn only_the_wrong_files_state_how_they_fail_and_they_state_many_kinds() {
    let mut kinds = Vec::new();
    for file in files() {
        let stated = value(&file).get("must_fail").cloned();
        assert_eq!(stated.is_some(), file.file.starts_with("must-fail/"), "{}", file.file);
        if let Some(stated) = stated {
            kinds.push(serde_json::from_value::<MustFail>(stated).unwrap().kind);
        }
    }
    assert!(kinds.len() >= 12, "{kinds:?}");
    kinds.sort_unstable();
    kinds.dedup();
    assert!(kinds.len() >= 16, "{kinds:?}");
}

#[test]
fn a_wrong_file_that_states_another_reason_or_step_or_is_right_after_all_fails() {
    let wrong = files().into_iter().find(|file| file.file.ends_with("/extra-output.json")).unwrap();
    let failed =
        |stated: &str| machine::run(&File { text: wrong.text.replace(r#""kind": "extra_output", "step": 1"#, stated), ..wrong.clone() });
    assert!(failed(r#""kind": "extra_output", "step": 1"#).passed());
    for stated in [r#""kind": "missing_output", "step": 1"#, r#""kind": "extra_output", "step": 0"#, r#""kind": "extra_output""#] {
        assert!(failed(stated).to_string().contains("failed_otherwise"), "{stated}");
    }
    let right = files().into_iter().find(|file| file.file == "machine/policy-defaults.json").unwrap();
    let text = right.text.replacen('{', r#"{"must_fail": {"kind": "wrong_time", "step": 0}, "#, 1);
    assert!(machine::run(&File { text, ..right }).to_string().contains("not_failed"));
}

#[test]
fn names_are_unique_and_files_are_named_in_small_letters() {
    let mut names = BTreeMap::new();
    for file in files() {
        let name = value(&file)["name"].as_str().unwrap().to_owned();
        assert!(!name.ends_with('.'), "{name}");
        if let Some(other) = names.insert(name.clone(), file.file.clone()) {
            panic!("{other} and {} are both named {name}", file.file);
        }
        let stem = file.file.rsplit('/').next().unwrap().trim_end_matches(".json");
        assert!(stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{}", file.file);
        assert!(stem.len() <= 60, "{} is no short name", file.file);
    }
}

#[test]
fn every_file_has_the_form_of_the_schema_and_a_wrong_form_is_refused() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    for file in files() {
        let value = value(&file);
        let errors: Vec<String> = schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        let stated: Option<MustFail> = value.get("must_fail").map(|stated| serde_json::from_value(stated.clone()).unwrap());
        let of_wrong_form = stated.is_some_and(|stated| matches!(stated.kind, Kind::Malformed | Kind::UnknownField | Kind::UnknownStep));
        assert_eq!(errors.is_empty(), !of_wrong_form, "{}: {errors:#?}", file.file);
        let place = envelope::root().join(&file.file).parent().unwrap().join(value["$schema"].as_str().unwrap());
        assert!(place.ends_with("machine.schema.json") && place.exists(), "{}: {}", file.file, place.display());
    }
}

#[test]
fn the_schema_names_every_code_event_and_number_and_the_runner_takes_what_it_names() {
    let schema = schema();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(schema["$defs"]["code"]["enum"], json!(codes));
    assert_eq!(schema["$defs"]["event"]["properties"]["type"]["enum"], json!(Event::NAMES));
    let numbers = serde_json::to_value(Policy::default()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let (mut stated, mut shipped) = (names(&schema["$defs"]["policy"]["properties"]), names(&numbers));
    stated.sort_unstable();
    shipped.sort_unstable();
    assert_eq!(stated, shipped);
    for kind in schema["properties"]["must_fail"]["properties"]["kind"]["enum"].as_array().unwrap() {
        serde_json::from_value::<Kind>(kind.clone()).unwrap();
    }
}

#[test]
fn the_example_of_the_page_is_a_scenario_that_passes() {
    let page = std::fs::read_to_string(envelope::root().join("machine/README.md")).unwrap();
    let text = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    let file = File { file: "machine/README.md".to_owned(), text };
    let record = machine::run(&file);
    assert!(record.passed() && record.assertions > 20, "{record}");
    let schema = jsonschema::validator_for(&schema()).unwrap();
    assert!(schema.is_valid(&value(&file)));
}

#[test]
fn a_trace_written_down_is_a_scenario_that_passes() {
    let policy = Policy { window_max_ms: 50_000, ..Policy::default() };
    let mut machine = Machine::<Alias>::new(policy.clone()).unwrap();
    let mut trace = Trace { policy, entries: Vec::new() };
    let inputs = [
        (0, 0, Input::Want { min_valid_ms: 0, patience_ms: 9_000, waited: false }),
        (100, 100, Input::Finished { attempt: 1, outcome: Outcome::Granted { token: Alias(1), lifetime_ms: 3_600_000 } }),
        (60_000, 90_100, Input::Rejected { generation: 1, replayable: false, retried: false, patience_ms: 15_000 }),
        (
            61_000,
            91_000,
            Input::Finished { attempt: 2, outcome: Outcome::Failed { error: Code::Throttled.into(), retry_after_ms: Some(70) } },
        ),
        (61_001, 91_001, Input::Retry),
        (61_002, 91_001, Input::CredentialsChanged { drop_token: true }),
        (61_003, 91_001, Input::Reset(Reset::Logout)),
        (61_004, 91_001, Input::Tick { keep_fresh: true }),
    ];
    for (index, (mono_ms, wall_ms, input)) in inputs.into_iter().enumerate() {
        let entropy = machine::entropy_for(37 * u64::try_from(index).unwrap());
        let now = Now { mono: machine::START.mono + mono_ms, wall: machine::START.wall + wall_ms, entropy };
        let step = machine.handle(now, input.clone());
        trace.entries.push(Entry { now, input, step });
    }
    let written = machine::scenario_of("A life that was written down", "It can be run again.", &["F2"], &trace);
    let record = machine::run(&File { file: "trace.json".to_owned(), text: written.to_string() });
    assert!(record.passed(), "{record}\n{written:#}");
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<_> = schema.iter_errors(&written).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
