//! What the vendors' own pages show works literally: request, answer, lifetime, the API's header.

use evertoken::{
    Credentials, Outcome, Request, Response,
    provider::{
        GrantBuilder,
        builtin::{self, OroSurface},
    },
    url,
};
use serde_json::Value;

use crate::bench::{self, grant};

struct Page {
    builder: GrantBuilder,
    credentials: Credentials,
    url: &'static str,
    /// The JSON as the page prints it.
    body: &'static str,
    answer: &'static str,
    lifetime_ms: u64,
    authorization: &'static str,
    /// A call as the page shows it, its URL and the media type.
    call: (&'static str, &'static str, Option<&'static str>),
}

impl Page {
    fn check(self) {
        let grant = grant(self.builder);
        let (_, request) = bench::begin(&grant, &self.credentials);
        assert_eq!((request.method(), request.url()), ("POST", self.url));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(keys(core::str::from_utf8(request.body().unwrap()).unwrap()), keys(self.body));
        assert_eq!(json(&request), serde_json::from_str::<Value>(self.body).unwrap());
        let Outcome::Granted { token, lifetime_ms } = bench::outcome(&grant, &self.credentials, Response::new(200, self.answer)) else {
            panic!("{}", self.url)
        };
        assert_eq!(lifetime_ms, self.lifetime_ms);
        assert_eq!((token.header_name(), token.header_value()), ("Authorization", self.authorization));
        let (path, url, media_type) = self.call;
        assert_eq!(grant.api().resolve(path, url::parse).unwrap(), url);
        assert_eq!(grant.api().media_type(path), media_type);
    }
}

fn json(request: &Request) -> Value {
    serde_json::from_slice(request.body().unwrap()).unwrap()
}

/// Returns the names of a flat object in the order in which they are written.
fn keys(json: &str) -> Vec<String> {
    json.split(['{', ',', '}'])
        .filter_map(|member| member.split_once(':'))
        .map(|(name, _)| name.trim().trim_matches('"').to_owned())
        .collect()
}

#[test]
fn piwik_pro_as_the_page_of_today_shows_it() {
    Page {
        builder: builtin::piwik_pro("example.piwik.pro"),
        credentials: Credentials::client("<client_id>", "<client_secret>"),
        url: "https://example.piwik.pro/auth/token",
        body: r#"{
        "grant_type": "client_credentials",
        "client_id": "<client_id>",
        "client_secret": "<client_secret>"
        }"#,
        answer: r#"{"token_type":"Bearer","expires_in":1800,"access_token":"<your_access_token>"}"#,
        lifetime_ms: 1_800_000,
        authorization: "Bearer <your_access_token>",
        call: ("/api/apps/v2", "https://example.piwik.pro/api/apps/v2", Some("application/vnd.api+json")),
    }
    .check();
}

#[test]
fn piwik_pro_as_the_guide_of_2018_shows_it() {
    Page {
        builder: builtin::piwik_pro("https://analytics.example.org"),
        credentials: Credentials::client("your_generated_client_id", "your_generated_client_secret"),
        url: "https://analytics.example.org/auth/token",
        body: r#"{
    "grant_type": "client_credentials",
    "client_id": "your_generated_client_id",
    "client_secret": "your_generated_client_secret"
}"#,
        answer: r#"{"token_type":"Bearer","expires_in":86400,"access_token":"your_access_token"}"#,
        lifetime_ms: 86_400_000,
        authorization: "Bearer your_access_token",
        call: ("/api/tracker/v1", "https://analytics.example.org/api/tracker/v1", Some("application/vnd.api+json")),
    }
    .check();
}

#[test]
fn piwik_pro_as_the_reference_shows_it() {
    Page {
        builder: builtin::piwik_pro("example.piwik.pro"),
        credentials: Credentials::client("client_id", "client_secret"),
        url: "https://example.piwik.pro/auth/token",
        body: r#"{"grant_type": "client_credentials", "client_id": "client_id", "client_secret": "client_secret"}"#,
        answer: r#"{"token_type": "Bearer", "expires_in": 1800, "access_token": "your_access_token"}"#,
        lifetime_ms: 1_800_000,
        authorization: "Bearer your_access_token",
        call: ("/api/analytics/v1/query", "https://example.piwik.pro/api/analytics/v1/query", Some("application/json")),
    }
    .check();
}

#[test]
fn didomi_as_its_page_shows_it() {
    Page {
        builder: builtin::didomi(),
        credentials: Credentials::key("<Your API key>", "<Your API secret>"),
        url: "https://api.didomi.io/v1/sessions",
        body: r#"{"type": "api-key", "key": "<Your API key>", "secret": "<Your API secret>"}"#,
        answer: r#"{    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ"}"#,
        lifetime_ms: 3_600_000,
        authorization: "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
        call: ("/v1/properties", "https://api.didomi.io/v1/properties", Some("application/json")),
    }
    .check();
}

fn oro(builder: GrantBuilder, call: (&'static str, &'static str, Option<&'static str>)) -> Page {
    Page {
        builder,
        credentials: Credentials::client("your client identifier", "your client secret"),
        url: "https://yourapplication/oauth2-token",
        body: r#"{
        "grant_type": "client_credentials",
        "client_id": "your client identifier",
        "client_secret": "your client secret"
    }"#,
        answer: r#"{
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": "your access token"
    }"#,
        lifetime_ms: 3_600_000,
        authorization: "Bearer your access token",
        call,
    }
}

#[test]
fn oro_as_its_page_shows_it() {
    let media_type = Some("application/vnd.api+json");
    let application = "https://yourapplication";
    oro(builtin::oro_platform(application), ("/api/users", "https://yourapplication/api/users", media_type)).check();
    oro(
        builtin::oro_commerce(application, OroSurface::BackOffice),
        ("/admin/api/users", "https://yourapplication/admin/api/users", media_type),
    )
    .check();
    oro(
        builtin::oro_commerce(application, OroSurface::Storefront),
        ("/api/customerusers", "https://yourapplication/api/customerusers", media_type),
    )
    .check();
}

#[test]
fn didomi_answers_201_and_echoes_the_key_too() {
    let credentials = Credentials::key("fake-key", "fake-secret");
    let answer = Response::new(201, r#"{"type":"api-key","key":"fake-key","access_token":"fake","platform_integration_id":"x"}"#);
    assert_eq!(bench::lifetime(&grant(builtin::didomi()), &credentials, answer), Ok(3_600_000));
}
