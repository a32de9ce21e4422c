//! Conditions: which statuses and bodies they match, and how wrong ones are refused.
#![allow(clippy::unwrap_used, reason = "a test stops where its premise fails")]

use evertoken::Condition;
use serde_json::{Value, json};

fn condition(text: Value) -> Condition {
    serde_json::from_value(text).unwrap()
}

fn refusal(text: Value) -> String {
    serde_json::from_value::<Condition>(text).unwrap_err().to_string()
}

#[test]
fn a_status_set_holds_codes_and_inclusive_ranges() {
    let condition = condition(json!({"status": [401, "500-599"]}));
    for (status, expected) in [(400, false), (401, true), (402, false), (499, false), (500, true), (599, true), (600, false)] {
        assert_eq!(condition.matches(status, None), expected, "{status}");
    }
}

#[test]
fn an_empty_condition_matches_every_answer() {
    assert!(condition(json!({})).matches(200, None));
}

#[test]
fn all_predicates_of_a_condition_must_hold() {
    let condition =
        condition(json!({"status": [400], "json": [{"at": "/error", "equals": "invalid_client"}, {"at": "/hint", "exists": true}]}));
    assert!(condition.matches(400, Some(&json!({"error": "invalid_client", "hint": "x"}))));
    assert!(!condition.matches(400, Some(&json!({"error": "invalid_client"}))));
    assert!(!condition.matches(401, Some(&json!({"error": "invalid_client", "hint": "x"}))));
}

#[test]
fn a_star_stands_for_every_element_and_every_member() {
    let condition = condition(json!({"json": [{"at": "/errors/*/code", "equals": "ER801"}]}));
    assert!(condition.matches(400, Some(&json!({"errors": [{"code": "other"}, {"code": "ER801"}]}))));
    assert!(condition.matches(400, Some(&json!({"errors": {"ER801": {"code": "ER801"}}}))));
    assert!(!condition.matches(400, Some(&json!({"errors": {"code": "ER801"}}))));
    assert!(!condition.matches(400, Some(&json!({"errors": []}))));
    assert!(!condition.matches(400, Some(&json!(["ER801"]))));
}

#[test]
fn a_pointer_reaches_members_elements_and_escaped_names() {
    let body = json!({"a/b": {"~": [1, 2]}, "": 3, "~1": 4});
    for (at, equals) in [("/a~1b/~0/1", json!(2)), ("/", json!(3)), ("/~01", json!(4))] {
        assert!(condition(json!({"json": [{"at": at, "equals": equals}]})).matches(200, Some(&body)), "{at}");
    }
    assert!(condition(json!({"json": [{"at": "", "equals": "x"}]})).matches(200, Some(&json!("x"))));
}

#[test]
fn values_are_compared_with_their_types_and_numbers_by_value() {
    let is = |wanted: Value, found: Value| {
        condition(json!({"json": [{"at": "/v", "equals": wanted}]})).matches(200, Some(&json!({ "v": found })))
    };
    assert!(is(json!(601), json!(601.0)));
    assert!(is(json!(false), json!(false)));
    assert!(is(json!(null), json!(null)));
    assert!(!is(json!(601), json!("601")));
    assert!(!is(json!("x"), json!("X")));
    let any = condition(json!({"json": [{"at": "/v", "one_of": ["601", 602]}]}));
    assert!(any.matches(200, Some(&json!({"v": 602}))));
    assert!(!any.matches(200, Some(&json!({"v": 603}))));
}

#[test]
fn contains_looks_into_strings_without_case() {
    let condition = condition(json!({"json": [{"at": "/message", "contains": "expired jwt"}]}));
    assert!(condition.matches(403, Some(&json!({"message": "Expired JWT Token"}))));
    assert!(!condition.matches(403, Some(&json!({"message": "JWT"}))));
    assert!(!condition.matches(403, Some(&json!({"message": ["expired jwt"]}))));
}

#[test]
fn null_counts_as_absent() {
    let there = condition(json!({"json": [{"at": "/v", "exists": true}]}));
    let absent = condition(json!({"json": [{"at": "/v", "exists": false}]}));
    for (body, exists) in [(json!({"v": 0}), true), (json!({"v": null}), false), (json!({}), false), (json!([]), false)] {
        assert_eq!((there.matches(200, Some(&body)), absent.matches(200, Some(&body))), (exists, !exists), "{body}");
    }
}

#[test]
fn a_body_that_is_not_json_meets_no_predicate() {
    assert!(!condition(json!({"json": [{"at": "/v", "exists": false}]})).matches(200, None));
}

#[test]
fn a_wrong_condition_is_refused_with_the_reason() {
    for (wrong, reason) in [
        (json!({"status": []}), "an empty list matches nothing"),
        (json!({"status": [99]}), "100 to 599"),
        (json!({"status": ["599-500"]}), "the lower first"),
        (json!({"status": ["5xx"]}), "500-599"),
        (json!({"status": [true]}), "a status such as 401"),
        (json!({"status": 401}), "a sequence"),
        (json!({"statuses": [401]}), "unknown field `statuses`"),
        (json!({"json": [{"at": "error", "exists": true}]}), "begins with /"),
        (json!({"json": [{"at": "/error"}]}), "exactly one of"),
        (json!({"json": [{"at": "/error", "equals": 1, "exists": true}]}), "exactly one of"),
        (json!({"json": [{"at": "/error", "one_of": []}]}), "exactly one of"),
        (json!({"json": [{"at": "/error", "contains": ""}]}), "exactly one of"),
        (json!({"json": [{"at": "/error", "equals": {}}]}), "strings, numbers"),
        (json!({"json": [{"at": "/error", "matches": ".*"}]}), "unknown field `matches`"),
        (json!({"json": [{"equals": 1}]}), "missing field `at`"),
    ] {
        let text = wrong.to_string();
        let said = refusal(wrong);
        assert!(said.contains(reason), "{text}: {said}");
    }
}

#[test]
fn a_condition_is_written_as_it_was_read() {
    let text = json!({"status": [401, "500-599"], "json": [
        {"at": "/errors/*/code", "equals": null},
        {"at": "/a~1b/~0", "one_of": ["601", 602]},
        {"at": "/m", "contains": "x"},
        {"at": "", "exists": false},
    ]});
    assert_eq!(serde_json::to_value(condition(text.clone())).unwrap(), text);
}
