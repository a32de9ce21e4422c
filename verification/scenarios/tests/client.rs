//! The client scenarios pass with the Rust client, wrong ones are reported as they state, and every file has the published form.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail loudly

use evertoken_scenarios::{
    client::{self, Runner, format::Action},
    envelope::{self, File, Kind, Level, Record},
};
use jsonschema::Validator;
use serde_json::Value;

/// What a runner compares at the end of each file: calls, requests, secrets.
const AT_THE_END: usize = 3;

fn files(folder: &str) -> Vec<File> {
    envelope::files(folder).unwrap()
}

fn run(folder: &str) -> Vec<Record> {
    let runner = Runner::start().unwrap();
    let records: Vec<_> = files(folder).iter().map(|file| runner.record(file)).collect();
    let failed: Vec<_> = records.iter().filter(|record| !record.passed()).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), records.len(), failed.join("\n"));
    records
}

fn schema() -> (Value, Validator) {
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(envelope::root().join("client.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    (schema, validator)
}

fn parsed(file: &File) -> Value {
    serde_json::from_str(&file.text).unwrap()
}

#[test]
fn every_client_scenario_passes_and_compares_all_that_it_names() {
    let records = run("client");
    assert!(records.len() >= 100, "{} files", records.len());
    for (record, file) in records.iter().zip(files("client")) {
        let (_, fields) = file.parse().unwrap();
        assert_eq!(record.assertions, client::parse(fields).unwrap().assertions() + AT_THE_END, "{}", file.file);
    }
}

#[test]
fn every_wrong_file_is_reported_for_its_stated_reason() {
    let records = run("must-fail/client");
    assert!(records.len() >= 12, "{} files", records.len());
    assert!(files("must-fail/client").iter().all(|file| file.parse().unwrap().0.must_fail.is_some()));
}

#[test]
fn a_wrong_file_that_is_reported_for_another_reason_is_a_failure() {
    let runner = Runner::start().unwrap();
    let file = files("must-fail/client").into_iter().find(|file| file.file.ends_with("/wrong-count.json")).unwrap();
    let otherwise = |from: &str, to: &str| {
        assert!(file.text.contains(from));
        runner.record(&File { file: file.file.clone(), text: file.text.replace(from, to) })
    };
    assert!(!otherwise(r#""kind": "wrong_count""#, r#""kind": "wrong_bytes""#).passed());
    assert!(!otherwise(r#""step": 2"#, r#""step": 1"#).passed());
    assert!(!otherwise(r#"{"token": 2}"#, r#"{"token": 1}"#).passed(), "nothing is wrong with it any more");
}

#[test]
fn every_file_has_the_published_form_and_the_unknown_parts_of_wrong_ones_have_not() {
    let (_, validator) = schema();
    for file in files("client") {
        let errors: Vec<_> = validator.iter_errors(&parsed(&file)).map(|error| format!("{error} at {}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {}", file.file, errors.join("; "));
    }
    for file in files("must-fail/client") {
        let (head, _) = file.parse().unwrap();
        let of_form = matches!(head.must_fail.unwrap().kind, Kind::UnknownField | Kind::UnknownStep);
        let valid = validator.is_valid(&parsed(&file));
        assert!(!(of_form && valid), "{}: the schema lets it pass", file.file);
    }
}

#[test]
fn the_schema_and_the_runner_know_the_same_steps() {
    let (schema, _) = schema();
    let mut steps: Vec<&String> = schema["$defs"]["step"]["properties"].as_object().unwrap().keys().collect();
    steps.retain(|name| *name != "note");
    for name in steps {
        let file = File { file: "x".to_owned(), text: format!(r#"{{"clients": {{}}, "steps": [{{"{name}": 0}}]}}"#) };
        let Value::Object(fields) = parsed(&file) else { panic!("no object") };
        assert_eq!(client::parse(fields).unwrap_err().kind, Kind::Malformed, "{name} is known, and 0 is none");
    }
}

#[test]
fn a_scenario_that_is_written_down_again_is_the_same() {
    for file in files("client") {
        let (_, fields) = file.parse().unwrap();
        let body = client::parse(fields).unwrap();
        let Value::Object(written) = serde_json::to_value(&body).unwrap() else { panic!("no object") };
        assert_eq!(client::parse(written).unwrap(), body, "{}", file.file);
    }
}

#[test]
fn every_step_and_every_hidden_fact_stands_in_some_file() {
    let all: String = files("client").into_iter().map(|file| file.text).collect();
    let steps = ["suspend", "step_wall", "cancel", "invalidate", "retry", "credentials_changed", "logout", "close", "token", "request"];
    let others = ["http_failure", "redirects", "network_errors", "replayable", "min_valid_ms", "patience_ms", "drop_token", "entropy"];
    for name in steps.into_iter().chain(others) {
        assert!(all.contains(&format!(r#""{name}": "#)), "{name}");
    }
}

#[test]
fn no_file_holds_more_calls_of_an_api_than_every_http_library_sends() {
    const AT_A_TIME: u64 = 5;
    for file in files("client") {
        let (_, fields) = file.parse().unwrap();
        let steps = client::parse(fields).unwrap().steps.into_iter().filter_map(|step| match step.action {
            Action::Control(control) => control.body,
            _ => None,
        });
        for rule in steps.filter(|body| body["kind"] == "api" && body["fault"]["type"] == "hang") {
            assert!(rule["times"].as_u64().is_some_and(|times| times <= AT_A_TIME), "{}", file.file);
        }
    }
}

#[test]
fn the_example_of_the_readme_passes() {
    let readme = std::fs::read_to_string(envelope::root().join("README.md")).unwrap();
    let text = readme.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).find(|text| text.contains("\"$schema\""));
    let file = File { file: "README.md".to_owned(), text: text.unwrap().to_owned() };
    assert!(schema().1.is_valid(&parsed(&file)));
    let record = Runner::start().unwrap().record(&file);
    assert!(record.passed(), "{record}");
}

#[test]
fn every_step_that_the_readme_shows_is_one() {
    let readme = std::fs::read_to_string(envelope::root().join("README.md")).unwrap();
    let table = readme.lines().filter_map(|line| line.strip_prefix("| `{\"")?.split("}` |").next());
    let steps: Vec<Value> = table.map(|step| serde_json::from_str(&format!("{{\"{step}}}")).unwrap()).collect();
    assert!(steps.len() >= 14, "{} steps", steps.len());
    for step in steps {
        serde_json::from_value::<Action>(step.clone()).unwrap_or_else(|error| panic!("{step}: {error}"));
    }
}

#[test]
fn a_record_says_which_file_and_level_it_is_of() {
    let file = &files("client")[0];
    let record = Runner::start().unwrap().record(file);
    assert_eq!((record.file.as_str(), record.level), (file.file.as_str(), Level::Client));
}
