//! Scenario files of the machine level: any text is run or refused with its kind, and what passes does so for what it says.

use evertoken_scenarios::{
    envelope::{File, Kind, Outcome, Record},
    machine,
};
use serde_json::{Map, Value};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let record = record_of(text.to_owned());
    assert_eq!(record_of(text.to_owned()), record, "the same file comes to the same");
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        assert!(failed(&record, Kind::Malformed), "{record:?}");
        return;
    };
    let Outcome::Passed = record.outcome else { return };
    assert_eq!(record_of(serde_json::to_string_pretty(&value).unwrap()).outcome, Outcome::Passed, "white space in JSON means nothing");
    let Value::Object(fields) = value else { panic!("a scenario that is no object passes") };
    let expected_to_fail = fields.get("must_fail").is_some_and(|must_fail| !must_fail.is_null());
    assert!(record.assertions > 0 || expected_to_fail, "a file passes that compares nothing: {text}");
    if !expected_to_fail {
        is_strict(&fields);
    }
}

/// A field that nobody knows, anywhere, is no field that is passed over.
fn is_strict(fields: &Map<String, Value>) {
    let mut more = fields.clone();
    more.insert("surprise".into(), Value::Null);
    assert!(!passes(more), "an unknown field is passed over");
    let Some(Value::Array(steps)) = fields.get("steps") else { panic!("a scenario without steps passes") };
    for index in 0..steps.len().min(8) {
        let mut steps = steps.clone();
        let Value::Object(step) = &mut steps[index] else { panic!("a step that is no object passes") };
        step.insert("surprise".into(), Value::Null);
        let mut more = fields.clone();
        more.insert("steps".into(), Value::Array(steps));
        assert!(!passes(more), "an unknown field of step {index} is passed over");
    }
}

fn passes(fields: Map<String, Value>) -> bool {
    record_of(Value::Object(fields).to_string()).outcome == Outcome::Passed
}

fn failed(record: &Record, kind: Kind) -> bool {
    matches!(&record.outcome, Outcome::Failed(failure) if failure.kind == kind)
}

fn record_of(text: String) -> Record {
    machine::run(&File { file: "fuzzed.json".into(), text })
}
