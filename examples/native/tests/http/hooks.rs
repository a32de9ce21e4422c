//! What a runner in virtual time injects: the timer of calls that wait, and a count of the requests.

use std::sync::{Arc, Mutex};

use evertoken::{provider::builtin, url};
use evertoken_native::{Client, Traffic};
use evertoken_sandbox::{Rule, Vendor};

use crate::stage::{Stage, TestClock, client_credentials, eventually, held};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_with_the_injected_timer_and_is_counted_until_its_answer_is_there() {
    let stage = Stage::open().await;
    stage.fault(Vendor::PiwikPro, Rule::token(held()).times(1));
    let (waits, traffic) = (Arc::new(Mutex::new(Vec::new())), Traffic::default());
    let asked = Arc::clone(&waits);
    let timer = move |ms| {
        asked.lock().unwrap().push(ms);
        std::future::pending()
    };
    let grant = builtin::piwik_pro(&stage.sandbox.piwik_pro.http).build(url::parse).unwrap();
    let builder = Client::builder(grant, client_credentials(&stage.sandbox.keys.piwik_pro)).clock(TestClock::default());
    let client = builder.timer(timer).traffic(traffic.clone()).build().unwrap();

    let call = tokio::spawn(async move { client.get("/api/apps/v2").send().await.unwrap().status().as_u16() });
    stage.held(1).await;
    eventually("the call waits", || !waits.lock().unwrap().is_empty()).await;
    assert!(waits.lock().unwrap()[0] > 9_000, "until the attempt's deadline, of which some time may have passed");
    assert_eq!((traffic.begun(), traffic.ended()), (1, 0));

    stage.release(Vendor::PiwikPro);
    assert_eq!(call.await.unwrap(), 200);
    assert_eq!((traffic.begun(), traffic.ended()), (2, 2), "a token request and a call of the API");
}
