//! The glue as Kotlin and Swift call it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test may fail by a panic")]

use std::{collections::HashMap, sync::Arc};

use evertoken_uniffi::{
    exchange::Exchange,
    failure::{Refusal, error_catalogue, failure_of},
    grant::{Grant, GrantOptions},
    machine::Machine,
    pair::Pair,
    step::{Answer, Step, Verdict},
    time::{Instant, Now},
};

const SECRET: &str = "not-a-real-secret-5f1d";
const TOKEN: &str = "not-a-real-token-9c2e";
const SENT: Instant = Instant { mono: 1_000, wall: 1_800_000_000_000 };

fn at(mono: u64) -> Now {
    Now { mono, wall: SENT.wall + mono - SENT.mono, entropy: 0 }
}

fn pair(name: &str, value: &str) -> Pair {
    Pair { name: name.into(), value: value.into() }
}

fn options(provider: &str) -> GrantOptions {
    GrantOptions {
        provider: Some(provider.into()),
        descriptor: None,
        variables: Vec::new(),
        endpoint: None,
        client_id: None,
        scopes: Vec::new(),
        audience: None,
        resource: None,
        parameters: Vec::new(),
        surface: None,
        client_auth: None,
        body: None,
        api_url: None,
    }
}

fn piwik_pro() -> Arc<Grant> {
    let options = GrantOptions { variables: vec![pair("account", "acme.piwik.pro")], ..options("piwik_pro") };
    Arc::new(Grant::new(options, Vec::new(), None).unwrap())
}

fn begun(grant: &Arc<Grant>) -> Arc<Exchange> {
    let secrets = vec![pair("client_id", "me"), pair("client_secret", SECRET)];
    Arc::new(Exchange::new(Arc::clone(grant), secrets, SENT, HashMap::new()).unwrap())
}

fn machine() -> Machine {
    Machine::new(HashMap::new()).unwrap()
}

fn ticket_of(step: &Step) -> u64 {
    match step.verdict {
        Verdict::Wait { ticket, .. } => ticket,
        _ => panic!("nobody waits"),
    }
}

/// A machine that holds a token, and the step in which it came.
fn granted() -> (Machine, Step) {
    let (machine, exchange) = (machine(), begun(&piwik_pro()));
    let wanted = machine.want(at(1_000), 0, 15_000, false).unwrap();
    assert!(exchange.next(Vec::new()).unwrap().is_some());
    let body = format!(r#"{{"token_type":"Bearer","expires_in":1800,"access_token":"{TOKEN}"}}"#);
    exchange.answer(SENT, 200, vec![pair("content-type", "application/json")], body.into(), false).unwrap();
    assert!(exchange.next(Vec::new()).unwrap().is_none());
    let step = machine.finished(at(1_100), wanted.starts[0].attempt, Some(exchange)).unwrap();
    assert_eq!(ticket_of(&wanted), step.settled[0].ticket);
    (machine, step)
}

#[test]
fn a_caller_waits_for_the_attempt_that_its_wish_starts_and_is_answered_with_the_token() {
    let (machine, step) = granted();
    let Answer::Token { snapshot } = &step.settled[0].answer else { panic!("no token") };
    assert_eq!((snapshot.header_name.as_str(), snapshot.header_value.as_str()), ("Authorization", format!("Bearer {TOKEN}").as_str()));
    assert_eq!(step.published.unwrap().generation, snapshot.generation);
    assert!(matches!(machine.want(at(1_200), 0, 15_000, false).unwrap().verdict, Verdict::Use { .. }));
}

#[test]
fn the_reason_of_an_attempt_is_that_of_its_event() {
    let step = machine().want(at(1_000), 0, 15_000, false).unwrap();
    assert_eq!(step.starts[0].reason, "absent");
    assert_eq!(step.events[0].reason.as_deref(), Some("absent"));
}

#[test]
fn an_exchange_that_has_not_ended_counts_as_abandoned() {
    let (machine, exchange) = (machine(), begun(&piwik_pro()));
    let attempt = machine.want(at(1_000), 0, 15_000, false).unwrap().starts[0].attempt;
    let step = machine.finished(at(1_100), attempt, Some(exchange)).unwrap();
    assert_eq!(step.events[0].name, "abandoned");
}

#[test]
fn records_show_neither_tokens_nor_secrets() {
    let exchange = begun(&piwik_pro());
    let request = exchange.next(vec![pair("X-Session", SECRET)]).unwrap().unwrap();
    assert!(String::from_utf8_lossy(request.body.as_deref().unwrap()).contains(SECRET));
    let (_, step) = granted();
    let shown = format!("{request:?} {request} {:?} {}", pair("client_secret", SECRET), pair("client_secret", SECRET));
    let snapshot = step.published.unwrap();
    let shown = format!("{shown} {snapshot:?} {snapshot} {:?} {:?}", step.events, piwik_pro());
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn a_refused_option_names_the_field() {
    let options = GrantOptions { variables: vec![pair("account", "acme")], ..options("piwik_pro") };
    let Err(Refusal::Failed { failure }) = Grant::new(options, Vec::new(), None) else { panic!("taken") };
    assert_eq!(failure.code, "invalid_account");
    assert!(failure.text.contains("acme.piwik.pro"), "{}", failure.text);
    let Err(Refusal::Failed { failure }) = Machine::new(HashMap::from([("patience".into(), 1)])) else { panic!("taken") };
    assert_eq!(failure.code, "invalid_option");
    assert!(failure.text.contains("patience"), "{}", failure.text);
}

#[test]
fn a_failure_of_the_host_is_one_line_without_anything_like_a_token() {
    let text = format!("refused\nAuthorization: Bearer eyJhbGciOiJIUzI1NiJ9.{}.x", "A".repeat(60));
    let failure = failure_of("transport_failed".into(), Some(text), None).unwrap();
    assert_eq!((failure.class.as_str(), failure.retryable), ("transport", true));
    assert!(!failure.text.contains('\n') && !failure.text.contains("AAAAAAAAAA"), "{}", failure.text);
}

#[test]
fn the_catalogue_is_that_of_core() {
    assert_eq!(error_catalogue().unwrap(), evertoken::error::catalogue());
}

#[test]
fn the_api_half_of_another_provider_keeps_its_rules() {
    let half = GrantOptions { variables: vec![pair("account", "acme.piwik.pro")], ..options("piwik_pro") };
    let half = Grant::new(half, Vec::new(), None).unwrap().api().unwrap();
    let broker = GrantOptions { endpoint: Some("https://shop.example/token".into()), ..options("broker") };
    let api = Grant::new(broker, Vec::new(), Some(half)).unwrap().api().unwrap();
    assert_eq!(api.admits("https://acme.piwik.pro/api/apps/v2".into()).unwrap().as_deref(), Some("application/vnd.api+json"));
    assert_eq!(api.admits("https://acme.piwik.pro/auth/token".into()).unwrap(), None);
    assert!(api.inspects(403).unwrap() && !api.inspects(404).unwrap());
}
