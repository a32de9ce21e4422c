//! The control API as other languages use it.

use serde_json::{Value, json};

use crate::clients::{Reply, ask_piwik_pro, sandbox, send};

async fn call(base: &str, method: &str, path: &str, body: Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(method, &format!("{base}{path}"), &[], &body).await
}

#[tokio::test]
async fn everything_can_be_done_over_http() {
    let sandbox = sandbox().await;
    let base = sandbox.control.as_str();

    let announced = call(base, "GET", "", Value::Null).await.json();
    assert_eq!(announced["piwik_pro"]["http"], sandbox.piwik_pro.http.as_str());

    let clock = call(base, "POST", "/clock", json!({ "frozen": true, "set_ms": 1_000_000, "advance_ms": 500 })).await.json();
    assert_eq!(clock, json!({ "now_ms": 1_000_500, "frozen": true }));
    assert_eq!(call(base, "GET", "/clock", Value::Null).await.json(), clock);

    let created = call(base, "POST", "/piwik_pro/keys", json!({ "name": "Reports" })).await;
    assert_eq!(created.status, 201);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let keys = call(base, "GET", "/piwik_pro/keys", Value::Null).await.json();
    assert!(keys.as_array().unwrap().contains(&json!({ "id": id, "name": "Reports", "enabled": true })), "{keys}");
    assert_eq!(call(base, "DELETE", &format!("/piwik_pro/keys/{id}?revoke_tokens=true"), Value::Null).await.status, 200);
    let didomi = &sandbox.keys.didomi.id;
    assert_eq!(call(base, "POST", &format!("/didomi/keys/{didomi}/disable"), Value::Null).await.status, 200);
    assert_eq!(call(base, "POST", &format!("/didomi/keys/{didomi}/enable"), Value::Null).await.status, 200);

    let settings = call(base, "PATCH", "/piwik_pro/settings", json!({ "lifetime_ms": 60_000 })).await.json();
    assert_eq!((&settings["lifetime_ms"], &settings["api_skew_ms"]), (&json!(60_000), &json!(0)));
    assert_eq!(call(base, "GET", "/piwik_pro/settings", Value::Null).await.json(), settings);

    let rule = json!({ "kind": "token", "times": 1, "fault": { "type": "throttle", "status": 429, "retry_after": { "seconds": 3 } } });
    let added = call(base, "POST", "/piwik_pro/faults", rule).await;
    assert_eq!((added.status, added.json()), (201, json!({ "id": 1 })));
    let faults = call(base, "GET", "/piwik_pro/faults", Value::Null).await.json();
    assert_eq!((&faults[0]["id"], &faults[0]["times"]), (&json!(1), &json!(1)));
    assert_eq!(ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.status, 429);
    assert_eq!(call(base, "DELETE", "/piwik_pro/faults/1", Value::Null).await.status, 404, "it is used up");
    assert_eq!(call(base, "DELETE", "/piwik_pro/faults", Value::Null).await.json(), json!({ "removed": 0 }));
    assert_eq!(call(base, "POST", "/piwik_pro/release", Value::Null).await.json(), json!({ "released": 0 }));

    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    assert_eq!(call(base, "GET", "/piwik_pro/tokens", Value::Null).await.json()[0]["token"], token.as_str());
    assert_eq!(call(base, "POST", "/piwik_pro/tokens/revoke", json!({ "token": token })).await.json(), json!({ "revoked": 1 }));

    let idle = call(base, "GET", "/idle?received=2&wait_ms=1000", Value::Null).await.json();
    assert_eq!((&idle["idle"], &idle["received"], &idle["counts"]["piwik_pro"]["token"]), (&json!(true), &json!(2), &json!(2)));
    assert_eq!(call(base, "GET", "/counts", Value::Null).await.json(), idle["counts"]);
    let log = call(base, "GET", "/log?vendor=piwik_pro&kind=token&after=1", Value::Null).await.json();
    assert_eq!((log.as_array().unwrap().len(), &log[0]["seq"]), (1, &json!(2)));
    assert_eq!(call(base, "DELETE", "/log", Value::Null).await.status, 200);
    assert_eq!(call(base, "POST", "/reset", Value::Null).await.status, 200);
    let clock = call(base, "GET", "/clock", Value::Null).await.json();
    assert_eq!(clock["frozen"], false);
}

#[tokio::test]
async fn mistakes_are_explained() {
    let sandbox = sandbox().await;
    for (method, path, body, status, message) in [
        ("GET", "/nobody/keys", Value::Null, 404, "the vendors are"),
        ("GET", "/oro/nothing", Value::Null, 404, "no such route"),
        ("POST", "/oro/faults", json!({ "kind": "token", "fault": { "type": "nonsense" } }), 400, "unknown variant `nonsense`"),
        ("POST", "/oro/faults", json!({ "kind": "token", "fault": { "type": "drop" }, "tims": 1 }), 400, "unknown field `tims`"),
        ("POST", "/oro/faults", json!({ "kind": "options", "fault": { "type": "drop" } }), 400, "kind must be token or api"),
        ("POST", "/piwik_pro/keys", json!({ "name": "ab" }), 400, "at least 3 characters"),
        ("POST", "/clock", json!({ "advance": 1 }), 400, "unknown field `advance`"),
        ("PATCH", "/oro/settings", json!({ "lifetime": 1 }), 400, "unknown field `lifetime`"),
        ("PATCH", "/oro/settings", json!([]), 400, "settings are an object"),
        ("DELETE", "/oro/keys/none", Value::Null, 404, "no key with this id"),
        ("POST", "/oro/release", json!({ "instead": { "type": "hang" } }), 400, "decides an answer"),
    ] {
        let reply = call(&sandbox.control, method, path, body).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(reply.json()["message"].as_str().unwrap().contains(message), "{}", reply.text());
    }
}

#[tokio::test]
async fn test_pages_may_use_it() {
    let sandbox = sandbox().await;
    let reply = send("OPTIONS", &format!("{}/clock", sandbox.control), &[("origin", "https://page.example")], "").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(call(&sandbox.control, "GET", "/clock", Value::Null).await.header("access-control-allow-origin"), Some("*"));
}
