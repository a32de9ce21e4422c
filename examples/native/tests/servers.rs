//! The same client against token servers that nobody here wrote: django-oauth-toolkit and oidc-provider.
//!
//! `cargo xtask test servers` starts them and says where they are. Behind the feature `real-servers`, a missing URL is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evertoken::{
    Class, Code, Instant, Policy,
    driver::{Clock, SystemClock},
    provider::{
        BodyEncoding, ClientAuth, Credentials, GrantBuilder,
        builtin::{self, OroSurface},
    },
    url,
};
use evertoken_native::{Client, Error};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The system's clocks, which a test may move ahead of the server's.
#[derive(Clone, Default)]
struct TestClock(Arc<AtomicU64>);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        SystemClock.now().plus(self.0.load(SeqCst))
    }

    fn entropy(&self) -> u64 {
        SystemClock.entropy()
    }
}

impl TestClock {
    fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, SeqCst);
    }
}

fn server(variable: &str) -> String {
    std::env::var(variable)
        .ok()
        .filter(|url| !url.is_empty())
        .unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test servers`"))
}

fn django() -> String {
    server("EVERTOKEN_DJANGO_URL")
}

fn oidc() -> String {
    server("EVERTOKEN_OIDC_URL")
}

fn client(grant: GrantBuilder, id: &str, secret: &str) -> (Client<TestClock>, TestClock) {
    let clock = TestClock::default();
    let policy = Policy { fetch_attempts: 1, ..Policy::default() };
    let grant = grant.build(url::parse).unwrap();
    (Client::builder(grant, Credentials::client(id, secret)).policy(policy).clock(clock.clone()).build().unwrap(), clock)
}

fn http() -> reqwest::Client {
    // A client of ours has chosen the cryptography before; this one speaks to loopback alone.
    drop(client(builtin::piwik_pro("acme.piwik.pro"), "a", "b"));
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tls_certs_only([]).build().unwrap()
}

/// A client of its own for a test at django-oauth-toolkit.
async fn new_client(ttl_s: u64) -> (String, String) {
    let made = http().post(format!("{}/control/clients", django())).json(&json!({ "ttl": ttl_s })).send().await.unwrap();
    let made: Value = made.error_for_status().unwrap().json().await.unwrap();
    (made["client_id"].as_str().unwrap().to_owned(), made["client_secret"].as_str().unwrap().to_owned())
}

async fn token_requests(id: &str) -> u64 {
    let counted = http().get(format!("{}/control/clients/{id}/token-requests", django())).send().await.unwrap();
    counted.json::<Value>().await.unwrap()["count"].as_u64().unwrap()
}

async fn fetched(client: &Client<TestClock>, path: &str) -> Value {
    let answer = client.get(path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

async fn failure(client: &Client<TestClock>, path: &str) -> evertoken::Error {
    match client.get(path).send().await.unwrap_err() {
        Error::Token(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn django_grants_what_piwik_pro_is_asked_and_its_api_takes_the_token() {
    let (id, secret) = new_client(1800).await;
    let (client, _) = client(builtin::piwik_pro(django()), &id, &secret);
    for _ in 0..3 {
        let meta = &fetched(&client, "/api/apps/v2?limit=1").await["meta"];
        assert_eq!(meta["client_id"], id);
        assert_eq!((&meta["path"], &meta["accept"]), (&json!("/api/apps/v2?limit=1"), &json!("application/vnd.api+json")));
    }
    assert_eq!(client.source().snapshot().unwrap().lifetime_ms, 1_800_000);
    assert_eq!(token_requests(&id).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn django_grants_what_oro_is_asked_and_its_api_takes_the_token() {
    let (id, secret) = new_client(3600).await;
    let grants = [
        (builtin::oro_platform(django()), "/api/users"),
        (builtin::oro_commerce(django(), OroSurface::BackOffice), "/admin/api/users"),
        (builtin::oro_commerce(django(), OroSurface::Storefront), "/api/products"),
    ];
    for (grant, path) in grants {
        let (client, _) = client(grant, &id, &secret);
        let meta = &fetched(&client, path).await["meta"];
        assert_eq!((&meta["client_id"], &meta["accept"]), (&json!(id), &json!("application/vnd.api+json")));
        let body = json!({"data": {"type": "users"}});
        let answer = client.request(reqwest::Method::POST, path).json(&body).send().await.unwrap();
        let meta = &answer.json::<Value>().await.unwrap()["meta"];
        assert_eq!((&meta["content_type"], &meta["body"]), (&json!("application/vnd.api+json"), &json!(body.to_string())));
    }
    assert_eq!(token_requests(&id).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn django_refuses_a_wrong_secret_and_the_error_says_so() {
    let (id, _) = new_client(1800).await;
    for grant in [builtin::piwik_pro(django()), builtin::oro_platform(django())] {
        let (client, _) = client(grant, &id, "another secret");
        let error = failure(&client, "/api/users").await;
        assert_eq!((error.code, error.class(), error.status()), (Code::CredentialsRejected, Class::Credentials, Some(401)));
        assert_eq!(error.provider_code(), Some("invalid_client"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn django_refuses_a_form_and_the_error_speaks_of_the_requests_form() {
    let (id, secret) = new_client(1800).await;
    let grant = builtin::oauth2(format!("{}/auth/token", django())).api_url(django());
    let (client, _) = client(grant, &id, &secret);
    let error = failure(&client, "/api/x").await;
    assert_eq!((error.code, error.provider_code()), (Code::RequestRefused, Some("unsupported_grant_type")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_django_revokes_are_replaced_and_callers_notice_nothing() {
    const CALLERS: usize = 50;
    let (id, secret) = new_client(1800).await;
    let (client, clock) = client(builtin::piwik_pro(django()), &id, &secret);
    fetched(&client, "/api/x").await;
    // Old enough to be believed bad.
    clock.advance(20_000);
    let revoked = http().post(format!("{}/control/clients/{id}/revoke-tokens", django())).send().await.unwrap();
    assert_eq!(revoked.status(), 200);

    let mut calls = JoinSet::new();
    for _ in 0..CALLERS {
        let client = client.clone();
        calls.spawn(async move { client.get("/api/x").send().await.unwrap().status().as_u16() });
    }
    assert_eq!(calls.join_all().await, [200; CALLERS]);
    assert_eq!(token_requests(&id).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_deleted_at_django_gets_the_apis_answer_with_a_hint() {
    let (id, secret) = new_client(1800).await;
    let (client, clock) = client(builtin::oro_platform(django()), &id, &secret);
    fetched(&client, "/api/users").await;
    clock.advance(20_000);
    http().delete(format!("{}/control/clients/{id}", django())).send().await.unwrap().error_for_status().unwrap();
    // Its tokens go with it, so the API rejects the held one and no other comes.
    let answer = client.get("/api/users").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.hint().unwrap().contains("credentials_rejected"), "{:?}", answer.hint());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plain_403_of_django_is_the_callers_answer() {
    let (id, secret) = new_client(1800).await;
    let grant =
        builtin::oauth2(format!("{}/auth/token", django())).client_auth(ClientAuth::Body).body(BodyEncoding::Json).api_url(django());
    let (client, clock) = client(grant, &id, &secret);
    fetched(&client, "/stock").await;
    clock.advance(20_000);
    http().post(format!("{}/control/clients/{id}/revoke-tokens", django())).send().await.unwrap();
    assert_eq!(client.get("/stock").send().await.unwrap().status(), 403);
    assert_eq!(token_requests(&id).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_make_one_token_request_at_django() {
    let (id, secret) = new_client(1800).await;
    let (client, _) = client(builtin::piwik_pro(django()), &id, &secret);
    let mut tasks = JoinSet::new();
    for _ in 0..1_000 {
        let client = client.clone();
        tasks.spawn(async move { client.source().token().await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|served| served));
    assert_eq!(token_requests(&id).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_four_seconds_are_renewed_without_a_failed_call() {
    let (id, secret) = new_client(4).await;
    let (client, _) = client(builtin::piwik_pro(django()), &id, &secret);
    let until = std::time::Instant::now() + Duration::from_secs(9);
    while std::time::Instant::now() < until {
        fetched(&client, "/api/x").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let requests = token_requests(&id).await;
    assert!((3..=6).contains(&requests), "{requests} token requests in nine seconds");
}

fn at_oidc() -> GrantBuilder {
    builtin::oauth2(format!("{}/token", oidc())).api_url(format!("{}/api", oidc()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_provider_grants_by_every_way_of_client_authentication_and_its_api_takes_the_token() {
    let clients = [
        ("evertoken-basic", "not-a-secret-basic", ClientAuth::Basic),
        // Arrives only when both halves are form-encoded first.
        ("evertoken:basic", "a+b c%2F:/&=?~", ClientAuth::Basic),
        ("evertoken-post", "not-a-secret-post", ClientAuth::Body),
        ("evertoken-opaque", "not-a-secret-opaque", ClientAuth::Body),
    ];
    for (id, secret, client_auth) in clients {
        let (client, _) = client(at_oidc().client_auth(client_auth), id, secret);
        assert_eq!(fetched(&client, "/x").await["client_id"], id);
        assert_eq!(client.source().snapshot().unwrap().lifetime_ms, 1_800_000, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn oidc_provider_refuses_what_is_wrong_and_the_error_says_so() {
    let wrong = [
        ("evertoken-basic", "another secret", ClientAuth::Basic),
        ("evertoken-post", "another secret", ClientAuth::Body),
        ("nobody", "not-a-secret-basic", ClientAuth::Basic),
        ("evertoken:basic", "a+b c%2F:/&=?~", ClientAuth::BasicRaw),
    ];
    for (id, secret, client_auth) in wrong {
        let (client, _) = client(at_oidc().client_auth(client_auth), id, secret);
        let error = failure(&client, "/x").await;
        assert_eq!((error.code, error.class()), (Code::CredentialsRejected, Class::Credentials), "{id}: {error}");
        assert_eq!(error.provider_code(), Some("invalid_client"), "{id}");
    }
    let (client, _) = client(at_oidc().client_auth(ClientAuth::Body).body(BodyEncoding::Json), "evertoken-post", "not-a-secret-post");
    let error = failure(&client, "/x").await;
    assert_eq!((error.code, error.provider_code()), (Code::RequestRefused, Some("invalid_request")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_oidc_provider_revokes_is_replaced() {
    let (id, secret) = ("evertoken-opaque", "not-a-secret-opaque");
    let (client, clock) = client(at_oidc().client_auth(ClientAuth::Body), id, secret);
    fetched(&client, "/x").await;
    clock.advance(20_000);
    let token = client.source().token().await.unwrap();
    let form = [("token", token.token()), ("client_id", id), ("client_secret", secret)];
    let form: String = url_encoded(&form);
    let request =
        http().post(format!("{}/token/revocation", oidc())).header("content-type", "application/x-www-form-urlencoded").body(form);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(fetched(&client, "/x").await["client_id"], id);
    assert_ne!(client.source().token().await.unwrap(), token);
}

fn url_encoded(form: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://localhost").unwrap();
    url.query_pairs_mut().extend_pairs(form);
    url.query().unwrap().to_owned()
}
