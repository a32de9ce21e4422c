//! The table of results: what is missing is shown, and a skip, a failure or a difference is red.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail loudly

use evertoken_scenarios::{
    envelope,
    results::{Results, Table},
};
use serde_json::{Value, json};

/// Results in which every file of the client level passed with as many comparisons as its name has letters.
fn results(binding: &str) -> Value {
    let records = |folder: &str| -> Vec<Value> {
        let files = envelope::files(folder).unwrap();
        let record = |file: &envelope::File| json!({"name": file.file, "file": file.file, "level": "client", "assertions": file.file.len(), "outcome": {"result": "passed"}});
        files.iter().map(record).collect()
    };
    json!({"binding": binding, "version": "1.2.3", "results": records("client"), "must_fail": records("must-fail/client")})
}

fn table(results: &[Value], missing: &[&str]) -> Table {
    let texts: Vec<_> = results.iter().map(ToString::to_string).collect();
    let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
    Table::of(&texts, &missing, "cargo xtask scenarios").unwrap()
}

#[test]
fn two_languages_that_agree_are_green() {
    let table = table(&[results("swift"), results("python")], &["js"]);
    assert_eq!(table.red, Vec::<String>::new());
    assert!(table.page.contains("    cargo xtask scenarios\n"), "the page begins with the command that makes it");
    assert!(table.page.contains("| scenario | swift | python | js |"));
    assert!(table.page.contains(" | missing |"));
    assert!(table.page.contains("- not there yet: js"));
}

#[test]
fn a_skip_is_red() {
    let mut python = results("python");
    python["results"][0]["outcome"] = json!({"result": "skipped", "why": "not here"});
    let table = table(&[results("swift"), python], &[]);
    assert_eq!(table.red.len(), 1, "{:?}", table.red);
    assert!(table.page.contains("| **red** |"));
}

#[test]
fn a_file_that_was_not_run_is_red() {
    let mut python = results("python");
    python["results"].as_array_mut().unwrap().remove(0);
    assert_eq!(table(&[results("swift"), python], &[]).red.len(), 1);
}

#[test]
fn a_wrong_file_that_was_not_reported_is_red() {
    let mut python = results("python");
    python["must_fail"][0]["outcome"] = json!({"result": "failed", "kind": "not_failed", "detail": ""});
    assert_eq!(table(&[results("swift"), python.clone()], &[]).red.len(), 1);
    python["must_fail"].as_array_mut().unwrap().remove(0);
    assert_eq!(table(&[results("swift"), python], &[]).red.len(), 1);
}

#[test]
fn another_number_of_comparisons_is_red() {
    let mut python = results("python");
    python["results"][0]["assertions"] = json!(1);
    let red = table(&[results("swift"), python], &[]).red;
    assert!(red.len() == 1 && red[0].contains("different numbers"), "{red:?}");
}

#[test]
fn a_result_of_an_unknown_file_or_one_that_is_there_twice_is_red() {
    let mut python = results("python");
    let twice = python["results"][0].clone();
    python["results"].as_array_mut().unwrap().push(twice);
    assert_eq!(table(&[python.clone()], &[]).red.len(), 1);
    python["results"].as_array_mut().unwrap().last_mut().unwrap()["file"] = json!("client/renamed.json");
    assert_eq!(table(&[python], &[]).red.len(), 1);
}

#[test]
fn results_are_read_as_they_are_written() {
    let results: Results = serde_json::from_value(results("swift")).unwrap();
    assert_eq!(results.failures().count(), 0);
    assert!(table(&[serde_json::to_value(&results).unwrap()], &[]).red.is_empty());
}
