//! Each kind of fault that decides an answer or changes a granted token.

use evertoken_sandbox::{Fault, Payload, RetryAfter, Rule, Sandbox, Vendor};

use crate::clients::{JSON, Reply, apps, ask_didomi, ask_oro, ask_piwik_pro, client, grant, sandbox, send, try_send};

fn add(sandbox: &Sandbox, rule: Rule) -> u64 {
    sandbox.control().add_fault(Vendor::PiwikPro, rule).expect("a fault")
}

async fn ask(sandbox: &Sandbox) -> Reply {
    ask_piwik_pro(sandbox, &sandbox.keys.piwik_pro).await
}

async fn try_ask(sandbox: &Sandbox) -> Result<Reply, reqwest::Error> {
    let url = format!("{}/auth/token", sandbox.piwik_pro.http);
    try_send(&client(None, true), "POST", &url, &[("content-type", JSON)], &grant(&sandbox.keys.piwik_pro)).await
}

fn answer(status: u16, body: Payload) -> Fault {
    Fault::Answer { status, headers: vec![], body }
}

#[tokio::test]
async fn a_fault_hits_the_next_requests_and_is_then_used_up() {
    let sandbox = sandbox().await;
    add(&sandbox, Rule::token(answer(503, Payload::Empty)).after(1).times(2));
    let mut statuses = vec![];
    for _ in 0..4 {
        statuses.push(ask(&sandbox).await.status);
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    assert!(sandbox.control().faults(Vendor::PiwikPro).is_empty());
}

#[tokio::test]
async fn a_fault_without_a_count_lasts_until_it_is_cleared() {
    let sandbox = sandbox().await;
    let id = add(&sandbox, Rule::token(answer(500, Payload::Text("down".to_owned()))));
    assert_eq!((ask(&sandbox).await.status, ask(&sandbox).await.status), (500, 500));
    assert_eq!(sandbox.control().remove_fault(Vendor::PiwikPro, id), Ok(()));
    assert_eq!(ask(&sandbox).await.status, 200);
    add(&sandbox, Rule::token(Fault::Reject));
    assert_eq!(sandbox.control().clear_faults(Vendor::PiwikPro), 1);
    assert_eq!(ask(&sandbox).await.status, 200);
}

#[tokio::test]
async fn a_fault_hits_one_vendor_one_kind_and_one_path() {
    let sandbox = sandbox().await;
    add(&sandbox, Rule::api(answer(500, Payload::Empty)).path("/api/tag/"));
    let token = ask(&sandbox).await.token();
    assert_eq!(apps(&sandbox, &token).await.status, 200);
    assert_eq!(send("GET", &format!("{}/api/tag/v1/x", sandbox.piwik_pro.http), &[], "").await.status, 500);
    assert_eq!(ask_didomi(&sandbox, &sandbox.keys.didomi).await.status, 200);
}

#[tokio::test]
async fn the_first_fault_that_decides_wins_and_the_second_waits_for_its_turn() {
    let sandbox = sandbox().await;
    add(&sandbox, Rule::token(answer(500, Payload::Empty)).times(1));
    add(&sandbox, Rule::token(answer(502, Payload::Empty)).times(1));
    let statuses = [ask(&sandbox).await.status, ask(&sandbox).await.status, ask(&sandbox).await.status];
    assert_eq!(statuses, [500, 502, 200]);
}

#[tokio::test]
async fn a_chosen_answer_is_sent_to_the_byte() {
    let sandbox = sandbox().await;
    let headers = vec![("Content-Type".to_owned(), "application/problem+json".to_owned()), ("X-A".to_owned(), "1".to_owned())];
    add(&sandbox, Rule::token(Fault::Answer { status: 418, headers, body: Payload::Base64("AAH/".to_owned()) }));
    let reply = ask(&sandbox).await;
    assert_eq!((reply.status, reply.body.as_slice()), (418, [0, 1, 255].as_slice()));
    assert_eq!((reply.header("content-type"), reply.header("x-a")), (Some("application/problem+json"), Some("1")));
}

#[tokio::test]
async fn malformed_bodies_come_in_all_kinds() {
    let sandbox = sandbox().await;
    type Check = fn(&[u8]) -> bool;
    let cases: [(Payload, Option<&str>, Check); 5] = [
        (Payload::Empty, None, <[u8]>::is_empty),
        (Payload::Html, Some("text/html; charset=utf-8"), |body| body.starts_with(b"<html>")),
        (Payload::InvalidUtf8, Some(JSON), |body| std::str::from_utf8(body).is_err()),
        (Payload::WrongTypes, Some(JSON), |body| serde_json::from_slice::<serde_json::Value>(body).unwrap()["access_token"].is_array()),
        (Payload::Json(serde_json::json!({ "a": 1 })), Some(JSON), |body| body == br#"{"a":1}"#),
    ];
    for (payload, content_type, is_right) in cases {
        add(&sandbox, Rule::token(answer(200, payload.clone())).times(1));
        let reply = ask(&sandbox).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, content_type), "{payload:?}");
        assert!(is_right(&reply.body), "{payload:?}");
    }
}

#[tokio::test]
async fn a_huge_body_is_sent_chunked_or_with_its_length() {
    let sandbox = sandbox().await;
    let bytes = 11 << 20;
    for chunked in [true, false] {
        add(&sandbox, Rule::token(answer(200, Payload::Huge { bytes, chunked })).times(1));
        let reply = ask(&sandbox).await;
        assert_eq!(reply.body.len(), bytes);
        assert_eq!(reply.json()["access_token"].as_str().map(str::len), Some(bytes - 19));
        assert_eq!(reply.header("content-length").is_none(), chunked);
        assert_eq!(reply.header("transfer-encoding").is_some(), chunked);
    }
}

#[tokio::test]
async fn a_dropped_connection_gives_no_answer() {
    let sandbox = sandbox().await;
    add(&sandbox, Rule::token(Fault::Drop).times(1));
    assert!(try_ask(&sandbox).await.is_err());
    assert_eq!(sandbox.control().idle().dropped, 1);
    assert_eq!(ask(&sandbox).await.status, 200);
}

#[tokio::test]
async fn a_truncated_answer_breaks_off() {
    let sandbox = sandbox().await;
    add(&sandbox, Rule::token(Fault::Truncate { after_bytes: 20 }).times(1));
    assert!(try_ask(&sandbox).await.is_err());
    assert_eq!(sandbox.control().idle().dropped, 1);
}

#[tokio::test]
async fn throttling_speaks_the_vendors_language_and_retry_after_takes_any_form() {
    let sandbox = sandbox().await;
    sandbox.control().change_clock(evertoken_sandbox::ClockChange {
        set_ms: Some(2_000_000_000_000),
        frozen: Some(true),
        ..Default::default()
    });
    for (retry_after, shown) in [
        (Some(RetryAfter::Seconds(120)), Some("120")),
        (Some(RetryAfter::DateInS(120)), Some("Wed, 18 May 2033 03:35:20 GMT")),
        (Some(RetryAfter::DateInS(-20)), Some("Wed, 18 May 2033 03:33:00 GMT")),
        (Some(RetryAfter::Text("soon".to_owned())), Some("soon")),
        (None, None),
    ] {
        for status in [429, 503] {
            add(&sandbox, Rule::token(Fault::Throttle { status, retry_after: retry_after.clone() }).times(1));
            let reply = ask(&sandbox).await;
            assert_eq!((reply.status, reply.header("retry-after")), (status, shown));
        }
    }
    let throttle = Rule::token(Fault::Throttle { status: 429, retry_after: Some(RetryAfter::Seconds(7)) });
    sandbox.control().add_fault(Vendor::Didomi, throttle).unwrap();
    let reply = ask_didomi(&sandbox, &sandbox.keys.didomi).await;
    assert_eq!(reply.text(), r#"{"code":429,"errors":{},"message":"Too many requests","name":"TooManyRequests"}"#);
    assert_eq!(reply.header("ratelimit"), Some("limit=100, remaining=0, reset=15"));
    assert_eq!(reply.header("retry-after"), Some("7"));
}

#[tokio::test]
async fn redirects_point_where_they_are_told_to() {
    let sandbox = sandbox().await;
    let other = format!("{}/token", sandbox.elsewhere.http);
    for location in ["/auth/token2", other.as_str()] {
        for status in [301, 302, 303, 307, 308] {
            add(&sandbox, Rule::token(Fault::Redirect { status, location: location.to_owned() }).times(1));
            let reply = ask(&sandbox).await;
            assert_eq!((reply.status, reply.header("location")), (status, Some(location)));
        }
    }
    add(&sandbox, Rule::api(Fault::Redirect { status: 302, location: other.clone() }));
    assert_eq!(apps(&sandbox, "any").await.header("location"), Some(other.as_str()));
}

#[tokio::test]
async fn elsewhere_logs_what_followed_a_redirect() {
    let sandbox = sandbox().await;
    let reply = send("GET", &format!("{}/api/x", sandbox.elsewhere.http), &[("authorization", "Bearer leaked")], "").await;
    assert_eq!(reply.status, 200);
    let log = sandbox.control().log(&evertoken_sandbox::LogQuery::of(Vendor::Elsewhere, evertoken_sandbox::Kind::Api));
    assert_eq!(log[0].request.header("authorization"), Some("Bearer leaked"));
}

#[tokio::test]
async fn a_stray_401_hits_a_good_token() {
    let sandbox = sandbox().await;
    let token = ask(&sandbox).await.token();
    add(&sandbox, Rule::api(Fault::Reject).times(2));
    let statuses = [apps(&sandbox, &token).await.status, apps(&sandbox, &token).await.status, apps(&sandbox, &token).await.status];
    assert_eq!(statuses, [401, 401, 200]);
}

#[tokio::test]
async fn a_good_credential_can_be_rejected_in_the_vendors_words() {
    let sandbox = sandbox().await;
    for vendor in [Vendor::PiwikPro, Vendor::Didomi, Vendor::Oro] {
        sandbox.control().add_fault(vendor, Rule::token(Fault::Reject)).unwrap();
    }
    let statuses = [
        ask(&sandbox).await.status,
        ask_didomi(&sandbox, &sandbox.keys.didomi).await.status,
        ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.status,
    ];
    assert_eq!(statuses, [401, 400, 401]);
}

#[tokio::test]
async fn expires_in_can_be_any_text_or_absent() {
    let sandbox = sandbox().await;
    for raw in ["0", "-1", "\"3600\"", "3600.0", "1e400", "NaN", "null"] {
        add(&sandbox, Rule::token(Fault::ExpiresIn { raw: Some(raw.to_owned()) }).times(1));
        let reply = ask(&sandbox).await;
        assert!(reply.text().starts_with(&format!(r#"{{"token_type":"Bearer","expires_in":{raw},"access_token":"#)), "{}", reply.text());
    }
    add(&sandbox, Rule::token(Fault::ExpiresIn { raw: None }).times(1));
    let reply = ask(&sandbox).await;
    assert!(reply.text().starts_with(r#"{"token_type":"Bearer","access_token":"#), "{}", reply.text());
    let added = Rule::token(Fault::ExpiresIn { raw: Some("60".to_owned()) });
    sandbox.control().add_fault(Vendor::Didomi, added).unwrap();
    assert_eq!(ask_didomi(&sandbox, &sandbox.keys.didomi).await.json()["expires_in"], 60, "also where the vendor has none");
}

#[tokio::test]
async fn any_field_can_be_replaced_removed_or_added() {
    let sandbox = sandbox().await;
    let field = |name: &str, raw: Option<&str>| Rule::token(Fault::Field { name: name.to_owned(), raw: raw.map(str::to_owned) }).times(1);
    add(&sandbox, field("token_type", Some("\"bearer\"")));
    add(&sandbox, field("refresh_token", Some("\"x\"")));
    add(&sandbox, field("access_token", None));
    assert_eq!(ask(&sandbox).await.text(), r#"{"token_type":"bearer","expires_in":1800,"refresh_token":"x"}"#);
}

#[tokio::test]
async fn the_token_can_be_any_text_and_the_api_accepts_it() {
    let sandbox = sandbox().await;
    for value in ["", "a\r\nX-Injected: 1"] {
        add(&sandbox, Rule::token(Fault::Token { value: value.to_owned() }).times(1));
        assert_eq!(ask(&sandbox).await.json()["access_token"], value);
    }
    add(&sandbox, Rule::token(Fault::Token { value: "plain".to_owned() }).times(1));
    assert_eq!(apps(&sandbox, &ask(&sandbox).await.token()).await.status, 200);
}

#[tokio::test]
async fn the_same_token_can_be_handed_out_again_and_does_not_live_longer() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    let first = ask(&sandbox).await.token();
    control.advance(1_000_000);
    add(&sandbox, Rule::token(Fault::SameToken).times(1));
    assert_eq!(ask(&sandbox).await.token(), first);
    control.advance(800_000);
    assert_eq!(apps(&sandbox, &first).await.status, 401);
    assert_eq!(control.counts()[&Vendor::PiwikPro].granted, 2);
    assert_eq!(control.tokens(Vendor::PiwikPro).len(), 1);
}

#[tokio::test]
async fn faults_that_cannot_be_carried_out_are_refused() {
    let sandbox = sandbox().await;
    let bad = [
        Rule::token(answer(99, Payload::Empty)),
        Rule::token(answer(600, Payload::Empty)),
        Rule::token(answer(200, Payload::Base64("*".to_owned()))),
        Rule::token(answer(200, Payload::Huge { bytes: usize::MAX, chunked: true })),
        Rule::token(Fault::Answer { status: 200, headers: vec![("a b".to_owned(), String::new())], body: Payload::Empty }),
        Rule::token(Fault::Answer { status: 200, headers: vec![("a".to_owned(), "\n".to_owned())], body: Payload::Empty }),
        Rule::token(Fault::Answer { status: 200, headers: vec![("Content-Length".to_owned(), "1".to_owned())], body: Payload::Empty }),
        Rule::token(Fault::Redirect { status: 200, location: "/".to_owned() }),
        Rule::token(Fault::Redirect { status: 301, location: "a\nb".to_owned() }),
        Rule::token(Fault::Throttle { status: 429, retry_after: Some(RetryAfter::Text("\r\n".to_owned())) }),
        Rule::token(Fault::Drop).times(0),
        Rule::api(Fault::SameToken),
    ];
    for rule in bad {
        let refused = sandbox.control().add_fault(Vendor::PiwikPro, rule.clone());
        assert_eq!(refused.map_err(|e| e.error), Err("invalid"), "{rule:?}");
    }
}
