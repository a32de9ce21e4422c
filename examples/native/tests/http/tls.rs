use evertoken::{Code, provider::builtin, url};
use evertoken_native::{Client, Error};
use evertoken_sandbox::Vendor;

use crate::stage::{Stage, client_credentials};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_works_with_the_test_authority() {
    let stage = Stage::open().await;
    let client = stage.client(builtin::piwik_pro(&stage.sandbox.piwik_pro.https), client_credentials(&stage.sandbox.keys.piwik_pro));
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);
    assert_eq!((stage.token_requests(Vendor::PiwikPro), stage.api_calls(Vendor::PiwikPro)), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_without_the_authority_is_refused_and_nothing_is_sent() {
    let stage = Stage::open().await;
    let grant = builtin::piwik_pro(&stage.sandbox.piwik_pro.https).build(url::parse).unwrap();
    let policy = evertoken::Policy { fetch_attempts: 1, ..Default::default() };
    let client = Client::builder(grant, client_credentials(&stage.sandbox.keys.piwik_pro)).policy(policy).build().unwrap();
    let Error::Token(error) = client.get("/api/apps/v2").send().await.unwrap_err() else { panic!("there is no token") };
    assert_eq!(error.code, Code::TransportFailed);
    assert!(error.description().unwrap().contains("certificate"), "{error}");
    assert!(error.fix().contains("certificate"), "{error}");
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 0);
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    let grant = builtin::piwik_pro("acme.piwik.pro").build(url::parse).unwrap();
    for pem in [&b""[..], b"no certificate", b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        let refused = Client::builder(grant.clone(), evertoken::provider::Credentials::client("a", "b")).trust(pem);
        assert_eq!(refused.unwrap_err().code, Code::InvalidOption);
    }
}
