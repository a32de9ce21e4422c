//! `docs/policy.md` names every field of `Policy` with its default, once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, path::PathBuf};

use evertoken::Policy;
use serde_json::Value;

#[test]
fn the_page_about_the_policy_lists_every_field_with_its_default() {
    let page = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md")).unwrap();
    let mut listed = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, field, default, meaning, _] = cells[..] else { panic!("not three cells: {line}") };
        assert!(!meaning.is_empty(), "no meaning: {line}");
        let default: u64 = default.parse().unwrap();
        assert_eq!(listed.insert(field.trim_matches('`').to_string(), default), None, "listed twice: {line}");
    }
    let Value::Object(fields) = serde_json::to_value(Policy::default()).unwrap() else { panic!("a policy is an object") };
    let expected: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name, value.as_u64().unwrap())).collect();
    assert_eq!(listed, expected);
}
