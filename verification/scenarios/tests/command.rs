//! The bin: a few files run, their results are written, and the table of an incomplete run is red.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail loudly

use std::{path::Path, process::Command};

use evertoken_scenarios::results::Results;

fn scenarios(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scenarios")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_results_of_a_run_are_written_and_make_a_table() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenarios");
    let (results, page) = (folder.join("rust.json"), folder.join("scenarios.md"));
    let (code, said, _) = scenarios(&["run", "--level", "client", "--only", "vendor's", "--json", results.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    let written: Results = serde_json::from_str(&std::fs::read_to_string(&results).unwrap()).unwrap();
    assert!(!written.results.is_empty() && written.results.iter().all(|record| record.passed() && record.name.contains("vendor's")));
    assert!(said.starts_with(&format!("{} scenarios", written.results.len())));

    let (code, _, red) = scenarios(&["table", results.to_str().unwrap(), "--missing", "python", "--write", page.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(red.contains("was not run"), "{red}");
    assert!(std::fs::read_to_string(&page).unwrap().contains("| scenario | rust | python |"));

    let check = |missing| scenarios(&["table", results.to_str().unwrap(), "--missing", missing, "--check", page.to_str().unwrap()]).2;
    assert!(!check("python").contains("is not what"));
    assert!(check("python,js").contains("is not what `cargo xtask scenarios` writes now"));
}

#[test]
fn without_a_command_it_says_which_there_are() {
    let (code, _, said) = scenarios(&[]);
    assert_eq!((code, said.trim()), (2, "give a command: run, table, --quick --json, or --names"));
}
