//! The life of credentials.

use evertoken_sandbox::{KeyRequest, Surface, Vendor};

use crate::clients::{apps, ask_didomi, ask_oro, ask_piwik_pro, get, sandbox};

#[tokio::test]
async fn a_new_key_works_and_its_secret_is_shown_once() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let key = control.create_key(Vendor::PiwikPro, KeyRequest::named("Reports")).unwrap();
    assert!(key.secret.starts_with("sandbox-secret-"));
    assert_eq!(ask_piwik_pro(&sandbox, &key).await.status, 200);
    let listed = serde_json::to_string(&control.keys(Vendor::PiwikPro)).unwrap();
    assert!(listed.contains(&key.id) && !listed.contains(&key.secret), "{listed}");
    assert!(!format!("{key:?}").contains(&key.secret));
}

#[tokio::test]
async fn piwik_pro_key_names_have_three_characters() {
    let sandbox = sandbox().await;
    let create = |name| sandbox.control().create_key(Vendor::PiwikPro, KeyRequest::named(name));
    assert_eq!(create("ab").unwrap_err().to_string(), "invalid: name must contain at least 3 characters");
    assert_eq!(create(" ab ").unwrap_err().status, 400);
    assert!(create("äöü").is_ok());
    assert!(sandbox.control().create_key(Vendor::Didomi, KeyRequest::named("ab")).is_ok(), "others allow shorter names");
}

#[tokio::test]
async fn a_deleted_key_gets_no_token_and_its_token_lives_on() {
    let sandbox = sandbox().await;
    let key = sandbox.keys.piwik_pro.clone();
    let token = ask_piwik_pro(&sandbox, &key).await.token();
    sandbox.control().delete_key(Vendor::PiwikPro, &key.id, false).unwrap();
    assert_eq!(ask_piwik_pro(&sandbox, &key).await.status, 401);
    assert_eq!(apps(&sandbox, &token).await.status, 200);
    assert_eq!(sandbox.control().delete_key(Vendor::PiwikPro, &key.id, false).unwrap_err().status, 404);
}

#[tokio::test]
async fn deleting_a_key_revokes_its_tokens_when_asked_and_no_others() {
    let sandbox = sandbox().await;
    let other = sandbox.control().create_key(Vendor::PiwikPro, KeyRequest::named("Other")).unwrap();
    let (token, others) = (ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token(), ask_piwik_pro(&sandbox, &other).await.token());
    sandbox.control().delete_key(Vendor::PiwikPro, &sandbox.keys.piwik_pro.id, true).unwrap();
    assert_eq!((apps(&sandbox, &token).await.status, apps(&sandbox, &others).await.status), (401, 200));
}

#[tokio::test]
async fn a_disabled_key_can_be_enabled_again() {
    let sandbox = sandbox().await;
    let key = sandbox.keys.didomi.clone();
    let token = ask_didomi(&sandbox, &key).await.token();
    sandbox.control().enable_key(Vendor::Didomi, &key.id, false, false).unwrap();
    assert_eq!(ask_didomi(&sandbox, &key).await.status, 400);
    assert_eq!(get(&format!("{}/v1/properties", sandbox.didomi.http), &token).await.status, 200);
    assert!(!sandbox.control().keys(Vendor::Didomi)[0].enabled);
    sandbox.control().enable_key(Vendor::Didomi, &key.id, true, false).unwrap();
    assert_eq!(ask_didomi(&sandbox, &key).await.status, 200);
}

#[tokio::test]
async fn piwik_pro_keys_cannot_be_disabled() {
    let sandbox = sandbox().await;
    let refused = sandbox.control().enable_key(Vendor::PiwikPro, &sandbox.keys.piwik_pro.id, false, false).unwrap_err();
    assert_eq!(refused.status, 409);
}

#[tokio::test]
async fn values_can_be_chosen_so_that_bytes_are_known_beforehand() {
    let sandbox = sandbox().await;
    let wish = KeyRequest::named("known").surface(Surface::Storefront).values("client-1", "sandbox-secret-1");
    let key = sandbox.control().create_key(Vendor::Oro, wish.clone()).unwrap();
    assert_eq!((key.id.as_str(), key.secret.as_str()), ("client-1", "sandbox-secret-1"));
    let token = ask_oro(&sandbox, &key).await.token();
    assert_eq!(get(&format!("{}/api/products", sandbox.oro.http), &token).await.status, 200);
    assert_eq!(sandbox.control().create_key(Vendor::Oro, wish).unwrap_err().status, 409);
}

#[tokio::test]
async fn reset_brings_the_initial_keys_back_and_forgets_the_rest() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    let token = ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.token();
    control.delete_key(Vendor::PiwikPro, &sandbox.keys.piwik_pro.id, false).unwrap();
    control.create_key(Vendor::PiwikPro, KeyRequest::named("Other")).unwrap();
    control.advance(1_000_000);
    control.reset();
    assert_eq!(control.keys(Vendor::PiwikPro).len(), 1);
    assert_eq!(control.idle().received, 0);
    assert_eq!(apps(&sandbox, &token).await.status, 401);
    assert_eq!(ask_piwik_pro(&sandbox, &sandbox.keys.piwik_pro).await.status, 200);
}
