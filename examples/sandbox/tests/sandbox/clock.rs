//! The sandbox's own time.

use evertoken_sandbox::{ClockChange, Vendor};

use crate::clients::{apps, ask_piwik_pro, claims, sandbox};

#[tokio::test]
async fn a_token_expires_when_the_clock_is_advanced_to_its_end() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    control.advance(1_800_000 - 1);
    assert_eq!(apps(&sandbox, &token).await.status, 200);
    control.advance(1);
    let refused = apps(&sandbox, &token).await;
    assert_eq!((refused.status, refused.json()["errors"][0]["detail"].as_str()), (401, Some("Expired JWT Token")));
}

#[tokio::test]
async fn new_tokens_are_issued_by_the_advanced_clock() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.change_clock(ClockChange { set_ms: Some(2_000_000_000_500), frozen: Some(true), advance_ms: 0 });
    let reply = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await;
    assert_eq!(claims(&reply.token()).1["iat"], 2_000_000_000_u64);
    assert_eq!(reply.header("date"), Some("Wed, 18 May 2033 03:33:20 GMT"));
    assert_eq!(control.tokens(Vendor::PiwikPro)[0].expires_ms, 2_000_001_800_500);
}

#[tokio::test]
async fn a_lifetime_can_be_set_for_new_tokens() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    control.change_settings(Vendor::PiwikPro, |settings| settings.lifetime_ms = 10_000);
    let reply = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await;
    assert_eq!(reply.json()["expires_in"], 10);
    control.advance(10_000);
    assert_eq!(apps(&sandbox, &reply.token()).await.status, 401);
}

#[tokio::test]
async fn the_api_may_be_ahead_of_the_token_endpoint() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    control.change_settings(Vendor::PiwikPro, |settings| settings.api_skew_ms = 30_000);
    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    control.advance(1_770_000 - 1);
    assert_eq!(apps(&sandbox, &token).await.status, 200);
    control.advance(1);
    assert_eq!(apps(&sandbox, &token).await.status, 401);
    control.change_settings(Vendor::PiwikPro, |settings| settings.api_skew_ms = -30_000);
    control.advance(59_999);
    assert_eq!(apps(&sandbox, &token).await.status, 200, "or behind it");
}

#[tokio::test]
async fn a_running_clock_runs_and_a_frozen_one_does_not() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let begin = control.freeze().now_ms;
    std::thread::sleep(std::time::Duration::from_millis(15));
    assert_eq!(control.now_ms(), begin);
    control.change_clock(ClockChange { frozen: Some(false), ..ClockChange::default() });
    std::thread::sleep(std::time::Duration::from_millis(15));
    assert!(control.now_ms() > begin);
}
