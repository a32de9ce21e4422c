use evertoken_sandbox::{Rule, Vendor};
use tokio::task::JoinSet;

use crate::stage::{SECOND, Stage, eventually, held};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_under_load_is_one_request_a_lifetime_and_nobody_waits_for_it() {
    const LIFETIMES: u64 = 4;
    const CALLS: usize = 100;
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.fault(Vendor::PiwikPro, Rule::token(held()));

    for lifetime in 1..=LIFETIMES {
        // A token of 1800 s: its window is the last 450, and nobody waits before the last 60.
        stage.advance(1_400 * SECOND);
        let mut tasks = JoinSet::new();
        for _ in 0..CALLS {
            let client = client.clone();
            tasks.spawn(async move {
                let generation = client.source().headers().await.unwrap().generation;
                (generation, client.get("/api/apps/v2").send().await.unwrap().status().as_u16())
            });
        }
        // All return while the answer to the refresh is held back: none can have waited for it.
        assert_eq!(tasks.join_all().await, [(lifetime, 200); CALLS]);
        stage.held(1).await;
        assert_eq!(stage.token_requests(Vendor::PiwikPro), 1 + lifetime);

        stage.release(Vendor::PiwikPro);
        eventually("the new token is there", || client.source().explain().generations == 1 + lifetime).await;
    }
    assert_eq!(stage.api_calls(Vendor::PiwikPro), LIFETIMES * CALLS as u64);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1 + LIFETIMES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_client_that_is_driven_finds_a_fresh_token() {
    let stage = Stage::open().await;
    stage.control().change_settings(Vendor::PiwikPro, |settings| settings.lifetime_ms = 2 * SECOND);
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    let driver = tokio::spawn(client.source().drive());

    eventually("a third token is there, without a call", || client.source().explain().generations >= 3).await;
    drop(client);
    driver.await.unwrap();
}
