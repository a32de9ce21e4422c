//! The vector file for URLs, which every language runs; `core/vectors/README.md` says what its rows mean.
#![cfg(all(feature = "url", feature = "builtin-providers"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where its premise fails")]

use std::collections::BTreeMap;

use evertoken::{Code, Error, ResolvedApi, UrlParts, provider::builtin, url::parse};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    version: u32,
    grants: BTreeMap<String, Grant>,
    requests: Vec<Request>,
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    provider: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    surface: Option<String>,
    endpoint: Option<String>,
    api: Option<Api>,
    resolved: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Api {
    Url(String),
    Of(Box<Grant>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    grant: String,
    text: String,
    url: Option<String>,
    /// Missing: not looked at; null: none is set.
    #[serde(default, deserialize_with = "present")]
    accept: Option<Option<String>>,
    refused: Option<String>,
    fix: Option<String>,
    #[serde(rename = "why")]
    _why: Option<String>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    provider: String,
    variables: BTreeMap<String, String>,
    base: Option<String>,
    refused: Option<String>,
    fix: Option<String>,
}

impl Grant {
    fn api(&self) -> Result<ResolvedApi, Error> {
        let mut grant = builtin::provider(&self.provider)?.grant();
        for (name, value) in &self.variables {
            grant = grant.variable(name, value);
        }
        if let Some(surface) = &self.surface {
            grant = grant.surface(surface);
        }
        if let Some(endpoint) = &self.endpoint {
            grant = grant.endpoint(endpoint);
        }
        grant = match &self.api {
            Some(Api::Url(url)) => grant.api_url(url),
            Some(Api::Of(other)) => grant.api(other.api()?),
            None => grant,
        };
        grant.build_api(parse)
    }
}

fn vectors() -> Vectors {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/urls.json")).unwrap();
    assert_eq!(vectors.version, 1);
    vectors
}

fn apis(vectors: &Vectors) -> BTreeMap<&str, ResolvedApi> {
    vectors.grants.iter().map(|(name, grant)| (name.as_str(), grant.api().unwrap_or_else(|error| panic!("{name}: {error}")))).collect()
}

/// Compares a result with a row and returns what differs.
fn difference(result: Result<&str, &Error>, expected: Option<&str>, refused: Option<&str>, fix: Option<&str>) -> Option<String> {
    match (result, expected, refused) {
        (Ok(found), Some(expected), None) if found == expected => None,
        (Err(error), None, Some(code)) if error.code.as_str() == code && error.fix().contains(fix.unwrap_or_default()) => None,
        (Ok(found), ..) => Some(format!("gives {found}")),
        (Err(error), ..) => Some(error.to_string()),
    }
}

fn assert_no_difference(differences: &[String]) {
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn each_text_makes_the_url_or_the_refusal_of_its_row() {
    let vectors = vectors();
    let apis = apis(&vectors);
    let differences: Vec<String> = vectors
        .requests
        .iter()
        .filter_map(|row| {
            let api = apis.get(row.grant.as_str()).unwrap_or_else(|| panic!("no grant {}", row.grant));
            let result = api.resolve(&row.text, parse);
            let found = difference(result.as_deref(), row.url.as_deref(), row.refused.as_deref(), row.fix.as_deref())?;
            Some(format!("{} {:?}: {found}", row.grant, row.text))
        })
        .collect();
    assert_no_difference(&differences);
    assert!(vectors.requests.len() >= 60);
}

#[test]
fn each_url_is_allowed_as_it_is_resolved() {
    let vectors = vectors();
    let apis = apis(&vectors);
    let mut asked = 0;
    for row in &vectors.requests {
        let api = &apis[row.grant.as_str()];
        for text in [&row.text].into_iter().chain(&row.url) {
            // A parser drops tabs and line breaks, so `allows` never sees them.
            let Some(url) = parse(text).filter(|_| !text.contains(['\t', '\n'])) else { continue };
            asked += 1;
            let allowed = api.allows(&url).map_err(|error| error.code.as_str());
            let expected = row.refused.as_deref().map_or(Ok(()), Err);
            assert_eq!(allowed, expected, "{} {text:?}", row.grant);
        }
    }
    assert!(asked >= 100, "{asked}");
}

#[test]
fn a_url_that_was_made_is_made_again() {
    let vectors = vectors();
    let apis = apis(&vectors);
    for (row, url) in vectors.requests.iter().filter_map(|row| Some((row, row.url.as_ref()?))) {
        assert_eq!(apis[row.grant.as_str()].resolve(url, parse).as_ref(), Ok(url));
    }
}

#[test]
fn accept_is_set_when_absent_and_as_the_path_wants_it() {
    let vectors = vectors();
    let apis = apis(&vectors);
    for row in &vectors.requests {
        let (Some(url), Some(accept)) = (&row.url, &row.accept) else { continue };
        let (api, path) = (&apis[row.grant.as_str()], parse(url).unwrap().path);
        assert_eq!(api.accept(&path, ["User-Agent"]), accept.as_deref(), "{url}");
        assert_eq!(api.accept(&path, ["ACCEPT"]), None, "the user's own header wins");
        assert_eq!(api.content_type(&path, ["Accept"]), Some(accept.as_deref().unwrap_or("application/json")), "{url}");
        assert_eq!(api.content_type(&path, ["content-type"]), None, "the user's own header wins");
    }
}

#[test]
fn a_host_gets_the_facts_that_it_matches_with() {
    for (name, grant) in vectors().grants {
        assert_eq!(Some(serde_json::to_value(grant.api().unwrap()).unwrap()), grant.resolved, "{name}");
    }
}

#[test]
fn each_account_has_the_base_url_or_the_refusal_of_its_row() {
    let mut differences = Vec::new();
    for row in vectors().accounts {
        let mut grant = builtin::provider(&row.provider).unwrap().grant();
        for (name, value) in &row.variables {
            grant = grant.variable(name, value);
        }
        if row.provider == "oro_commerce" {
            grant = grant.surface("storefront");
        }
        let result = grant.build_api(parse).map(|api| api.base_url());
        let found = difference(result.as_deref(), row.base.as_deref(), row.refused.as_deref(), row.fix.as_deref());
        differences.extend(found.map(|found| format!("{} {:?}: {found}", row.provider, row.variables)));
    }
    assert_no_difference(&differences);
}

#[test]
fn a_storefront_source_called_with_a_back_office_path_is_told_so() {
    let api = builtin::oro_commerce("https://shop.example", builtin::OroSurface::Storefront).build_api(parse).unwrap();
    let error = api.resolve("/admin/api/users", parse).unwrap_err();
    assert_eq!(
        error.to_string(),
        "origin_not_allowed: /admin/api/users belongs to the surface back_office, and this source's tokens are for storefront; \
         they are not interchangeable. Make a source for the surface back_office to call it, or call a path below /api."
    );
}

#[test]
fn an_error_repeats_neither_query_nor_user_info_nor_a_whole_book() {
    let api = builtin::piwik_pro("acme.piwik.pro").build_api(parse).unwrap();
    let long = format!("https://evil.example/{}?fake-secret", "x".repeat(10_000));
    for text in ["https://evil.example/?fake-secret#fake-secret", "https://me:fake-secret@evil.example/", "//fake-secret", &long] {
        let shown = format!("{0} {0:?}", api.resolve(text, parse).unwrap_err());
        assert!(!shown.contains("fake-secret") && shown.len() < 1000, "{shown}");
    }
    let didomi = builtin::didomi().build_api(parse).unwrap();
    assert!(didomi.resolve(&"x/".repeat(10_000), parse).unwrap_err().to_string().len() < 500);
}

#[test]
fn parts_that_a_host_did_not_normalise_are_judged_as_a_server_would_read_them() {
    let api = builtin::didomi().build_api(parse).unwrap();
    let raw = |path: &str| UrlParts { path: path.into(), ..parse("https://API.didomi.io:443/").unwrap() };
    assert_eq!(api.allows(&raw("/v1/properties")), Ok(()));
    assert_eq!(api.allows(&UrlParts { port: Some(443), host: "API.DIDOMI.IO".into(), ..raw("/v1/properties") }), Ok(()));
    for path in ["", "v1/properties", "/v1/../admin", "/v1/./../admin", "/v1\\..\\admin", "/v1/a/../sessions"] {
        assert!(api.allows(&raw(path)).is_err(), "{path}");
    }
}

#[test]
fn an_api_given_as_a_url_is_absolute_secure_and_bare_of_everything_but_its_path() {
    for (url, reason) in [
        ("", "is no absolute URL"),
        ("/api", "is no absolute URL"),
        ("api.example", "is no absolute URL"),
        ("https://", "is no absolute URL"),
        ("http://api.example", "is not https"),
        ("ftp://api.example", "is not https"),
        ("https://me:fake-secret@api.example", "carries a user name"),
        ("https://api.example/?fake-secret", "carries a query"),
        ("https://api.example/#fake-secret", "carries a query or a fragment"),
        ("https://api.example/a//b", "carries a path with an empty segment"),
        ("https://api.example/a%2Fb", "carries a path with an empty segment or an encoded"),
    ] {
        let error = ResolvedApi::at(url, parse).unwrap_err();
        assert_eq!(error.code, Code::InvalidEndpoint, "{url}");
        assert!(error.description().unwrap().starts_with(&format!("api: {reason}")), "{url}: {error}");
        assert!(!error.to_string().contains("fake-secret"));
    }
    for (url, base) in [("https://API.example/v2//", "https://api.example/v2"), ("http://localhost:8080", "http://localhost:8080")] {
        assert_eq!(ResolvedApi::at(url, parse).map(|api| api.base_url()), Ok(base.to_owned()));
    }
}

#[test]
fn a_surface_is_chosen_by_name_where_there_are_several() {
    let refusal = |surface: Option<&str>| {
        let grant = builtin::provider("oro_commerce").unwrap().grant().variable("url", "https://shop.example");
        let grant = if let Some(surface) = surface { grant.surface(surface) } else { grant };
        grant.build_api(parse).map(|api| api.surface().map(ToOwned::to_owned))
    };
    assert_eq!(refusal(Some("storefront")), Ok(Some("storefront".to_owned())));
    for (surface, said) in [(None, "surface: is missing"), (Some("admin"), "surface: is not one of this provider's")] {
        let error = refusal(surface).unwrap_err();
        assert_eq!((error.code, error.description()), (Code::InvalidOption, Some(said)));
        assert_eq!(error.fix(), "Give one of these as surface: back_office, storefront.");
    }
    let error = builtin::piwik_pro("acme.piwik.pro").surface("x").build_api(parse).unwrap_err();
    assert_eq!((error.code, error.fix()), (Code::InvalidOption, "Leave the surface out: this provider has none."));
    assert_eq!(builtin::didomi().build_api(parse).unwrap().surface(), Some("v1"), "the only one needs no name");
}
