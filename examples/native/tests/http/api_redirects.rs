use evertoken::{
    driver::Clock,
    provider::{Credentials, GrantBuilder},
};
use evertoken_native::Client;
use evertoken_sandbox::{Entry, Fault, Kind, Rule, Vendor};
use reqwest::Method;

use crate::stage::{Stage, TestClock, client_credentials};

/// The plain OAuth 2 server of the sandbox, with the token in a header of another name.
fn in_another_header(stage: &Stage) -> Client<TestClock> {
    let descriptor = serde_json::json!({
        "version": 1,
        "name": "other_header",
        "title": "Other header",
        "variables": { "url": { "kind": "base_url" } },
        "credentials": [{ "name": "client_id", "label": "id", "identity": true }, { "name": "client_secret", "label": "secret" }],
        "request": {
            "url": "{url}/oauth2/token",
            "body": { "form": { "grant_type": "client_credentials", "client_id": "{client_id}", "client_secret": "{client_secret}" } }
        },
        "response": {
            "token": { "pointer": "/access_token" },
            "lifetime": [{ "field": { "pointer": "/expires_in", "unit": "seconds" } }]
        },
        "api": { "base_url": "{url}", "header": { "name": "X-Auth-Token", "prefix": "" } }
    });
    let grant = GrantBuilder::custom(&descriptor.to_string()).variable("url", &stage.sandbox.oauth2.http);
    stage.client(grant, client_credentials(&stage.sandbox.keys.oauth2))
}

async fn token_of(client: &Client<impl Clock>) -> String {
    client.source().headers().await.unwrap().token.token().to_owned()
}

fn carries(request: &Entry, token: &str) -> bool {
    request.request.headers.iter().any(|(_, value)| value.contains(token))
        || request.request.target.contains(token)
        || request.request.text().is_some_and(|body| body.contains(token))
}

fn redirect(stage: &Stage, status: u16, location: &str) {
    stage.fault(Vendor::Oauth2, Rule::api(Fault::Redirect { status, location: location.to_owned() }).times(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_to_another_origin_is_followed_without_the_token_whatever_its_header() {
    let stage = Stage::open().await;
    for client in [stage.oauth2(), in_another_header(&stage)] {
        let token = token_of(&client).await;
        for status in [301, 302, 303, 307, 308] {
            stage.control().clear_log();
            redirect(&stage, status, &format!("{}/download", stage.sandbox.elsewhere.http));
            let answer = client.get("/api/file").header("x-api-key", "the user's own").header("accept", "text/csv").send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.text().await.unwrap(), r#"{"elsewhere":true}"#);

            let asked = stage.log(Vendor::Oauth2, Kind::Api);
            assert_eq!((asked.len(), carries(&asked[0], &token)), (1, true), "the API got the token");
            let elsewhere = stage.log(Vendor::Elsewhere, Kind::Api);
            assert_eq!((elsewhere.len(), carries(&elsewhere[0], &token)), (1, false), "the other origin did not");
            let names: Vec<_> = elsewhere[0].request.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert!(!names.contains(&"authorization") && !names.contains(&"x-auth-token"), "{names:?}");
            assert!(!names.contains(&"x-api-key"), "what the user sends to one origin is not for another: {names:?}");
            assert_eq!(elsewhere[0].request.header("accept"), Some("text/csv"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_dropped_on_the_way_does_not_come_back() {
    let stage = Stage::open().await;
    let client = stage.oauth2();
    let token = token_of(&client).await;
    redirect(&stage, 302, &format!("{}/hop", stage.sandbox.elsewhere.http));
    stage.fault(
        Vendor::Elsewhere,
        Rule::api(Fault::Redirect { status: 302, location: format!("{}/api/back", stage.sandbox.oauth2.http) }).times(1),
    );
    let answer = client.get("/api/file").send().await.unwrap();
    assert_eq!(answer.status(), 401, "the API was asked without a token");
    let asked = stage.log(Vendor::Oauth2, Kind::Api);
    assert_eq!(asked.iter().map(|call| carries(call, &token)).collect::<Vec<_>>(), [true, false]);
    assert_eq!(stage.token_requests(Vendor::Oauth2), 1, "a 401 to a call without our token rejects none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_within_the_api_keeps_the_token() {
    let stage = Stage::open().await;
    for client in [stage.oauth2(), in_another_header(&stage)] {
        let token = token_of(&client).await;
        stage.control().clear_log();
        redirect(&stage, 307, "/api/moved");
        client.request(Method::POST, "/api/old").json(&serde_json::json!({"a": 1})).send().await.unwrap();
        let asked = stage.log(Vendor::Oauth2, Kind::Api);
        // The sandbox's API looks for a bearer token alone, so the other header's call is refused, and tried again.
        assert_eq!([asked[0].request.path(), asked[1].request.path()], ["/api/old", "/api/moved"]);
        for call in &asked[..2] {
            assert_eq!((call.request.method.as_str(), call.request.text()), ("POST", Some(r#"{"a":1}"#)));
            assert!(carries(call, &token));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_of_a_post_turns_it_into_a_get_as_in_browsers() {
    let stage = Stage::open().await;
    let client = stage.oauth2();
    for (status, method) in [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        stage.control().clear_log();
        redirect(&stage, status, "/api/moved");
        client.request(Method::POST, "/api/old").json(&1).send().await.unwrap();
        let asked = stage.log(Vendor::Oauth2, Kind::Api);
        assert_eq!(asked[1].request.method, method, "{status}");
        assert_eq!(asked[1].request.body.is_empty(), method == "GET", "{status}");
        assert_eq!(asked[1].request.header("content-type").is_some(), method == "POST", "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_not_carried_to_another_origin() {
    let stage = Stage::open().await;
    let client = stage.oauth2();
    let elsewhere = format!("{}/upload", stage.sandbox.elsewhere.http);
    redirect(&stage, 307, &elsewhere);
    let answer = client.request(Method::POST, "/api/old").json(&1).send().await.unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(answer.headers()["location"], elsewhere.as_str(), "the caller may follow it");
    assert_eq!(stage.api_calls(Vendor::Elsewhere), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_that_leads_out_of_https_or_into_a_loop_is_the_callers_answer() {
    let stage = Stage::open().await;
    let key = &stage.sandbox.keys.piwik_pro;
    let grant = evertoken::provider::builtin::piwik_pro(&stage.sandbox.piwik_pro.https);
    let client = stage.client(grant, Credentials::client(key.id.as_str(), key.secret.as_str()));
    for location in [
        format!("{}/api/apps/v2", stage.sandbox.piwik_pro.http),
        "http://example.com/api".to_owned(),
        "https://user@localhost/api".to_owned(),
        "ftp://localhost/api".to_owned(),
        "http://[".to_owned(),
    ] {
        stage.fault(Vendor::PiwikPro, Rule::api(Fault::Redirect { status: 302, location: location.clone() }).times(1));
        assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 302, "{location}");
    }
    stage.control().clear_log();
    stage.fault(Vendor::PiwikPro, Rule::api(Fault::Redirect { status: 302, location: "/api/apps/v2".to_owned() }));
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 302);
    assert_eq!(stage.api_calls(Vendor::PiwikPro), 11, "ten redirects are followed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_to_the_token_endpoint_or_out_of_the_prefix_goes_without_the_token() {
    let stage = Stage::open().await;
    let grant = evertoken::provider::builtin::oauth2(format!("{}/oauth2/token", stage.sandbox.oauth2.http))
        .api_url(format!("{}/api", stage.sandbox.oauth2.http));
    let client = stage.client(grant, client_credentials(&stage.sandbox.keys.oauth2));
    let token = token_of(&client).await;
    for location in ["/other", "/oauth2/token"] {
        stage.control().clear_log();
        redirect(&stage, 302, location);
        client.get("/v1/x").send().await.unwrap();
        let all = stage.control().log(&evertoken_sandbox::LogQuery { vendor: Some(Vendor::Oauth2), ..Default::default() });
        assert_eq!(all.len(), 2, "{location}");
        assert!(carries(&all[0], &token) && !carries(&all[1], &token), "{location}");
    }
}
