use evertoken::{Class, Code, provider::Credentials};
use evertoken_native::Error;
use evertoken_sandbox::{KeyRequest, Vendor};

use crate::stage::{SECOND, Stage, settled};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_of_a_deleted_key_serves_to_its_end_and_then_the_error_says_what_to_fix() {
    let stage = Stage::open().await;
    let client = stage.didomi();
    client.source().headers().await.unwrap();
    stage.control().delete_key(Vendor::Didomi, &stage.sandbox.keys.didomi.id, false).unwrap();

    // A token of 3600 s, called every minute up to its last half minute.
    stage.advance(30 * SECOND);
    for minute in 0..59 {
        assert_eq!(client.get("/v1/properties").send().await.unwrap().status(), 200, "minute {minute}");
        settled(&client).await;
        stage.advance(60 * SECOND);
    }
    assert_eq!(client.get("/v1/properties").send().await.unwrap().status(), 200);
    settled(&client).await;
    let refused = stage.token_requests(Vendor::Didomi) - 1;
    assert!((1..=8).contains(&refused), "{refused} token requests in the window");

    stage.advance(31 * SECOND);
    let Error::Token(error) = client.get("/v1/properties").send().await.unwrap_err() else { panic!("there is no token") };
    assert_eq!((error.code, error.class(), error.status()), (Code::CredentialsRejected, Class::Credentials, Some(400)));
    assert_eq!(error.description(), Some("Invalid authentication information"));
    assert!(error.fix().contains("Private API keys"), "{}", error.fix());
    assert_eq!(stage.api_calls(Vendor::Didomi), 60);

    // A new key, given to the running client, mends it.
    let key = stage.control().create_key(Vendor::Didomi, KeyRequest::named("Another")).unwrap();
    client.source().credentials_changed(Credentials::key(key.id.as_str(), key.secret.as_str()), false);
    assert_eq!(client.get("/v1/properties").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_no_other_token_can_help_gets_the_apis_answer_and_a_hint_why() {
    let stage = Stage::open().await;
    let client = stage.didomi();
    client.source().headers().await.unwrap();
    stage.advance(20 * SECOND);
    stage.control().delete_key(Vendor::Didomi, &stage.sandbox.keys.didomi.id, true).unwrap();
    for _ in 0..3 {
        let answer = client.get("/v1/properties").send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let hint = answer.hint().unwrap();
        assert!(hint.contains("credentials_rejected") && hint.contains("Private API keys"), "{hint}");
    }
    assert_eq!(stage.token_requests(Vendor::Didomi), 2);
}
