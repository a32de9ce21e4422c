//! Which token opens which API, and in which media type.

use evertoken_sandbox::{Application, Vendor};

use crate::clients::{FORM, JSON, JSON_API, ask_oro, ask_piwik_pro, claims, get, grant, sandbox, send};

#[tokio::test]
async fn an_oro_token_opens_only_its_own_surface() {
    let sandbox = sandbox().await;
    let back_office = ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.token();
    let storefront = ask_oro(&sandbox, &sandbox.keys.oro_storefront).await.token();
    let (admin, shop) = (format!("{}/admin/api/users", sandbox.oro.http), format!("{}/api/products", sandbox.oro.http));

    let users = get(&admin, &back_office).await;
    assert_eq!((users.status, users.header("content-type")), (200, Some(JSON_API)));
    assert_eq!(users.text(), r#"{"data":[{"type":"users","id":"1","attributes":{"name":"Sandbox"}}]}"#);
    assert_eq!(get(&shop, &storefront).await.status, 200);

    for (url, token) in [(&admin, &storefront), (&shop, &back_office)] {
        let refused = get(url, token).await;
        assert_eq!((refused.status, refused.body.len()), (401, 0), "{url}");
        assert_eq!(refused.header("www-authenticate"), None, "{url}");
    }
    assert_eq!(get(&format!("{}/apixyz", sandbox.oro.http), &storefront).await.status, 404);
}

#[tokio::test]
async fn oro_is_the_same_application_below_a_folder() {
    let sandbox = sandbox().await;
    let base = &sandbox.oro_below_folder.http;
    let url = format!("{base}/oauth2-token");
    let token = send("POST", &url, &[("content-type", JSON)], &grant(&sandbox.keys.oro_back_office)).await.token();
    assert_eq!(get(&format!("{base}/admin/api/users"), &token).await.status, 200);
    assert_eq!(get(&format!("{base}/api/users"), &token).await.status, 401);
    assert_eq!(sandbox.control().counts()[&Vendor::Oro].token, 1);
}

#[tokio::test]
async fn oro_platform_has_one_api_without_a_prefix() {
    let sandbox = sandbox().await;
    sandbox.control().change_settings(Vendor::Oro, |settings| settings.application = Application::Platform);
    let token = ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.token();
    assert_eq!(get(&format!("{}/api/users", sandbox.oro.http), &token).await.status, 200);
    assert_eq!(get(&format!("{}/admin/api/users", sandbox.oro.http), &token).await.status, 404);
}

#[tokio::test]
async fn oro_commerce_may_have_another_back_office_prefix() {
    let sandbox = sandbox().await;
    sandbox.control().change_settings(Vendor::Oro, |settings| "manage".clone_into(&mut settings.backend_prefix));
    let token = ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.token();
    assert_eq!(get(&format!("{}/manage/api/users", sandbox.oro.http), &token).await.status, 200);
    assert_eq!(get(&format!("{}/admin/api/users", sandbox.oro.http), &token).await.status, 404);
}

#[tokio::test]
async fn oro_reads_json_form_and_basic_and_the_body_beats_the_header() {
    use base64::Engine;
    let sandbox = sandbox().await;
    let key = &sandbox.keys.oro_back_office;
    let url = format!("{}/oauth2-token", sandbox.oro.http);
    let basic = |id: &str, secret: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")));
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", key.id, key.secret);
    let (right, wrong) = (basic(&key.id, &key.secret), basic("no", "no"));

    for (authorization, body, status) in [
        (None, form.as_str(), 200),
        (Some(&right), "grant_type=client_credentials", 200),
        (Some(&wrong), form.as_str(), 200),
        (Some(&right), "grant_type=client_credentials&client_id=no&client_secret=no", 401),
    ] {
        let mut headers = vec![("content-type", FORM)];
        headers.extend(authorization.map(|value| ("authorization", value.as_str())));
        assert_eq!(send("POST", &url, &headers, body).await.status, status, "{authorization:?} {body}");
    }
}

#[tokio::test]
async fn oro_jwt_times_are_fractions_and_its_answer_is_not_cached() {
    let sandbox = sandbox().await;
    let reply = ask_oro(&sandbox, &sandbox.keys.oro_back_office).await;
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), (Some("no-store"), Some("no-cache")));
    assert!(reply.text().starts_with(r#"{"token_type":"Bearer","expires_in":3600,"access_token":"eyJ"#), "{}", reply.text());
    let (text, claims) = claims(&reply.token());
    for name in ["iat", "nbf", "exp"] {
        assert!(claims[name].is_f64(), "{name} in {text}");
    }
    let life = claims["exp"].as_f64().unwrap() - claims["iat"].as_f64().unwrap();
    assert!((life - 3600.0).abs() < 0.001, "{text}");
    assert_eq!(claims["aud"], sandbox.keys.oro_back_office.id.as_str());

    sandbox.control().change_settings(Vendor::Oro, |settings| settings.expires_in_short = true);
    assert_eq!(ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.json()["expires_in"], 3599);
}

#[tokio::test]
async fn a_write_needs_the_media_type_of_its_module() {
    let sandbox = sandbox().await;
    let bearer = format!("Bearer {}", ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token());
    for (target, content_type, status) in [
        ("/api/apps/v2", JSON_API, 201),
        ("/api/apps/v2", JSON, 415),
        ("/api/analytics/v1/query", JSON, 200),
        ("/api/analytics/v1/query", JSON_API, 415),
        ("/api/cdp/settings/v1/app/x/audience", JSON, 200),
    ] {
        let url = format!("{}{target}", sandbox.piwik_pro.http);
        let reply = send("POST", &url, &[("authorization", &bearer), ("content-type", content_type)], "{}").await;
        assert_eq!(reply.status, status, "{target} {content_type}");
        if target == "/api/apps/v2" && status == 415 {
            let detail = r#"\"application/json\" is not a valid JSON API Content-Type header, use \"application/vnd.api+json\" instead"#;
            assert!(reply.text().contains(detail), "{}", reply.text());
        }
    }
    let bearer = format!("Bearer {}", ask_oro(&sandbox, &sandbox.keys.oro_back_office).await.token());
    let url = format!("{}/admin/api/users", sandbox.oro.http);
    for (content_type, status) in [(JSON_API, 201), (JSON, 415)] {
        let reply = send("POST", &url, &[("authorization", &bearer), ("content-type", content_type)], "{}").await;
        assert_eq!(reply.status, status);
    }
}
