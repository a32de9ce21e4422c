//! The plain OAuth 2 server and its broker.

use base64::Engine;
use evertoken_sandbox::{KeyRequest, Vendor};

use crate::clients::{FORM, get, sandbox, send};

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test]
async fn oauth2_decodes_basic_as_the_rfc_demands() {
    let sandbox = sandbox().await;
    let key = sandbox.control().create_key(Vendor::Oauth2, KeyRequest::named("odd").values("1PpG/Q 1", "a+b&c:d%")).unwrap();
    let url = format!("{}/oauth2/token", sandbox.oauth2.http);
    let encoded = basic("1PpG%2FQ+1", "a%2Bb%26c%3Ad%25");
    let ask = async |authorization: &str| {
        send("POST", &url, &[("content-type", FORM), ("authorization", authorization)], "grant_type=client_credentials").await
    };
    let granted = ask(&encoded).await;
    let raw = ask(&basic(&key.id, &key.secret)).await;
    assert_eq!((granted.status, raw.status), (200, 401));
    assert_eq!(raw.header("www-authenticate"), Some(r#"Basic realm="sandbox""#));
    let api = format!("{}/api/x", sandbox.oauth2.http);
    assert_eq!(get(&api, &granted.token()).await.status, 200);
    let refused = get(&api, "bad").await;
    assert_eq!((refused.status, refused.text()), (401, r#"{"error":"invalid_token"}"#));
    assert_eq!(refused.header("www-authenticate"), Some(r#"Bearer realm="sandbox", error="invalid_token""#));
}

#[tokio::test]
async fn oauth2_refuses_two_methods_at_once() {
    let sandbox = sandbox().await;
    let key = &sandbox.keys.oauth2;
    let url = format!("{}/oauth2/token", sandbox.oauth2.http);
    let body = format!("grant_type=client_credentials&client_id={}&client_secret={}", key.id, key.secret);
    assert_eq!(send("POST", &url, &[("content-type", FORM)], &body).await.status, 200);
    let both = send("POST", &url, &[("content-type", FORM), ("authorization", &basic(&key.id, &key.secret))], &body).await;
    assert_eq!((both.status, both.text()), (400, r#"{"error":"invalid_request"}"#));
}

#[tokio::test]
async fn the_broker_hands_out_one_token_with_what_is_left_of_it() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    let url = format!("{}/broker/token", sandbox.oauth2.http);
    let first = send("POST", &url, &[], "").await;
    assert_eq!((first.json()["expires_in"].as_u64(), first.header("cache-control")), (Some(3600), Some("no-store")));
    control.advance(1_000_000);
    let second = send("POST", &url, &[], "").await;
    assert_eq!((second.token(), second.json()["expires_in"].as_u64()), (first.token(), Some(2600)));
    control.advance(1_800_000);
    let third = send("POST", &url, &[], "").await;
    assert_ne!(third.token(), first.token(), "less than a quarter was left");
    assert_eq!(get(&format!("{}/api/x", sandbox.oauth2.http), &third.token()).await.status, 200);
}

#[tokio::test]
async fn the_broker_may_want_a_header() {
    let sandbox = sandbox().await;
    sandbox.control().change_settings(Vendor::Oauth2, |settings| settings.broker_header = Some("X-CSRF".to_owned()));
    let url = format!("{}/broker/token", sandbox.oauth2.http);
    assert_eq!(send("POST", &url, &[], "").await.status, 401);
    assert_eq!(send("POST", &url, &[("x-csrf", "1")], "").await.status, 200);
    assert_eq!(send("POST", &url, &[("x-csrf", "1")], "x").await.status, 400, "its body is empty");
}
