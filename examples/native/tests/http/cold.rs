use evertoken_sandbox::{Rule, Vendor};
use tokio::task::JoinSet;

use crate::stage::{Stage, eventually, held, many_sockets};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tasks_without_a_token_make_one_token_request() {
    const TASKS: usize = 10_000;
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    stage.fault(Vendor::PiwikPro, Rule::token(held()));

    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let client = client.clone();
        tasks.spawn(async move { client.source().headers().await.unwrap().token.clone() });
    }
    eventually("all tasks wait", || client.source().explain().waiting == TASKS).await;
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
    stage.release(Vendor::PiwikPro);

    let mut tokens = tasks.join_all().await;
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all have the same token");
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_calls_without_a_token_make_one_token_request() {
    const CALLS: usize = 500;
    many_sockets();
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    stage.fault(Vendor::PiwikPro, Rule::token(held()));

    let mut tasks = JoinSet::new();
    for _ in 0..CALLS {
        let client = client.clone();
        tasks.spawn(async move { client.get("/api/apps/v2").send().await.unwrap().status().as_u16() });
    }
    eventually("all calls wait", || client.source().explain().waiting == CALLS).await;
    stage.release(Vendor::PiwikPro);

    assert_eq!(tasks.join_all().await, [200; CALLS]);
    assert_eq!(stage.api_calls(Vendor::PiwikPro), CALLS as u64);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_gives_up_harms_no_other() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    stage.fault(Vendor::PiwikPro, Rule::token(held()));

    let call = |client: evertoken_native::Client<_>| async move { client.get("/api/apps/v2").send().await.unwrap().status().as_u16() };
    let first = tokio::spawn(call(client.clone()));
    stage.held(1).await;
    let second = tokio::spawn(call(client.clone()));
    eventually("both wait", || client.source().explain().waiting == 2).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    stage.release(Vendor::PiwikPro);

    assert_eq!(second.await.unwrap(), 200);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
}
