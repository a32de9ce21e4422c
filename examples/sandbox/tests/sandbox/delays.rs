//! Answers that come late: by the clock, or when they are released.

use std::time::Duration;

use evertoken_sandbox::{Decide, Fault, IdleQuery, Kind, LogQuery, Payload, Progress, Release, Rule, Sandbox, Vendor};
use tokio::task::JoinHandle;

use crate::clients::{JSON, Reply, client, grant, sandbox, try_send};

/// Asks for a token on a task of its own.
fn ask(sandbox: &Sandbox) -> JoinHandle<Result<Reply, reqwest::Error>> {
    let (url, body) = (format!("{}/auth/token", sandbox.piwik_pro.http), grant(&sandbox.keys.piwik_pro));
    tokio::spawn(async move { try_send(&client(None, true), "POST", &url, &[("content-type", JSON)], &body).await })
}

fn add(sandbox: &Sandbox, fault: Fault) {
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(fault)).expect("a fault");
}

async fn arrived(sandbox: &Sandbox, received: u64) -> evertoken_sandbox::Idle {
    let idle = sandbox.control().wait_idle(IdleQuery { received, wait_ms: 5_000 }).await;
    assert!(idle.idle && idle.received >= received, "{idle:?}");
    idle
}

fn state(sandbox: &Sandbox, at: usize) -> Progress {
    sandbox.control().log(&LogQuery::of(Vendor::PiwikPro, Kind::Token))[at].state
}

#[tokio::test]
async fn latency_passes_by_the_clock() {
    let sandbox = sandbox().await;
    let control = sandbox.control();
    control.freeze();
    add(&sandbox, Fault::Latency { ms: 5_000 });
    let asked = ask(&sandbox);
    let idle = arrived(&sandbox, 1).await;
    assert_eq!((idle.delayed, idle.next_due_ms, state(&sandbox, 0)), (1, Some(control.now_ms() + 5_000), Progress::Delayed));
    control.advance(4_999);
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(control.idle().delayed, 1);
    control.advance(1);
    assert_eq!(asked.await.unwrap().unwrap().status, 200);
}

#[tokio::test]
async fn latency_passes_in_real_time_when_the_clock_runs() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Latency { ms: 40 });
    let begin = std::time::Instant::now();
    assert_eq!(ask(&sandbox).await.unwrap().unwrap().status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(40));
}

#[tokio::test]
async fn a_held_answer_comes_when_it_is_released() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Hang { decide: Decide::Receipt });
    let (first, second) = (ask(&sandbox), ask(&sandbox));
    let idle = arrived(&sandbox, 2).await;
    assert_eq!((idle.held, idle.working, idle.answered, state(&sandbox, 0)), (2, 0, 0, Progress::Held));
    assert_eq!(sandbox.control().counts()[&Vendor::PiwikPro].granted, 2, "the tokens exist already");

    assert_eq!(sandbox.control().release(Vendor::PiwikPro, Release { count: Some(1), ..Release::default() }), Ok(1));
    assert_eq!(arrived(&sandbox, 2).await.held, 1);
    assert_eq!(sandbox.control().release(Vendor::Oro, Release::default()), Ok(0), "another vendor's are not meant");
    assert_eq!(sandbox.control().release(Vendor::PiwikPro, Release::default()), Ok(1));
    for asked in [first, second] {
        assert_eq!(asked.await.unwrap().unwrap().status, 200);
    }
    let idle = arrived(&sandbox, 2).await;
    assert_eq!((idle.held, idle.answered), (0, 2));
}

#[tokio::test]
async fn a_held_request_may_be_decided_at_its_release() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Hang { decide: Decide::Release });
    let asked = ask(&sandbox);
    arrived(&sandbox, 1).await;
    assert_eq!(sandbox.control().counts()[&Vendor::PiwikPro].granted, 0);
    sandbox.control().delete_key(Vendor::PiwikPro, &sandbox.keys.piwik_pro.id, false).unwrap();
    sandbox.control().release(Vendor::PiwikPro, Release::default()).unwrap();
    assert_eq!(asked.await.unwrap().unwrap().status, 401);
}

#[tokio::test]
async fn a_held_answer_may_be_replaced_or_dropped() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Hang { decide: Decide::Receipt });
    let (first, second) = (ask(&sandbox), ask(&sandbox));
    arrived(&sandbox, 2).await;
    let instead = |fault| Release { count: Some(1), instead: Some(fault), ..Release::default() };
    let answer = Fault::Answer { status: 503, headers: vec![], body: Payload::Empty };
    assert_eq!(sandbox.control().release(Vendor::PiwikPro, instead(answer)), Ok(1));
    assert_eq!(sandbox.control().release(Vendor::PiwikPro, instead(Fault::Drop)), Ok(1));
    let mut ends = vec![first.await.unwrap().ok().map(|reply| reply.status), second.await.unwrap().ok().map(|reply| reply.status)];
    ends.sort_unstable();
    assert_eq!(ends, [None, Some(503)]);
    let refused = sandbox.control().release(Vendor::PiwikPro, instead(Fault::Latency { ms: 1 }));
    assert_eq!(refused.unwrap_err().error, "invalid");
}

#[tokio::test]
async fn hang_and_a_chosen_answer_combine() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Hang { decide: Decide::Receipt });
    add(&sandbox, Fault::Reject);
    let asked = ask(&sandbox);
    arrived(&sandbox, 1).await;
    sandbox.control().release(Vendor::PiwikPro, Release::default()).unwrap();
    assert_eq!(asked.await.unwrap().unwrap().status, 401);
}

#[tokio::test]
async fn a_client_that_goes_away_is_noticed() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Hang { decide: Decide::Receipt });
    let asked = ask(&sandbox);
    arrived(&sandbox, 1).await;
    asked.abort();
    for _ in 0..200 {
        if sandbox.control().idle().aborted == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let idle = sandbox.control().idle();
    assert_eq!((idle.aborted, idle.held, state(&sandbox, 0)), (1, 0, Progress::Aborted));
}

#[tokio::test]
async fn a_stalled_body_goes_on_when_it_is_released() {
    let sandbox = sandbox().await;
    add(&sandbox, Fault::Stall { after_bytes: 10 });
    let url = format!("{}/auth/token", sandbox.piwik_pro.http);
    let request = client(None, true).post(&url).header("content-type", JSON).body(grant(&sandbox.keys.piwik_pro));
    let mut response = request.send().await.expect("the head comes");
    assert_eq!(response.chunk().await.unwrap().as_deref(), Some(br#"{"token_ty"#.as_slice()));
    assert_eq!(arrived(&sandbox, 1).await.held, 1);
    sandbox.control().release(Vendor::PiwikPro, Release::default()).unwrap();
    assert!(response.chunk().await.unwrap().expect("the rest").starts_with(br#"pe":"Bearer""#));
}

#[tokio::test]
async fn reset_drops_whatever_waits() {
    let sandbox = sandbox().await;
    sandbox.control().freeze();
    add(&sandbox, Fault::Hang { decide: Decide::Receipt });
    let held = ask(&sandbox);
    arrived(&sandbox, 1).await;
    sandbox.control().clear_faults(Vendor::PiwikPro);
    add(&sandbox, Fault::Latency { ms: 1_000 });
    let delayed = ask(&sandbox);
    arrived(&sandbox, 2).await;
    sandbox.control().reset();
    assert!(held.await.unwrap().is_err() && delayed.await.unwrap().is_err());
    assert_eq!(arrived(&sandbox, 0).await.answered, 0);
}

#[test]
fn waiting_for_idle_needs_no_executor_of_tokio() {
    let sandbox = Sandbox::start_blocking(evertoken_sandbox::Options::default()).expect("it starts");
    let idle = futures_block_on(sandbox.control().wait_idle(IdleQuery { received: 1, wait_ms: 30 }));
    assert_eq!((idle.idle, idle.received), (true, 0), "nothing has arrived in time");
}

/// The smallest executor: polls when woken, parks otherwise.
fn futures_block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut cx = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
