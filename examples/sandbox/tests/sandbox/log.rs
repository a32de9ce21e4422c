//! What the log keeps.

use evertoken_sandbox::{Fault, Kind, LogQuery, Progress, Rule, Vendor};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::clients::{JSON, apps, ask_oro, ask_piwik_pro, grant, sandbox, send};

#[tokio::test]
async fn a_request_is_kept_to_the_byte() {
    let sandbox = sandbox().await;
    let address = sandbox.piwik_pro.http.strip_prefix("http://").unwrap().to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let sent = format!(
        "POST /auth/token?a=%20b&c HTTP/1.1\r\nHost: {address}\r\nX-Zed: 1\r\nContent-Type: {JSON}\r\nX-Alpha: \t2 \r\nConnection: close\r\nContent-Length: 5\r\n\r\n\x00\u{fc}{{}}"
    );
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();

    let log = sandbox.control().log(&LogQuery::default());
    let entry = &log[0];
    assert_eq!((entry.vendor, entry.kind, entry.status, entry.state), (Vendor::PiwikPro, Kind::Token, Some(400), Progress::Answered));
    assert_eq!((entry.request.method.as_str(), entry.request.target.as_str()), ("POST", "/auth/token?a=%20b&c"));
    assert_eq!((entry.request.scheme, entry.request.version.as_str()), ("http", "HTTP/1.1"));
    let headers: Vec<(&str, &str)> = entry.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let wanted = [
        ("host", address.as_str()),
        ("x-zed", "1"),
        ("content-type", JSON),
        ("x-alpha", "2"),
        ("connection", "close"),
        ("content-length", "5"),
    ];
    assert_eq!(headers, wanted);
    assert_eq!(entry.request.body.as_ref(), "\x00\u{fc}{}".as_bytes());
}

#[tokio::test]
async fn an_entry_as_json_has_text_and_base64() {
    let sandbox = sandbox().await;
    send("POST", &format!("{}/auth/token", sandbox.piwik_pro.http), &[("content-type", JSON)], "{}").await;
    let entry = serde_json::to_value(&sandbox.control().log(&LogQuery::default())[0]).unwrap();
    assert_eq!((&entry["body_text"], &entry["body_base64"]), (&json!("{}"), &json!("e30=")));
    assert_eq!((&entry["vendor"], &entry["kind"], &entry["state"]), (&json!("piwik_pro"), &json!("token"), &json!("answered")));
    assert_eq!((&entry["seq"], &entry["status"]), (&json!(1), &json!(400)));
}

#[tokio::test]
async fn entries_are_numbered_across_vendors_and_can_be_filtered() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    ask_oro(&sandbox, &sandbox.keys.oro_back_office).await;
    apps(&sandbox, &token).await;
    let seqs = |query: &LogQuery| control.log(query).iter().map(|entry| entry.seq).collect::<Vec<_>>();
    assert_eq!(seqs(&LogQuery::default()), [1, 2, 3]);
    assert_eq!(seqs(&LogQuery::of(Vendor::PiwikPro, Kind::Token)), [1]);
    assert_eq!(seqs(&LogQuery { vendor: Some(Vendor::PiwikPro), after: 1, ..LogQuery::default() }), [3]);
    assert_eq!(seqs(&LogQuery { kind: Some(Kind::Token), ..LogQuery::default() }), [1, 2]);
    control.clear_log();
    assert!(control.log(&LogQuery::default()).is_empty());
    apps(&sandbox, &token).await;
    assert_eq!(seqs(&LogQuery::default()), [4], "numbers go on");
}

#[tokio::test]
async fn counts_tell_token_requests_grants_and_calls_apart() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    control.add_fault(Vendor::PiwikPro, Rule::token(Fault::Reject)).unwrap();
    ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await;
    for _ in 0..3 {
        apps(&sandbox, &token).await;
    }
    let counts = control.counts()[&Vendor::PiwikPro];
    assert_eq!((counts.token, counts.granted, counts.api, counts.options), (2, 1, 3, 0));
    assert_eq!(control.counts()[&Vendor::Oro].token, 0);
    assert_eq!((control.idle().received, control.idle().answered), (5, 5));
}

#[tokio::test]
async fn the_log_names_the_faults_that_hit() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let latency = control.add_fault(Vendor::PiwikPro, Rule::token(Fault::Latency { ms: 1 })).unwrap();
    let reject = control.add_fault(Vendor::PiwikPro, Rule::token(Fault::Reject).times(1)).unwrap();
    ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await;
    ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await;
    let faults: Vec<Vec<u64>> = control.log(&LogQuery::default()).into_iter().map(|entry| entry.faults).collect();
    assert_eq!(faults, [vec![latency, reject], vec![latency]]);
}

#[tokio::test]
async fn ten_thousand_requests_are_counted_exactly() {
    let sandbox = sandbox().await;
    let client = crate::clients::client(None, true);
    let (url, body) = (format!("{}/auth/token", sandbox.didomi.http), grant(&sandbox.keys.didomi));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (client, url, body) = (client.clone(), url.clone(), body.clone());
        tasks.spawn(async move {
            for _ in 0..200 {
                client.post(&url).body(body.clone()).send().await.expect("an answer").bytes().await.expect("a body");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no task fails");
    }
    assert_eq!(sandbox.control().counts()[&Vendor::Didomi].api, 10_000);
    assert_eq!(sandbox.control().log(&LogQuery::default()).len(), 10_000);
}
