//! The tokens themselves: answers, claims, signatures, and what ends their life.

use std::collections::BTreeMap;

use evertoken_sandbox::{RateLimit, Revoke, Vendor};

use crate::clients::{FORM, apps, ask_didomi, ask_piwik_pro, claims, get, sandbox, send};

#[tokio::test]
async fn piwik_pro_answers_with_the_documented_fields_and_claims() {
    let sandbox = sandbox().await;
    let reply = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await;
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    let token = reply.token();
    assert_eq!(reply.text(), format!(r#"{{"token_type":"Bearer","expires_in":1800,"access_token":"{token}"}}"#));
    assert!(token.starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9."), "{token}");
    let (text, claims) = claims(&token);
    let names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["aud", "eml", "exp", "iat", "iss", "jti", "org", "sub"], "{text}");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 1800);
    assert_eq!(apps(&sandbox, &token).await.status, 200);
}

#[tokio::test]
async fn piwik_pro_reads_form_bodies_and_basic() {
    use base64::Engine;
    let sandbox = sandbox().await;
    let key = &sandbox.keys.piwik_pro;
    let url = format!("{}/auth/token", sandbox.piwik_pro.http);
    let body = format!("grant_type=client_credentials&client_id={}&client_secret={}", key.id, key.secret);
    assert_eq!(send("POST", &url, &[("content-type", FORM)], &body).await.status, 200);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", key.id, key.secret));
    let headers = [("content-type", FORM), ("authorization", &*format!("Basic {basic}"))];
    assert_eq!(send("POST", &url, &headers, "grant_type=client_credentials").await.status, 200);
}

#[tokio::test]
async fn jwts_are_signed_with_the_published_key() {
    use base64::Engine;
    use ring::{rsa, signature};
    let sandbox = sandbox().await;
    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    let (signed, mac) = token.rsplit_once('.').unwrap();
    let mac = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(mac).unwrap();
    let key = rsa::KeyPair::from_pkcs8(include_bytes!("../../src/signing-key.der")).unwrap();
    let public = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key.public());
    public.verify(signed.as_bytes(), &mac).expect("the signature is right");
    public.verify(b"another", &mac).expect_err("and not for anything else");
}

#[tokio::test]
async fn two_tokens_of_one_instant_differ() {
    let sandbox = sandbox().await;
    sandbox.control().freeze();
    let first = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    let second = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    assert_ne!(first, second);
}

#[tokio::test]
async fn didomi_answers_with_the_token_alone_and_echoes_on_request() {
    let sandbox = sandbox().await;
    let key = &sandbox.keys.didomi;
    let reply = ask_didomi(&sandbox, key).await;
    let token = reply.token();
    assert_eq!(reply.text(), format!(r#"{{"access_token":"{token}"}}"#));
    let (_, claims) = claims(&token);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    assert_eq!(get(&format!("{}/v1/properties", sandbox.didomi.http), &token).await.status, 200);

    sandbox.control().change_settings(Vendor::Didomi, |settings| {
        settings.echo = true;
        settings.granted_status = 201;
    });
    let reply = ask_didomi(&sandbox, key).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.text(), format!(r#"{{"type":"api-key","key":"{}","access_token":"{}"}}"#, key.id, reply.token()));
}

#[tokio::test]
async fn didomi_can_hand_out_the_sample_of_its_documentation() {
    let sandbox = sandbox().await;
    sandbox.control().change_settings(Vendor::Didomi, |settings| settings.sample_token = true);
    let token = ask_didomi(&sandbox, &sandbox.keys.didomi).await.token();
    assert_eq!(claims(&token).0, r#"{"sub":"1234567890","name":"John Doe","admin":true}"#);
    let url = format!("{}/v1/properties", sandbox.didomi.http);
    assert_eq!(get(&url, &token).await.status, 200);
    sandbox.control().advance(3_600_000);
    assert_eq!(get(&url, &token).await.status, 401, "it lives for an hour");
}

#[tokio::test]
async fn didomi_limits_calls_in_a_window() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    let window = 15_000;
    control.advance(window - control.now_ms() % window + 8_000);
    control.change_settings(Vendor::Didomi, |settings| settings.rate_limit = Some(RateLimit { limit: 2, window_s: 15 }));
    let token = ask_didomi(&sandbox, &sandbox.keys.didomi).await.token();
    let url = format!("{}/v1/properties", sandbox.didomi.http);

    let first = get(&url, &token).await;
    assert_eq!((first.status, first.header("ratelimit")), (200, Some("limit=2, remaining=1, reset=7")));
    assert_eq!(first.header("ratelimit-policy"), Some("2;w=15"));
    assert_eq!(get(&url, &token).await.status, 200);
    let third = get(&url, &token).await;
    assert_eq!((third.status, third.header("ratelimit")), (429, Some("limit=2, remaining=0, reset=7")));
    assert_eq!(third.header("retry-after"), Some("7"));
    control.advance(7_000);
    assert_eq!(get(&url, &token).await.status, 200);
}

#[tokio::test]
async fn didomi_sends_plain_http_to_https() {
    let sandbox = sandbox().await;
    sandbox.control().change_settings(Vendor::Didomi, |settings| settings.redirect_http = true);
    let reply = ask_didomi(&sandbox, &sandbox.keys.didomi).await;
    let location = format!("{}/v1/sessions", sandbox.didomi.https);
    assert_eq!((reply.status, reply.header("location")), (301, Some(location.as_str())));
}

#[tokio::test]
async fn revoked_tokens_are_refused_one_or_all() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let first = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    let second = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    assert_eq!(control.revoke(Vendor::PiwikPro, &Revoke { token: Some(first.clone()), ..Revoke::default() }), 1);
    assert_eq!((apps(&sandbox, &first).await.status, apps(&sandbox, &second).await.status), (401, 200));
    assert_eq!(control.revoke_all(Vendor::PiwikPro), 1, "one was revoked already");
    assert_eq!(apps(&sandbox, &second).await.status, 401);
    let states: BTreeMap<u64, bool> = control.tokens(Vendor::PiwikPro).iter().map(|token| (token.serial, token.revoked)).collect();
    assert_eq!(states, BTreeMap::from([(1, true), (2, true)]));
    let third = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    assert_eq!(apps(&sandbox, &third).await.status, 200, "new tokens are good");
}
