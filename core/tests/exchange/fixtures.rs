//! Thirty endpoints as they deviate in the wild: each file holds a descriptor, the request that it must make, and answers with what they mean.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use evertoken::{
    Credentials, Exchange, Grant, Next, Outcome, Provider, Response,
    judge::{Judgement, judge},
    url,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::bench::{ARRIVED, SENT};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    #[serde(skip)]
    pub(crate) file: String,
    #[serde(rename = "about")]
    _about: String,
    /// As it is written: the order of its members is the order of the request's.
    pub(crate) descriptor: Box<RawValue>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    scopes: Vec<String>,
    audience: Option<String>,
    resource: Option<String>,
    credentials: BTreeMap<String, String>,
    request: ExpectedRequest,
    pub(crate) answers: Vec<Answer>,
    #[serde(default)]
    api_answers: Vec<ApiAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRequest {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    about: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
    header: Option<String>,
    lifetime_ms: Option<u64>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    code: Option<String>,
    provider_code: Option<String>,
    description: Option<String>,
    fix_contains: Option<String>,
    retry_after_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiAnswer {
    about: String,
    status: u16,
    body: Value,
    rejected: bool,
}

impl Answer {
    pub(crate) fn response(&self) -> Response {
        let response = Response::new(self.status, bytes(&self.body));
        self.headers.iter().fold(response, |response, (name, value)| response.with_header(name, value))
    }
}

/// A string is a body as it is, anything else is JSON.
pub(crate) fn bytes(body: &Value) -> Vec<u8> {
    body.as_str().map_or_else(|| body.to_string(), ToOwned::to_owned).into_bytes()
}

impl Fixture {
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/providers");
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |path: &Path| {
            let mut fixture: Self =
                serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            fixture.file = path.file_name().unwrap().to_string_lossy().into_owned();
            fixture
        };
        files.iter().map(|path| read(path)).collect()
    }

    pub(crate) fn grant(&self) -> Arc<Grant> {
        let provider = Provider::from_json(self.descriptor.get()).unwrap_or_else(|e| panic!("{}: {e}", self.file));
        let mut builder = provider.grant().scopes(self.scopes.clone()).identified_by(&self.credentials());
        for (name, value) in &self.variables {
            builder = builder.variable(name, value);
        }
        if let Some(audience) = &self.audience {
            builder = builder.audience(audience);
        }
        if let Some(resource) = &self.resource {
            builder = builder.resource(resource);
        }
        Arc::new(builder.build(url::parse).unwrap_or_else(|e| panic!("{}: {e}", self.file)))
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(self.credentials.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

#[test]
fn every_fixture_makes_its_request_byte_for_byte() {
    for fixture in Fixture::all() {
        let mut exchange = Exchange::new(fixture.grant(), &fixture.credentials(), SENT).unwrap();
        let Next::Send(request) = exchange.next() else { panic!("{}", fixture.file) };
        let expected = &fixture.request;
        assert_eq!(request.method(), expected.method, "{}", fixture.file);
        assert_eq!(request.url(), expected.url, "{}", fixture.file);
        let headers: BTreeMap<String, String> = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(headers, expected.headers, "{}", fixture.file);
        assert_eq!(request.body().map(|body| core::str::from_utf8(body).unwrap()), expected.body.as_deref(), "{}", fixture.file);
    }
}

#[test]
fn every_answer_of_every_fixture_means_what_the_fixture_says() {
    for fixture in Fixture::all() {
        assert!(!fixture.answers.is_empty(), "{}", fixture.file);
        for answer in &fixture.answers {
            check(&fixture, answer);
        }
    }
}

fn check(fixture: &Fixture, answer: &Answer) {
    let case = format!("{}: {}", fixture.file, answer.about);
    let mut exchange = Exchange::new(fixture.grant(), &fixture.credentials(), SENT).unwrap();
    assert!(matches!(exchange.next(), Next::Send(_)), "{case}");
    exchange.answer(ARRIVED, Ok(answer.response()));
    match exchange.next() {
        Next::Done(Outcome::Granted { token, lifetime_ms }) => {
            assert_eq!(Some(format!("{}: {}", token.header_name(), token.header_value())), answer.header, "{case}");
            assert_eq!(Some(lifetime_ms), answer.lifetime_ms, "{case}");
            assert_eq!(exchange.metadata(), &answer.metadata, "{case}");
        }
        Next::Done(Outcome::Failed { error, retry_after_ms }) => {
            assert_eq!(Some(error.code.as_str()), answer.code.as_deref(), "{case}: {error}");
            assert_eq!(error.status(), Some(answer.status), "{case}");
            assert_eq!(retry_after_ms, answer.retry_after_ms, "{case}");
            if answer.provider_code.is_some() {
                assert_eq!(error.provider_code(), answer.provider_code.as_deref(), "{case}");
            }
            if answer.description.is_some() {
                assert_eq!(error.description(), answer.description.as_deref(), "{case}");
            }
            let fix = answer.fix_contains.as_deref().unwrap_or_default();
            assert!(error.fix().contains(fix), "{case}: {}", error.fix());
        }
        other => panic!("{case}: {other:?}"),
    }
}

#[test]
fn every_api_answer_of_every_fixture_is_judged_as_the_fixture_says() {
    for fixture in Fixture::all() {
        for answer in &fixture.api_answers {
            let body = bytes(&answer.body);
            let headers = [("Content-Length", body.len().to_string()), ("Content-Type", "application/json".to_owned())];
            let judgement = judge(fixture.grant().api(), answer.status, &headers, Some(&body));
            assert_eq!(judgement == Judgement::TokenRejected, answer.rejected, "{}: {}", fixture.file, answer.about);
        }
    }
}
