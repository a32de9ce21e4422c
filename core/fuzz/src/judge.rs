//! Any rules against any answer: a line with the rules as a descriptor's `invalid_token` has them, then the answer.

use std::collections::BTreeMap;

use evertoken::{
    Api, Judgement, judge,
    judge::{MAX_BODY_BYTES, reads_body},
    url,
};
use serde_json::{Value, json};

use crate::message::{Message, line};

pub fn run(data: &[u8]) {
    let (rules, answer) = line(data);
    let Ok(rules) = serde_json::from_slice::<Value>(rules) else { return };
    let written = json!({ "base_url": "https://api.example.com/v1", "invalid_token": rules });
    let Ok(api) = serde_json::from_value::<Api>(written) else { return };
    let api = api.resolve(&BTreeMap::new(), None, url::parse).unwrap();
    let message = Message::read(answer);
    let (status, headers) = (message.status, &message.headers[..]);
    let judged = judge(&api, status, headers, Some(message.body)) == Judgement::TokenRejected;

    let of_any_status = rules.as_array().is_some_and(|rules| rules.iter().any(|rule| rule.get("status").is_none_or(Value::is_null)));
    assert!(!judged || api.inspects(status) || of_any_status, "a host would not have asked");
    let read = reads_body(&api, status, headers) && message.body.len() <= MAX_BODY_BYTES;
    let body = if read { serde_json::from_slice::<Value>(message.body).ok() } else { None };
    let expected = rules.as_array().is_some_and(|rules| rules.iter().any(|rule| meets(rule, status, body.as_ref())));
    assert_eq!(judged, expected, "{rules} against {status} {body:?}");
}

/// What the README of the descriptors says of a rule, without the library's types.
fn meets(rule: &Value, status: u16, body: Option<&Value>) -> bool {
    let listed = |item: &Value| match item {
        Value::Number(code) => code.as_u64() == Some(u64::from(status)),
        Value::String(range) => {
            let (first, last) = range.split_once('-').unwrap();
            (first.parse::<u16>().unwrap()..=last.parse().unwrap()).contains(&status)
        }
        _ => false,
    };
    let in_statuses = rule.get("status").and_then(Value::as_array).is_none_or(|items| items.iter().any(listed));
    let predicates = rule.get("json").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    in_statuses && predicates.iter().all(|predicate| body.is_some_and(|body| holds(predicate, body)))
}

fn holds(predicate: &Value, body: &Value) -> bool {
    let at = predicate["at"].as_str().unwrap();
    let mut found = vec![body];
    for segment in at.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        found = found.into_iter().flat_map(|value| children(value, &name)).collect();
    }
    if let Some(wanted) = predicate.get("exists").and_then(Value::as_bool) {
        return found.iter().any(|value| !value.is_null()) == wanted;
    }
    if let Some(part) = predicate.get("contains").and_then(Value::as_str) {
        let part = part.to_ascii_lowercase();
        return found.iter().any(|value| value.as_str().is_some_and(|text| text.to_ascii_lowercase().contains(&part)));
    }
    let wanted = predicate.get("one_of").filter(|values| !values.is_null()).and_then(Value::as_array).cloned();
    let wanted = wanted.unwrap_or_else(|| vec![predicate["equals"].clone()]);
    found.iter().any(|value| wanted.iter().any(|wanted| same(wanted, value)))
}

fn children<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    match value {
        Value::Array(items) if name == "*" => items.iter().collect(),
        Value::Object(members) if name == "*" => members.values().collect(),
        Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)).into_iter().collect(),
        Value::Object(members) => members.get(name).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn same(one: &Value, other: &Value) -> bool {
    one == other || matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if (one - other).abs() == 0.0)
}
