//! The descriptor language: what the published schema says and what the library reads are the same.
#![cfg(all(feature = "url", feature = "builtin-providers"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail by a panic")]

use std::{collections::BTreeMap, fs, path::Path};

use evertoken::{Code, Provider, provider::builtin};
use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Wrong {
    base: Value,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    case: String,
    #[serde(default)]
    set: BTreeMap<String, Value>,
    #[serde(default)]
    remove: Vec<String>,
    path: String,
    reason: String,
    /// The schema cannot express everything; the library refuses everything.
    schema_refuses: bool,
}

fn wrong() -> Wrong {
    serde_json::from_str(include_str!("fixtures/wrong_descriptors.json")).unwrap()
}

fn schema() -> Validator {
    let schema: Value = serde_json::from_str(include_str!("../providers/provider.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_valid(schema: &Validator, name: &str, json: &str) {
    let value: Value = serde_json::from_str(json).unwrap();
    let errors: Vec<String> = schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    Provider::from_json(json).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// Sets or removes the member at a JSON Pointer.
fn patch(value: &mut Value, pointer: &str, new: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match (value.pointer_mut(parent).unwrap(), new) {
        (Value::Object(members), Some(new)) => drop(members.insert(name.to_owned(), new)),
        (Value::Object(members), None) => drop(members.remove(name).expect(pointer)),
        (Value::Array(items), Some(new)) => match name.parse::<usize>().unwrap() {
            index if index == items.len() => items.push(new),
            index => *items.get_mut(index).unwrap() = new,
        },
        _ => panic!("{pointer}"),
    }
}

#[test]
fn every_shipped_descriptor_is_valid_and_named_as_its_file() {
    let schema = schema();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "json") && name != "provider.schema.json" {
            let json = fs::read_to_string(&path).unwrap();
            assert_valid(&schema, &name, &json);
            files.push((Provider::from_json(&json).unwrap().name().to_owned(), json));
            assert_eq!(format!("{}.json", files.last().unwrap().0), name);
        }
    }
    files.sort();
    let compiled_in: Vec<_> = builtin::DESCRIPTORS.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect();
    assert_eq!(files, compiled_in);
}

#[test]
fn every_fixtures_descriptor_is_valid() {
    let schema = schema();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let fixture: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_valid(&schema, &path.to_string_lossy(), &fixture["descriptor"].to_string());
    }
}

#[test]
fn the_base_of_the_wrong_descriptors_is_right() {
    assert_valid(&schema(), "base", &wrong().base.to_string());
}

#[test]
fn every_wrong_descriptor_is_refused_with_the_path_of_the_field_and_the_reason() {
    let (schema, wrong) = (schema(), wrong());
    assert!(wrong.rows.len() > 70);
    let mut differences = Vec::new();
    for row in wrong.rows {
        let mut descriptor = wrong.base.clone();
        row.set.iter().for_each(|(pointer, value)| patch(&mut descriptor, pointer, Some(value.clone())));
        row.remove.iter().for_each(|pointer| patch(&mut descriptor, pointer, None));
        let error = Provider::from_json(&descriptor.to_string()).expect_err(&row.case);
        assert_eq!(error.code, Code::InvalidDescriptor, "{}", row.case);
        let (path, reason) = error.description().unwrap().split_once(": ").unwrap();
        if path != row.path || !reason.contains(&row.reason) {
            differences.push(format!("{}: {path}: {reason}", row.case));
        }
        if schema.is_valid(&descriptor) == row.schema_refuses {
            differences.push(format!("{}: the schema", row.case));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for text in ["", "{", "[]", "null", "{} {}", "\u{0}", r#"{"version":1,"version":1}"#] {
        let error = Provider::from_json(text).unwrap_err();
        assert_eq!(error.code, Code::InvalidDescriptor, "{text}");
        assert!(error.description().unwrap().contains(": "), "{error}");
    }
    let trailing = builtin::DESCRIPTORS[0].1.to_owned() + "x";
    assert!(Provider::from_json(&trailing).unwrap_err().description().unwrap().starts_with("descriptor: trailing"));
}

#[test]
fn deep_nesting_in_a_descriptor_is_no_stack_overflow() {
    let deep = format!(
        r#"{{"version":1,"name":"x","title":"x","request":{{"url":"https://x.example","body":{{"json":{{"a":{}"#,
        "[".repeat(100_000)
    );
    assert_eq!(Provider::from_json(&deep).unwrap_err().code, Code::InvalidDescriptor);
}

#[test]
fn every_member_of_the_language_is_described_in_the_schema() {
    let mut everything = wrong().base;
    patch(&mut everything, "/docs", Some(json!(["https://example.com"])));
    patch(&mut everything, "/help", Some(json!({ "create": "Do.", "revoke": "Undo.", "secret_shown_once": true })));
    patch(&mut everything, "/rate", Some(json!({ "headers": [{ "name": "X", "kind": "epoch_millis" }], "default_ms": 5 })));
    patch(&mut everything, "/response/metadata", Some(json!({ "org": "/org" })));
    patch(
        &mut everything,
        "/variables/url",
        Some(json!({
            "kind": "base_url", "label": "URL", "default": "https://x.example", "suggest_domain": "x.example", "strip": ["/token"], "folder": true, "inside": "/{tenant}"
        })),
    );
    patch(
        &mut everything,
        "/api",
        Some(json!({
            "base_url": "{url}",
            "surfaces": [{ "name": "a", "path": "/{tenant}/api" }],
            "media_types": [{ "type": "application/json" }, { "path": "/x", "type": "text/plain" }],
            "header": { "name": "X-Token", "prefix": "" },
            "invalid_token": [{ "status": [401, "500-599"], "json": [{ "at": "/*/x", "one_of": ["a", 1, true, null] }, { "at": "", "exists": true }, { "at": "/y", "contains": "z" }] }],
            "rejection_hint": "{surface}"
        })),
    );
    assert_valid(&schema(), "everything", &everything.to_string());
}
