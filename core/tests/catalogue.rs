//! The lists of error codes and events that every language is checked against.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeSet, env, fs, path::Path};

use evertoken::{
    Class, Code, Error, Event, Instant, error,
    event::{self, Reason},
};

/// Compares a file beside the crate with what the code says; `UPDATE=1` writes it.
fn assert_current(name: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, content).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(file, content, "{name} is not what the code says: run the test with UPDATE=1");
}

#[test]
fn errors_json_lists_every_code() {
    assert_current("errors.json", &error::catalogue());
}

#[test]
fn events_json_lists_every_event() {
    assert_current("events.json", &event::catalogue());
}

#[test]
fn codes_are_sorted_unique_and_found_by_name() {
    let names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let sorted: BTreeSet<_> = names.iter().copied().collect();
    assert!(names.iter().copied().eq(sorted.iter().copied()), "{names:?}");
    for code in Code::ALL {
        assert_eq!(Code::from_name(code.as_str()), Some(*code));
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        assert!(!code.fix().is_empty() && !code.fix().contains('\n'));
    }
    assert_eq!(Code::from_name("no_such_code"), None);
}

#[test]
fn every_class_has_a_code_and_only_three_are_terminal() {
    let classes: BTreeSet<_> = Code::ALL.iter().map(|code| code.class()).collect();
    assert_eq!(classes.len(), 9);
    let terminal: BTreeSet<_> = classes.into_iter().filter(|class| class.is_terminal()).collect();
    assert_eq!(terminal, BTreeSet::from([Class::Account, Class::Configuration, Class::Credentials]));
}

#[test]
fn classes_and_reasons_have_the_names_of_their_json() {
    for class in Code::ALL.iter().map(|code| code.class()) {
        assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
    }
    for reason in
        [Reason::Absent, Reason::CredentialsChanged, Reason::MinValid, Reason::Rejected, Reason::Retry, Reason::WallStep, Reason::Window]
    {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
}

#[test]
fn event_names_are_those_of_its_json() {
    let at = Instant { mono: 1, wall: 2 };
    for event in
        [Event::CredentialsChanged, Event::Paused { until: at }, Event::Failed { attempt: 1, error: Code::Throttled.into(), served: true }]
    {
        assert_eq!(serde_json::to_value(&event).unwrap()["type"], event.name());
        assert!(Event::NAMES.contains(&event.name()));
    }
}

#[test]
fn a_server_s_text_becomes_one_harmless_line() {
    let error = Error::new(Code::CredentialsRejected).with_status(401).with_server_text(
        Some("invalid_client\u{7}"),
        Some("no\n\tsuch  client\u{202e} eyJhbGciOiJub25lIn0.e30. key=abcdefghijklmnopqrstuvwx0123456789"),
    );
    assert_eq!(error.provider_code(), Some("invalid_client"));
    assert_eq!(error.description(), Some("no such client (redacted) (redacted)"));
    assert_eq!(
        error.to_string(),
        "credentials_rejected (HTTP 401) invalid_client: no such client (redacted) (redacted). Check the credentials; if they were deleted or \
         replaced, create new ones."
    );
}

#[test]
fn a_server_s_text_is_cut_to_200_characters() {
    let error = Error::new(Code::ServerError).with_server_text(None, Some(&"ä ".repeat(500)));
    let description = error.description().unwrap();
    assert_eq!(description.chars().count(), error::MAX_SERVER_TEXT);
    assert!(description.ends_with('…'));
}

#[test]
fn errors_are_equal_when_all_their_fields_are() {
    let error = Error::new(Code::Throttled).with_status(429);
    assert_eq!(error, error.clone());
    assert_ne!(error, Error::new(Code::Throttled));
    assert_ne!(error, error.clone().with_retry_at(Instant { mono: 0, wall: 0 }));
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(serde_json::from_str::<Error>(&json).unwrap(), error);
}
