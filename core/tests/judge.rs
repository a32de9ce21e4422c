//! What an API's answer says of the token: every documented answer in one table, and the limits of what is looked into.
#![cfg(all(feature = "url", feature = "builtin-providers"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where its premise fails")]

use std::collections::{BTreeMap, BTreeSet};

use evertoken::{
    Api, Judgement, ResolvedApi,
    judge::{MAX_BODY_BYTES, judge, reads_body},
    provider::builtin,
    url::parse,
};
use serde::Deserialize;
use serde_json::{Value, json};

const NONE: &[(&str, &str)] = &[];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    apis: BTreeMap<String, Source>,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Custom {
        api: Api,
    },
    Builtin {
        provider: String,
        #[serde(default)]
        variables: BTreeMap<String, String>,
        surface: Option<String>,
        url: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    api: String,
    case: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The content type.
    r#type: Option<String>,
    /// Whether a `Content-Length` is sent.
    #[serde(default)]
    length: bool,
    text: Option<String>,
    json: Option<Value>,
    /// The body was not read, or not to its end.
    #[serde(default)]
    unread: bool,
    rejected: bool,
}

impl Answer {
    fn body(&self) -> Option<Vec<u8>> {
        let body = self.json.as_ref().map(Value::to_string).or(self.text.clone()).unwrap_or_default();
        (!self.unread).then(|| body.into_bytes())
    }

    fn headers(&self) -> Vec<(String, String)> {
        let mut headers: Vec<_> = self.headers.clone().into_iter().collect();
        headers.extend(self.r#type.iter().map(|value| ("Content-Type".to_owned(), value.clone())));
        let length = self.body().unwrap_or_default().len();
        headers.extend(self.length.then(|| ("content-length".to_owned(), length.to_string())));
        headers
    }
}

fn table() -> Table {
    serde_json::from_str(include_str!("fixtures/api_answers.json")).unwrap()
}

fn resolve(source: &Source) -> ResolvedApi {
    match source {
        Source::Custom { api } => api.resolve(&BTreeMap::new(), None, parse).unwrap(),
        Source::Builtin { provider, variables, surface, url } => {
            let mut grant = builtin::provider(provider).unwrap().grant();
            for (name, value) in variables {
                grant = grant.variable(name, value);
            }
            if let Some(surface) = surface {
                grant = grant.surface(surface);
            }
            if let Some(url) = url {
                grant = grant.api_url(url);
            }
            grant.build_api(parse).unwrap()
        }
    }
}

fn custom(api: Value) -> ResolvedApi {
    serde_json::from_value::<Api>(api).unwrap().resolve(&BTreeMap::new(), None, parse).unwrap()
}

/// A 403 and a 200 tell by their body, a 401 by its status.
fn api() -> ResolvedApi {
    custom(json!({"base_url": "https://api.example", "invalid_token": [
        {"status": [401]},
        {"status": [200, 403], "json": [{"at": "/code", "equals": "expired"}]},
    ]}))
}

fn rejects(status: u16, headers: &[(&str, &str)], body: Option<&[u8]>) -> bool {
    judge(&api(), status, headers, body) == Judgement::TokenRejected
}

#[test]
fn each_answer_of_the_table_is_judged_as_its_row_says() {
    let table = table();
    let apis: BTreeMap<_, _> = table.apis.iter().map(|(name, source)| (name.as_str(), resolve(source))).collect();
    let mut used = BTreeSet::new();
    for answer in &table.answers {
        let api = apis.get(answer.api.as_str()).unwrap_or_else(|| panic!("no api {}", answer.api));
        used.insert(answer.api.as_str());
        let judged = judge(api, answer.status, &answer.headers(), answer.body().as_deref());
        let expected = if answer.rejected { Judgement::TokenRejected } else { Judgement::Fine };
        assert_eq!(judged, expected, "{}: {}", answer.api, answer.case);
        assert!(!answer.rejected || api.inspects(answer.status), "a host would not ask: {}: {}", answer.api, answer.case);
    }
    assert_eq!(used.len(), apis.len(), "an api without an answer");
}

#[test]
fn no_built_in_inspects_a_success() {
    for (name, source) in table().apis {
        if let Source::Builtin { .. } = source {
            assert!(!(200..300).any(|status| resolve(&source).inspects(status)), "{name}");
        }
    }
}

#[test]
fn a_plain_403_never_rejects_a_token() {
    for (name, source) in table().apis {
        assert_eq!(judge(&resolve(&source), 403, NONE, None), Judgement::Fine, "{name}");
        assert_eq!(judge(&resolve(&source), 403, NONE, Some(b"{}")), Judgement::Fine, "{name}");
    }
}

#[test]
fn a_body_of_64_kib_is_looked_into_and_one_byte_more_is_not() {
    let body = |length: usize| {
        let start = br#"{"code":"expired","pad":""#;
        let mut body = start.to_vec();
        body.resize(length - 2, b'x');
        body.extend(br#""}"#);
        body
    };
    for (length, expected) in [(MAX_BODY_BYTES - 1, true), (MAX_BODY_BYTES, true), (MAX_BODY_BYTES + 1, false)] {
        assert_eq!(body(length).len(), length);
        assert_eq!(rejects(403, &[], Some(&body(length))), expected, "{length}");
        let stated = length.to_string();
        assert_eq!(rejects(403, &[("Content-Length", stated.as_str())], Some(&body(length))), expected, "{length}");
        let json = [("Content-Length", stated.as_str()), ("Content-Type", "application/json")];
        assert_eq!(rejects(200, &json, Some(&body(length))), expected, "{length}");
    }
    assert!(rejects(401, &[], Some(&body(MAX_BODY_BYTES + 1))), "a status that tells by itself needs no body");
}

#[test]
fn a_success_is_read_only_if_it_is_json_of_a_stated_length() {
    let body = br#"{"code":"expired"}"#;
    for (headers, expected) in [
        (vec![("content-type", "application/json"), ("content-length", "18")], true),
        (vec![("Content-Type", "Application/JSON; charset=utf-8"), ("CONTENT-LENGTH", " 18 ")], true),
        (vec![("content-type", "application/vnd.api+json"), ("content-length", "18")], true),
        (vec![("content-type", "application/json")], false),
        (vec![("content-length", "18")], false),
        (vec![("content-type", "text/event-stream"), ("content-length", "18")], false),
        (vec![("content-type", "application/jsonlines"), ("content-length", "18")], false),
        (vec![("content-type", "application/json"), ("content-length", "65537")], false),
        (vec![("content-type", "application/json"), ("content-length", "-1")], false),
        (vec![("content-type", "application/json"), ("content-length", "99999999999999999999999")], false),
    ] {
        assert_eq!(reads_body(&api(), 200, &headers), expected, "{headers:?}");
        assert_eq!(rejects(200, &headers, Some(body)), expected, "{headers:?}");
    }
}

#[test]
fn a_failure_is_read_unless_it_says_that_it_is_too_long() {
    for (headers, expected) in [
        (vec![], true),
        (vec![("content-type", "text/html")], true),
        (vec![("content-length", "65536")], true),
        (vec![("content-length", "65537")], false),
        (vec![("content-length", "nonsense")], true),
    ] {
        assert_eq!(reads_body(&api(), 403, &headers), expected, "{headers:?}");
    }
    assert!(!reads_body(&api(), 401, NONE), "a 401 tells by itself");
    assert!(!reads_body(&api(), 404, NONE), "a 404 is not inspected");
}

#[test]
fn the_hint_of_a_wrong_surface_names_the_surface() {
    let table = table();
    for (name, surface) in [("oro_storefront", "storefront"), ("oro_back_office", "back_office")] {
        let hint = resolve(&table.apis[name]).rejection_hint().unwrap().to_owned();
        assert!(hint.contains(surface) && hint.contains("rejected"), "{hint}");
    }
}

#[test]
fn a_wrong_api_half_is_refused_with_the_field_and_the_reason() {
    let descriptor = |api: Value| {
        json!({"version": 1, "name": "x", "title": "X", "request": {"url": "https://id.example/token"},
               "response": {"token": {"pointer": "/t"}}, "api": api})
        .to_string()
    };
    let base = json!({"base_url": "https://api.example"});
    assert_eq!(evertoken::Provider::from_json(&descriptor(base.clone())).map(|provider| provider.name().to_owned()), Ok("x".to_owned()));
    for (member, value, said) in [
        ("surfaces", json!([{"name": "A", "path": "/a"}]), "api.surfaces[0].name: "),
        ("surfaces", json!([{"name": "a", "path": "/a"}, {"name": "a", "path": "/b"}]), "api.surfaces[1].name: is given twice"),
        ("surfaces", json!([{"name": "a", "path": "a"}]), "api.surfaces[0].path: "),
        ("surfaces", json!([{"name": "a", "path": "/a/"}]), "api.surfaces[0].path: "),
        ("surfaces", json!([{"name": "a", "path": "/a/../b"}]), "api.surfaces[0].path: "),
        ("surfaces", json!([{"name": "a", "path": "/a%2fb"}]), "api.surfaces[0].path: "),
        ("surfaces", json!([{"name": "a", "path": "/a?b"}]), "api.surfaces[0].path: "),
        ("surfaces", json!([{"name": "a", "path": "//a"}]), "api.surfaces[0].path: "),
        ("surfaces", json!([{"name": "a", "path": "/{b}"}]), "api.surfaces[0].path: `b`"),
        ("surfaces", json!([{"name": "a", "path": "/a", "host": "b"}]), "unknown field `host`"),
        ("media_types", json!([{"type": "json"}]), "api.media_types[0].type: "),
        ("media_types", json!([{"type": "application/json\r\nX: y"}]), "api.media_types[0].type: "),
        ("media_types", json!([{"path": "x", "type": "a/b"}]), "api.media_types[0].path: "),
        ("header", json!({"name": "X Y"}), "api.header.name: "),
        ("header", json!({"name": ""}), "api.header.name: "),
        ("header", json!({"prefix": "Bearer\n"}), "api.header.prefix: "),
        ("invalid_token", json!([]), "api.invalid_token: "),
        ("invalid_token", json!([{}]), "api.invalid_token[0].status: "),
        ("invalid_token", json!([{"json": [{"at": "/a", "exists": true}]}]), "api.invalid_token[0].status: "),
        ("invalid_token", json!([{"status": [401]}, {"status": [403]}]), "api.invalid_token[1].json: "),
        ("invalid_token", json!([{"status": ["100-399"]}]), "api.invalid_token[0].json: "),
        ("base_url", json!("http://api.example"), "api.base_url: "),
        ("base_url", json!("api.example"), "api.base_url: "),
        ("base_url", json!("https://me@api.example"), "api.base_url: "),
        ("base_url", json!("https://api.example/?x"), "api.base_url: "),
        ("base_url", json!("{c}"), "api.base_url: `c`"),
        ("rejection_hint", json!("of {c}"), "api.rejection_hint: `c`"),
        ("inspect", json!([401]), "unknown field `inspect`"),
    ] {
        let mut api = base.clone();
        api[member] = value.clone();
        let error = evertoken::Provider::from_json(&descriptor(api)).unwrap_err();
        assert_eq!(error.code, evertoken::Code::InvalidDescriptor);
        assert!(error.description().unwrap().contains(said), "{member} {value}: {error}");
    }
}
