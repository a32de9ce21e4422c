//! Pages of other origins.

use evertoken_sandbox::{Cors, Fault, Kind, LogQuery, Rule, Vendor};

use crate::clients::{JSON, sandbox, send};

const PREFLIGHT: [(&str, &str); 3] = [
    ("origin", "https://page.example"),
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "authorization,content-type"),
];

#[tokio::test]
async fn without_a_setting_a_preflight_gets_nothing() {
    let sandbox = sandbox().await;
    let reply = send("OPTIONS", &format!("{}/oauth2-token", sandbox.oro.http), &PREFLIGHT, "").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (405, None));
}

#[tokio::test]
async fn a_preflight_is_answered_and_not_counted_as_a_token_request() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.change_settings(Vendor::Oro, |settings| {
        settings.cors = Some(Cors {
            allow_origins: vec!["https://page.example".to_owned()],
            allow_headers: vec!["Authorization".to_owned(), "Content-Type".to_owned()],
            expose_headers: vec!["Retry-After".to_owned()],
            max_age_s: Some(600),
            ..Cors::default()
        });
    });
    control.add_fault(Vendor::Oro, Rule::token(Fault::Reject).times(1)).unwrap();
    let url = format!("{}/oauth2-token", sandbox.oro.http);
    let reply = send("OPTIONS", &url, &PREFLIGHT, "").await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://page.example"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("Authorization, Content-Type"));
    assert_eq!(reply.header("access-control-max-age"), Some("600"));

    let reply = send("POST", &url, &[("origin", "https://page.example"), ("content-type", JSON)], "{}").await;
    assert_eq!(reply.status, 401, "the fault was not used up by the preflight");
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://page.example"), "errors carry it too");
    assert_eq!(reply.header("access-control-expose-headers"), Some("Retry-After"));
    let other = send("POST", &url, &[("origin", "https://other.example")], "").await;
    assert_eq!(other.header("access-control-allow-origin"), None);

    let counts = control.counts()[&Vendor::Oro];
    assert_eq!((counts.token, counts.options), (2, 1));
    assert_eq!(control.log(&LogQuery::default()).len(), 2, "and not shown unless asked for");
    assert_eq!(control.log(&LogQuery::of(Vendor::Oro, Kind::Options)).len(), 1);
}
