//! Everything that is listed in `coverage.json` is shown, and nothing else is said to be.
#![allow(clippy::unwrap_used)] // a test may fail loudly

use evertoken_scenarios::{coverage::Coverage, envelope::File};

fn file(name: &str, shows: &str) -> File {
    let text = format!(r#"{{"$schema": "", "name": "{name}", "level": "machine", "shows": {shows}, "why": "", "steps": []}}"#);
    File { file: name.to_owned(), text }
}

fn problems(list: &str, files: &[File]) -> Vec<String> {
    Coverage::of(list, files).unwrap().problems()
}

#[test]
fn every_listed_behaviour_is_shown_by_a_file_or_said_to_be_shown_elsewhere() {
    let problems = Coverage::read().unwrap().problems();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_failure_modes_the_pains_and_the_rules_are_listed() {
    let coverage = Coverage::read().unwrap();
    let listed = |id: &str| coverage.entries().any(|(entry, _)| entry.id == id);
    let numbered = |letter: &str, last: u32| (1..=last).map(|number| format!("{letter}{number}")).collect::<Vec<_>>();
    for id in [numbered("F", 21), numbered("P", 32), numbered("rejected-", 7)].concat() {
        assert!(listed(&id), "{id} is not listed");
    }
}

#[test]
fn a_behaviour_that_no_file_shows_is_told() {
    let list = r#"[{"id": "one", "says": "One."}, {"id": "two", "says": "Two."}]"#;
    assert_eq!(problems(list, &[file("a", r#"["one"]"#)]), ["no scenario shows two: Two."]);
}

#[test]
fn a_behaviour_that_is_not_listed_is_told() {
    let list = r#"[{"id": "one", "says": "One."}]"#;
    assert_eq!(problems(list, &[file("a", r#"["one", "tow"]"#)]), ["tow is not listed, and shown by a"]);
}

#[test]
fn a_behaviour_that_is_listed_twice_or_shown_here_and_elsewhere_is_told() {
    let list = r#"[{"id": "one", "says": "One."}, {"id": "one", "says": "One.", "elsewhere": "by hand"}]"#;
    let found = problems(list, &[file("a", r#"["one"]"#)]);
    assert_eq!(found, ["one is listed twice", "one is said to be shown elsewhere, and a shows it"]);
}

#[test]
fn a_test_that_is_said_to_show_a_behaviour_is_there() {
    let list = |file| format!(r#"[{{"id": "one", "says": "One.", "elsewhere": "{file}: in a shell"}}]"#);
    assert_eq!(problems(&list("core/tests/driver/reentry.rs"), &[]), [""; 0]);
    assert_eq!(problems(&list("core/tests/gone.rs"), &[]), ["one is said to be shown by core/tests/gone.rs, which is not there"]);
}
