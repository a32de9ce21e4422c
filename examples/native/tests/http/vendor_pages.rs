//! What the vendors' pages show works literally: the request's method, path, type and bytes, the answer, the call.

use evertoken::provider::{Credentials, builtin};
use evertoken_native::Client;
use evertoken_sandbox::{Application, Entry, Fault, Kind, Rule, Vendor};
use reqwest::redirect;
use serde_json::{Value, json};

use crate::stage::{SECOND, Stage, TestClock};

fn piwik_pro(stage: &Stage) -> Client<TestClock> {
    let key = &stage.sandbox.keys.piwik_pro;
    stage.client(builtin::piwik_pro(&stage.sandbox.piwik_pro.http), Credentials::client(key.id.as_str(), key.secret.as_str()))
}

fn only(mut log: Vec<Entry>) -> Entry {
    assert_eq!(log.len(), 1);
    log.remove(0)
}

/// Sends a request that the sandbox has logged once more and returns the answer, which no log shows.
async fn answer_to(origin: &str, entry: &Entry) -> Value {
    let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().tls_certs_only([]).build().unwrap();
    let mut request = http.request(entry.request.method.parse().unwrap(), format!("{origin}{}", entry.request.target));
    for (name, value) in entry.request.headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str())) {
        request = request.header(name, value);
    }
    let answer = request.body(entry.request.body.clone()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// The token request of Piwik PRO and Oro: these bytes, whatever the page's line breaks.
fn assert_client_credentials(entry: &Entry, path: &str, id: &str, secret: &str) {
    assert_eq!((entry.request.method.as_str(), entry.request.target.as_str()), ("POST", path));
    assert_eq!(entry.request.header("content-type"), Some("application/json"));
    assert_eq!(entry.request.header("authorization"), None);
    let bytes = format!(r#"{{"grant_type":"client_credentials","client_id":"{id}","client_secret":"{secret}"}}"#);
    assert_eq!(entry.request.text(), Some(bytes.as_str()));
}

async fn piwik_pro_page(lifetime_s: u64) {
    let stage = Stage::open().await;
    stage.control().change_settings(Vendor::PiwikPro, |settings| settings.lifetime_ms = lifetime_s * SECOND);
    stage.fault(Vendor::PiwikPro, Rule::token(Fault::Token { value: "your_access_token".to_owned() }));
    let client = piwik_pro(&stage);
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);

    let request = only(stage.log(Vendor::PiwikPro, Kind::Token));
    let key = &stage.sandbox.keys.piwik_pro;
    assert_client_credentials(&request, "/auth/token", &key.id, &key.secret);
    let answer = answer_to(&stage.sandbox.piwik_pro.http, &request).await;
    assert_eq!(answer, json!({"token_type": "Bearer", "expires_in": lifetime_s, "access_token": "your_access_token"}));
    assert_eq!(client.source().snapshot().unwrap().lifetime_ms, lifetime_s * SECOND);

    let call = only(stage.log(Vendor::PiwikPro, Kind::Api));
    assert_eq!((call.request.method.as_str(), call.request.target.as_str()), ("GET", "/api/apps/v2"));
    assert_eq!(call.request.header("authorization"), Some("Bearer your_access_token"));
    assert_eq!(call.request.header("accept"), Some("application/vnd.api+json"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn piwik_pro_as_its_page_of_today_shows_it() {
    piwik_pro_page(1_800).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn piwik_pro_as_its_guide_of_2018_shows_it() {
    piwik_pro_page(86_400).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn piwik_pro_as_the_digest_of_its_page_shows_it() {
    // "curl -X POST https://example/auth/token": the account is written without a scheme, or with a slash at its end.
    let stage = Stage::open().await;
    let key = &stage.sandbox.keys.piwik_pro;
    for account in [format!("{}/", stage.sandbox.piwik_pro.http), format!("{}/auth/token", stage.sandbox.piwik_pro.http)] {
        stage.control().clear_log();
        let client = stage.client(builtin::piwik_pro(account), Credentials::client(key.id.as_str(), key.secret.as_str()));
        let snapshot = client.source().headers().await.unwrap();
        assert_eq!(snapshot.lifetime_ms, 1_800 * SECOND, "every token is valid for 30 minutes");
        assert_client_credentials(&only(stage.log(Vendor::PiwikPro, Kind::Token)), "/auth/token", &key.id, &key.secret);
    }
    let grant = builtin::piwik_pro("example.piwik.pro").build(evertoken::url::parse).unwrap();
    assert_eq!(grant.endpoint(), "https://example.piwik.pro/auth/token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn didomi_as_its_page_shows_it_with_the_pages_own_token() {
    const SAMPLE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ";
    let stage = Stage::open().await;
    stage.control().change_settings(Vendor::Didomi, |settings| settings.sample_token = true);
    let client = stage.didomi();
    assert_eq!(client.get("/v1/properties").send().await.unwrap().status(), 200);

    let request = only(stage.log(Vendor::Didomi, Kind::Token));
    assert_eq!((request.request.method.as_str(), request.request.target.as_str()), ("POST", "/v1/sessions"));
    assert_eq!(request.request.header("content-type"), Some("application/json"));
    let key = &stage.sandbox.keys.didomi;
    let bytes = format!(r#"{{"type":"api-key","key":"{}","secret":"{}"}}"#, key.id, key.secret);
    assert_eq!(request.request.text(), Some(bytes.as_str()));
    assert_eq!(answer_to(&stage.sandbox.didomi.http, &request).await, json!({ "access_token": SAMPLE }));
    assert_eq!(client.source().snapshot().unwrap().lifetime_ms, 3_600 * SECOND, "tokens will expire after 1 hour");

    let call = only(stage.log(Vendor::Didomi, Kind::Api));
    assert_eq!((call.request.method.as_str(), call.request.target.as_str()), ("GET", "/v1/properties"));
    assert_eq!(call.request.header("authorization"), Some(format!("Bearer {SAMPLE}").as_str()));
    assert_eq!(call.request.header("accept"), Some("application/json"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oro_as_its_page_shows_it() {
    let stage = Stage::open().await;
    stage.control().change_settings(Vendor::Oro, |settings| settings.application = Application::Platform);
    stage.fault(Vendor::Oro, Rule::token(Fault::Token { value: "your access token".to_owned() }));
    let key = &stage.sandbox.keys.oro_back_office;
    let client = stage.client(builtin::oro_platform(&stage.sandbox.oro.http), Credentials::client(key.id.as_str(), key.secret.as_str()));
    let answer = client.get("/api/users").header("Content-Type", "application/vnd.api+json").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/vnd.api+json");

    let request = only(stage.log(Vendor::Oro, Kind::Token));
    assert_client_credentials(&request, "/oauth2-token", &key.id, &key.secret);
    let answer = answer_to(&stage.sandbox.oro.http, &request).await;
    assert_eq!(answer, json!({"token_type": "Bearer", "expires_in": 3600, "access_token": "your access token"}));
    assert_eq!(client.source().snapshot().unwrap().lifetime_ms, 3_600 * SECOND);

    let call = only(stage.log(Vendor::Oro, Kind::Api));
    assert_eq!((call.request.method.as_str(), call.request.target.as_str()), ("GET", "/api/users"));
    assert_eq!(call.request.header("authorization"), Some("Bearer your access token"));
    assert_eq!(call.request.header("content-type"), Some("application/vnd.api+json"));
    assert_eq!(call.request.header("accept"), Some("application/vnd.api+json"));
}
