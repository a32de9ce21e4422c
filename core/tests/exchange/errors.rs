//! Every documented error of the three providers, in one table: token endpoints through the exchange, API answers through `judge`.

use std::{collections::BTreeMap, sync::Arc};

use evertoken::{
    Class, Credentials, Grant, Outcome, Response,
    judge::{Judgement, judge},
    provider::builtin::{self, OroSurface},
};
use serde::Deserialize;
use serde_json::Value;

use crate::{bench, fixtures::bytes};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    provider: String,
    case: String,
    via: Via,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
    class: Option<Class>,
    code: Option<String>,
    provider_code: Option<String>,
    description_contains: Option<String>,
    #[serde(default)]
    retry_after_ms: Option<u64>,
    judgement: Option<String>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Via {
    Exchange,
    Judge,
}

fn grant(provider: &str) -> (Arc<Grant>, Credentials) {
    let grant = |builder| bench::grant(builder);
    match provider {
        "piwik_pro" => (grant(builtin::piwik_pro("acme.piwik.pro")), bench::client()),
        "didomi" => (grant(builtin::didomi()), Credentials::key("fake-key", "fake-secret")),
        "oro_commerce" => (grant(builtin::oro_commerce("https://shop.example.com", OroSurface::BackOffice)), bench::client()),
        "oro_platform" => (grant(builtin::oro_platform("https://crm.example.com")), bench::client()),
        other => panic!("{other}"),
    }
}

#[test]
fn every_documented_error_has_its_class() {
    let table: Table = serde_json::from_str(include_str!("../fixtures/errors.json")).unwrap();
    assert!(table.rows.len() > 50);
    for row in &table.rows {
        let case = format!("{}: {}", row.provider, row.case);
        match row.via {
            Via::Exchange => check_exchange(row, &case),
            Via::Judge => check_judge(row, &case),
        }
    }
}

fn check_exchange(row: &Row, case: &str) {
    let (grant, credentials) = grant(&row.provider);
    let response =
        row.headers.iter().fold(Response::new(row.status, bytes(&row.body)), |response, (name, value)| response.with_header(name, value));
    let Outcome::Failed { error, retry_after_ms } = bench::outcome(&grant, &credentials, response) else { panic!("{case}: granted") };
    assert_eq!(Some(error.class()), row.class, "{case}: {error}");
    assert_eq!(Some(error.code.as_str()), row.code.as_deref(), "{case}: {error}");
    assert_eq!(error.status(), Some(row.status), "{case}");
    assert_eq!(retry_after_ms, row.retry_after_ms, "{case}");
    if row.provider_code.is_some() {
        assert_eq!(error.provider_code(), row.provider_code.as_deref(), "{case}");
    }
    let wanted = row.description_contains.as_deref().unwrap_or_default();
    assert!(error.description().unwrap_or_default().contains(wanted), "{case}: {error}");
    assert!(!error.fix().is_empty(), "{case}");
}

fn check_judge(row: &Row, case: &str) {
    let (grant, _) = grant(&row.provider);
    let body = bytes(&row.body);
    let mut headers: Vec<(&str, String)> = row.headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    headers.push(("Content-Length", body.len().to_string()));
    let judgement = match judge(grant.api(), row.status, &headers, Some(&body)) {
        Judgement::TokenRejected => "token_rejected",
        Judgement::Fine => "fine",
    };
    assert_eq!(Some(judgement), row.judgement.as_deref(), "{case}");
}
