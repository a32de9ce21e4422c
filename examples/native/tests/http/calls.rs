use std::time::Duration;

use evertoken::{Code, provider::builtin, url};
use evertoken_native::{Client, Error};
use evertoken_sandbox::{Fault, Kind, Payload, Rule, Vendor};
use reqwest::Method;

use crate::stage::{SECOND, Stage, held};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_carries_the_token_and_the_apis_media_types() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    let token = client.source().headers().await.unwrap().token.token().to_owned();
    client.get("/api/apps/v2?limit=1").send().await.unwrap();
    client.request(Method::POST, "/api/apps/v2").json(&1).send().await.unwrap();
    client.get("/api/analytics/v1/x").send().await.unwrap();
    client.get("/api/apps/v2").header("Accept", "text/csv").send().await.unwrap();
    let calls: Vec<_> = stage.log(Vendor::PiwikPro, Kind::Api).into_iter().map(|call| call.request).collect();
    assert!(calls.iter().all(|call| call.header("authorization") == Some(&format!("Bearer {token}"))));
    assert_eq!(calls[0].target, "/api/apps/v2?limit=1");
    let accepts: Vec<_> = calls.iter().map(|call| call.header("accept").unwrap()).collect();
    assert_eq!(accepts, ["application/vnd.api+json", "application/vnd.api+json", "application/json", "text/csv"]);
    assert_eq!(calls[1].header("content-type"), Some("application/vnd.api+json"));
    assert_eq!(calls[0].header("content-type"), None, "a request without a body has no type");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_of_another_api_gets_no_token_and_no_request() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    for url in [
        format!("{}/api", stage.sandbox.elsewhere.http),
        "//elsewhere.example/api".to_owned(),
        format!("{}/auth/token", stage.sandbox.piwik_pro.http),
    ] {
        let Error::Token(error) = client.get(&url).send().await.unwrap_err() else { panic!("it must not be sent") };
        assert_eq!(error.code, Code::OriginNotAllowed, "{url}");
    }
    let counts = stage.control().counts();
    assert!(counts.values().all(|count| count.token + count.api == 0), "{counts:?}");
    let own = format!("{}/api/apps/v2", stage.sandbox.piwik_pro.http);
    assert_eq!(client.get(&own).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_users_own_token_is_sent_as_it_is_and_its_rejection_concerns_none_of_ours() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    let answer = client.get("/api/apps/v2").header("authorization", "Bearer of the user").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 0);
    assert_eq!(stage.log(Vendor::PiwikPro, Kind::Api)[0].request.header("authorization"), Some("Bearer of the user"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_fails_by_itself_fails_with_reqwests_own_error() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.fault(Vendor::PiwikPro, Rule::api(Fault::Drop).times(1));
    let Error::Http(error) = client.get("/api/apps/v2").send().await.unwrap_err() else { panic!("the token was there") };
    assert!(error.is_request(), "{error:?}");

    stage.fault(Vendor::PiwikPro, Rule::api(held()).times(1));
    let Error::Http(error) = client.get("/api/apps/v2").time_out(Duration::from_millis(100)).send().await.unwrap_err() else {
        panic!("it hung")
    };
    assert!(error.is_timeout(), "{error:?}");

    stage.fault(Vendor::PiwikPro, Rule::api(Fault::Answer { status: 500, headers: Vec::new(), body: Payload::Html }).times(1));
    let answer = client.get("/api/apps/v2").send().await.unwrap();
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.error_for_status().unwrap_err().status().unwrap(), 500);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calls_time_out_bounds_its_wait_for_a_token() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    stage.fault(Vendor::PiwikPro, Rule::token(held()));
    let Error::Token(error) = client.get("/api/apps/v2").time_out(Duration::from_millis(100)).send().await.unwrap_err() else {
        panic!("there is no token")
    };
    assert_eq!(error.code, Code::Deadline);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_with_a_long_body_is_judged_by_its_status_and_read_by_the_caller() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.advance(20 * SECOND);
    const LENGTH: usize = 300_000;
    let long = |status| Fault::Answer { status, headers: Vec::new(), body: Payload::Huge { bytes: LENGTH, chunked: true } };
    stage.fault(Vendor::PiwikPro, Rule::api(long(403)).times(1));
    let answer = client.get("/api/apps/v2").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap().len()), (403, LENGTH));
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);

    stage.fault(Vendor::PiwikPro, Rule::api(long(401)).times(1));
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fixed_token_is_sent_and_its_rejection_is_the_callers_answer() {
    let stage = Stage::open().await;
    let grant = builtin::fixed().api_url(&stage.sandbox.oauth2.http).build(url::parse).unwrap();
    let client = Client::new(grant, evertoken::provider::Credentials::token("a-token-of-ones-own")).unwrap();
    let answer = client.get("/api/x").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let call = &stage.log(Vendor::Oauth2, Kind::Api)[0].request;
    assert_eq!(call.header("authorization"), Some("Bearer a-token-of-ones-own"));
    assert_eq!(stage.token_requests(Vendor::Oauth2), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_cannot_be_one_is_refused_without_its_value() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    for (name, value) in [("x-note", "line\nbreak of the user"), ("no name", "value of the user")] {
        let Error::Token(error) = client.get("/api/apps/v2").header(name, value).send().await.unwrap_err() else {
            panic!("it must not be sent")
        };
        assert_eq!(error.code, Code::InvalidOption);
        assert!(!error.to_string().contains("of the user"), "{error}");
    }
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 0);
}
