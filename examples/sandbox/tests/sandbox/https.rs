//! HTTPS with the test CA.

use evertoken_sandbox::{Fault, Kind, LogQuery, Options, Rule, Sandbox, Vendor};

use crate::clients::{JSON, client, grant, sandbox, try_send};

async fn ask(sandbox: &Sandbox, client: &reqwest::Client, base: &str) -> Result<u16, reqwest::Error> {
    let url = format!("{base}/auth/token");
    try_send(client, "POST", &url, &[("content-type", JSON)], &grant(&sandbox.keys.piwik_pro)).await.map(|reply| reply.status)
}

fn versions(sandbox: &Sandbox) -> Vec<String> {
    let log = sandbox.control().log(&LogQuery::of(Vendor::PiwikPro, Kind::Token));
    log.iter().map(|entry| format!("{} {}", entry.request.scheme, entry.request.version)).collect()
}

#[tokio::test]
async fn the_test_ca_verifies_by_name_and_by_address() {
    let sandbox = sandbox().await;
    let client = client(Some(&sandbox.ca_pem), true);
    assert_eq!(ask(&sandbox, &client, &sandbox.piwik_pro.https).await.unwrap(), 200);
    let by_address = sandbox.piwik_pro.https.replace("localhost", "127.0.0.1");
    assert_eq!(ask(&sandbox, &client, &by_address).await.unwrap(), 200);
    assert_eq!(versions(&sandbox), ["https HTTP/1.1", "https HTTP/1.1"]);
}

#[tokio::test]
async fn without_the_test_ca_nothing_is_sent() {
    let sandbox = sandbox().await;
    let other = Sandbox::start(Options::default()).await.unwrap();
    assert!(ask(&sandbox, &client(None, true), &sandbox.piwik_pro.https).await.is_err());
    assert!(ask(&sandbox, &client(Some(&other.ca_pem), true), &sandbox.piwik_pro.https).await.is_err(), "each sandbox has its own CA");
    assert_eq!(sandbox.control().idle().received, 0);
}

#[tokio::test]
async fn http2_is_spoken_unless_switched_off() {
    let sandbox = sandbox().await;
    assert_eq!(ask(&sandbox, &client(Some(&sandbox.ca_pem), false), &sandbox.piwik_pro.https).await.unwrap(), 200);
    assert_eq!(versions(&sandbox), ["https HTTP/2.0"]);

    let mut options = Options::default();
    options.http2 = false;
    let sandbox = Sandbox::start(options).await.unwrap();
    assert_eq!(ask(&sandbox, &client(Some(&sandbox.ca_pem), false), &sandbox.piwik_pro.https).await.unwrap(), 200);
    assert_eq!(versions(&sandbox), ["https HTTP/1.1"]);
}

#[tokio::test]
async fn without_keep_alive_each_request_has_a_connection_of_its_own() {
    let said = async |keep_alive| {
        let mut options = Options::default();
        options.keep_alive = keep_alive;
        let sandbox = Sandbox::start(options).await.unwrap();
        let answer = client(None, true).get(format!("{}/x", sandbox.elsewhere.http)).send().await.unwrap();
        answer.headers().get("connection").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(said(true).await, None);
    assert_eq!(said(false).await.as_deref(), Some("close"));
}

#[tokio::test]
async fn faults_work_over_http2_too() {
    let sandbox = sandbox().await;
    let client = client(Some(&sandbox.ca_pem), false);
    for fault in [Fault::Drop, Fault::Truncate { after_bytes: 3 }] {
        sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(fault.clone()).times(1)).unwrap();
        assert!(ask(&sandbox, &client, &sandbox.piwik_pro.https).await.is_err(), "{fault:?}");
    }
    assert_eq!(ask(&sandbox, &client, &sandbox.piwik_pro.https).await.unwrap(), 200);
}

#[tokio::test]
async fn plain_http_on_a_tls_port_harms_nobody() {
    let sandbox = sandbox().await;
    let wrong = sandbox.piwik_pro.https.replace("https://localhost", "http://127.0.0.1");
    assert!(ask(&sandbox, &client(None, true), &wrong).await.is_err());
    assert_eq!(ask(&sandbox, &client(Some(&sandbox.ca_pem), true), &sandbox.piwik_pro.https).await.unwrap(), 200);
}
