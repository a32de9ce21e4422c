use evertoken::Code;
use evertoken_sandbox::{Fault, Rule, Vendor};

use crate::stage::{SECOND, Stage, TestClock, eventually, held, settled};

/// Calls all through the window of a token of 1800 s, from its refresh to five seconds before its end.
async fn calls_through_the_window(stage: &Stage, client: &evertoken_native::Client<TestClock>, hangs: bool) -> u64 {
    stage.advance(1_351 * SECOND);
    let mut calls = 0;
    // 89 steps of 5 s: 445 s.
    for _ in 0..89 {
        let answer = client.get("/api/apps/v2").send().await.unwrap();
        assert_eq!(answer.status(), 200, "call {calls}");
        calls += 1;
        if !hangs {
            settled(client).await;
        }
        stage.advance(5 * SECOND);
    }
    calls
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_that_answers_503_fails_no_call_while_the_token_is_good() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.fault(Vendor::PiwikPro, Rule::token(Fault::Throttle { status: 503, retry_after: None }));

    let calls = calls_through_the_window(&stage, &client, false).await;
    assert_eq!(stage.api_calls(Vendor::PiwikPro), calls);
    // The pauses grow from 5 s to a quarter of the window, 112 s, each drawn from its upper half.
    let requests = stage.token_requests(Vendor::PiwikPro) - 1;
    assert!((3..=12).contains(&requests), "{requests} token requests");

    stage.control().clear_faults(Vendor::PiwikPro);
    stage.advance(60 * SECOND);
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);
    assert_eq!(client.source().explain().generations, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_that_hangs_fails_and_stalls_no_call_while_the_token_is_good() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.fault(Vendor::PiwikPro, Rule::token(held()));

    let calls = calls_through_the_window(&stage, &client, true).await;
    assert_eq!(stage.api_calls(Vendor::PiwikPro), calls, "no answer was released, so no call waited for one");
    let requests = stage.token_requests(Vendor::PiwikPro) - 1;
    assert!((3..=12).contains(&requests), "{requests} token requests");
    // An attempt is given up after 10 s and its I/O aborted after 30 s.
    assert!(stage.control().idle().held <= 3, "{} requests are still open", stage.control().idle().held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_every_caller_gets_the_same_error_and_the_endpoint_is_left_in_peace() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    stage.fault(
        Vendor::PiwikPro,
        Rule::token(Fault::Throttle { status: 503, retry_after: Some(evertoken_sandbox::RetryAfter::Seconds(120)) }),
    );

    for _ in 0..100 {
        let evertoken_native::Error::Token(error) = client.get("/api/apps/v2").send().await.unwrap_err() else { panic!("no token") };
        assert_eq!((error.code, error.status()), (Code::ServerError, Some(503)));
        assert!(error.retry_at.unwrap().left_ms(evertoken::driver::Clock::now(&stage.clock)) > 100 * SECOND);
    }
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 1);
    assert_eq!(stage.api_calls(Vendor::PiwikPro), 0);

    stage.control().clear_faults(Vendor::PiwikPro);
    stage.advance(121 * SECOND);
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_of_an_attempt_that_was_given_up_is_used() {
    let stage = Stage::open().await;
    let client = stage.piwik_pro();
    client.source().headers().await.unwrap();
    stage.fault(Vendor::PiwikPro, Rule::token(held()).times(1));
    stage.advance(1_400 * SECOND);
    client.source().headers().await.unwrap();
    stage.held(1).await;
    // The attempt counts as failed from here on, while its I/O goes on.
    stage.advance(11 * SECOND);
    client.source().headers().await.unwrap();
    assert_eq!(client.source().explain().generations, 1);

    stage.release(Vendor::PiwikPro);
    eventually("the late token is taken", || {
        let _ = client.source().snapshot();
        client.source().explain().generations == 2
    })
    .await;
}
