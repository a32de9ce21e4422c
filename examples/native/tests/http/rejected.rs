use std::time::Duration;

use evertoken_sandbox::{Kind, Release, Rule, Vendor};
use tokio::task::JoinSet;

use crate::stage::{SECOND, Stage, TestClock, held, many_sockets};

const CALLERS: usize = 200;

/// Brings 200 calls to the point where the API has decided on a 401 for each of them, and not yet sent it.
async fn two_hundred_refused(stage: &Stage, client: &evertoken_native::Client<TestClock>) -> JoinSet<u16> {
    many_sockets();
    client.source().headers().await.unwrap();
    // A token that is just out may be unknown to a replica; this one is old enough to be believed bad.
    stage.advance(20 * SECOND);
    stage.control().revoke_all(Vendor::PiwikPro);
    stage.fault(Vendor::PiwikPro, Rule::api(held()).times(CALLERS as u64));
    let mut calls = JoinSet::new();
    for _ in 0..CALLERS {
        let client = client.clone();
        calls.spawn(async move { client.get("/api/apps/v2").send().await.unwrap().status().as_u16() });
    }
    stage.held(CALLERS as u64).await;
    calls
}

fn assert_each_was_refused_once_and_served(stage: &Stage) {
    let statuses: Vec<_> = stage.log(Vendor::PiwikPro, Kind::Api).iter().map(|call| call.status.unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), CALLERS);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), CALLERS);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 2, "the first token and its replacement");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_that_are_refused_together_make_one_token_request() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    let calls = two_hundred_refused(&stage, &client).await;
    stage.release(Vendor::PiwikPro);
    assert_eq!(calls.join_all().await, [200; CALLERS]);
    assert_each_was_refused_once_and_served(&stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_that_are_refused_over_half_a_second_make_one_token_request() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    let calls = two_hundred_refused(&stage, &client).await;
    for _ in 0..10 {
        let some = Release { kind: Some(Kind::Api), count: Some(CALLERS / 10), ..Release::default() };
        stage.control().release(Vendor::PiwikPro, some).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(calls.join_all().await, [200; CALLERS]);
    assert_each_was_refused_once_and_served(&stage);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_way_in_which_piwik_pro_refuses_a_token_is_recovered_from() {
    for path in ["/api/apps/v2", "/api/tag/v1/x", "/api/analytics/v1/x", "/api/cdp/x", "/api/access-control/v2/x", "/api/tracker/v2/x"] {
        let stage = Stage::open().await;
        let client = stage.piwik_pro();
        client.source().headers().await.unwrap();
        stage.advance(20 * SECOND);
        stage.control().revoke_all(Vendor::PiwikPro);
        assert_eq!(client.get(path).send().await.unwrap().status(), 200, "{path}");
        assert_eq!(stage.token_requests(Vendor::PiwikPro), 2, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_403_that_is_about_permissions_is_the_callers_answer() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.advance(20 * SECOND);
    for name in ["forbidden", "licence_403"] {
        stage.fault(Vendor::PiwikPro, Rule::api(evertoken_sandbox::Fault::Documented { name: name.to_owned() }).times(1));
        let answer = client.get("/api/analytics/v1/x").send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert!(!answer.text().await.unwrap().is_empty(), "the body that was looked into is still there");
    }
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_with_a_body_is_sent_again_byte_for_byte() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.advance(20 * SECOND);
    stage.control().revoke_all(Vendor::PiwikPro);

    let body = serde_json::json!({"data": {"type": "ppms/app", "attributes": {"name": "x"}}});
    let answer = client.request(reqwest::Method::POST, "/api/apps/v2").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let calls = stage.log(Vendor::PiwikPro, Kind::Api);
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].request.body, calls[1].request.body);
    assert_ne!(calls[0].request.header("authorization"), calls[1].request.header("authorization"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_body_streams_gets_the_apis_own_answer() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.advance(20 * SECOND);
    stage.control().revoke_all(Vendor::PiwikPro);

    let stream = || reqwest::Body::wrap(http_body_util::Full::new(&b"{}"[..]));
    let call = || client.request(reqwest::Method::POST, "/api/apps/v2").header("content-type", "application/vnd.api+json").body(stream());
    let answer = call().send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(!answer.text().await.unwrap().is_empty());
    assert_eq!(stage.api_calls(Vendor::PiwikPro), 1, "a body that is gone is not sent again");
}
