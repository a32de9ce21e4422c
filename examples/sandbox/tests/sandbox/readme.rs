//! The README says what is so.

use evertoken_sandbox::{Fault, Settings, Vendor};
use serde_json::Value;

use crate::clients::sandbox;

const README: &str = include_str!("../../README.md");

#[test]
fn every_fault_in_the_readme_is_understood() {
    let row = |line: &&str| line.starts_with("| `{\"type\"");
    let faults: Vec<&str> = README.lines().filter(row).filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(faults.len(), 14, "all kinds are shown");
    for fault in faults {
        let text = fault.replace("BODY", r#"{"huge":{"bytes":11000000,"chunked":true}}"#).replace("WHEN", r#"{"date_in_s":120}"#);
        serde_json::from_str::<Fault>(&text).unwrap_or_else(|e| panic!("{fault}: {e}"));
    }
}

#[tokio::test]
async fn every_setting_is_in_the_readme() {
    let settings: Settings = sandbox().await.control().settings(Vendor::Oro);
    let Value::Object(fields) = serde_json::to_value(settings).unwrap() else { panic!("an object") };
    for name in fields.keys() {
        assert!(README.contains(&format!("`{name}`")), "{name}");
    }
}

#[tokio::test]
async fn every_documented_answer_is_in_the_readme() {
    let sandbox = sandbox().await;
    for vendor in Vendor::ALL {
        let unknown = evertoken_sandbox::Rule::token(Fault::Documented { name: String::new() });
        let refused = sandbox.control().add_fault(vendor, unknown).unwrap_err().message;
        let names = refused.split_once(": ").expect("a list").1;
        let line = README.lines().find(|line| line.starts_with(&format!("- `{}`:", vendor.name()))).unwrap_or_default();
        let line = format!("{line} {}", README.lines().skip_while(|other| *other != line).nth(1).unwrap_or_default());
        for name in names.split(", ").filter(|name| !name.is_empty()) {
            assert!(line.contains(&format!("`{name}`")), "{}: {name}", vendor.name());
        }
    }
}
