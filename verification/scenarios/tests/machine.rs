//! The machine scenarios pass, the wrong ones are told apart, and every file has the published form.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail loudly

use std::collections::BTreeMap;

use evertoken::{Instant, Machine, Now, Policy, io::Input, trace::Alias, trace::Trace};
use evertoken_scenarios::{
    envelope::{self, File, Kind, Level, Outcome, Record},
    machine,
};
use serde_json::{Value, json};

fn files() -> Vec<File> {
    machine::FOLDERS.iter().flat_map(|folder| envelope::files(folder).unwrap()).collect()
}

fn parsed(file: &File) -> Value {
    serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.file))
}

fn failed(records: &[Record]) -> Vec<String> {
    records.iter().filter(|record| !record.passed()).map(ToString::to_string).collect()
}

#[test]
fn every_machine_scenario_passes_and_every_wrong_one_is_reported_as_it_states() {
    let records = machine::run_all().unwrap();
    let failed = failed(&records);
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), records.len(), failed.join("\n"));
    let assertions: usize = records.iter().map(|record| record.assertions).sum();
    println!("{} files, {assertions} assertions", records.len());
}
