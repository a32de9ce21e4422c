use evertoken::{Code, provider::builtin, url};
use evertoken_native::{ReqwestTransport, Source, TokioTimer};
use evertoken_sandbox::{Fault, Options, Payload, Progress, Rule, Sandbox, Vendor};
use tokio::runtime::{Builder, Runtime};

use crate::stage::{client_credentials, held};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn source(sandbox: &Sandbox, transport: ReqwestTransport) -> Source {
    let grant = builtin::piwik_pro(&sandbox.piwik_pro.http).build(url::parse).unwrap();
    Source::new(grant, client_credentials(&sandbox.keys.piwik_pro), transport, TokioTimer).unwrap()
}

/// Blocks until it is so; a minute is for a machine that is busy with something else.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("it never came about that {what}");
}

fn wait_until_held(sandbox: &Sandbox, wanted: u64) {
    wait_until("the answer is held", || sandbox.control().idle().held == wanted);
}

fn token_requests(sandbox: &Sandbox) -> u64 {
    sandbox.control().counts()[&Vendor::PiwikPro].token
}

#[test]
fn two_runtimes_share_one_token_request() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(held())).unwrap();
    let source = source(&sandbox, ReqwestTransport::new().unwrap());
    let (first, second) = (runtime(), runtime());
    let on = |runtime: &Runtime| {
        runtime.spawn({
            let source = source.clone();
            async move { source.token().await }
        })
    };
    let waiting = [on(&first), on(&second)];
    wait_until_held(&sandbox, 1);
    wait_until("both wait", || source.explain().waiting == 2);
    sandbox.control().release(Vendor::PiwikPro, Default::default()).unwrap();
    let tokens = waiting.map(|task| first.block_on(task).unwrap().unwrap());
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(token_requests(&sandbox), 1);
}

#[test]
fn a_runtime_that_is_dropped_with_the_request_takes_no_other_caller_along() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(held()).times(1)).unwrap();
    let source = source(&sandbox, ReqwestTransport::new().unwrap());
    let (birth, other) = (runtime(), runtime());
    birth.spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    wait_until_held(&sandbox, 1);
    let waiting = other.spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    wait_until("both wait", || source.explain().waiting == 2);
    birth.shutdown_background();
    assert!(other.block_on(waiting).unwrap().is_ok(), "another request was sent on the runtime that is left");
    assert_eq!(token_requests(&sandbox), 2);
}

#[test]
fn no_connection_outlives_its_runtime() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    let source = source(&sandbox, ReqwestTransport::new().unwrap());
    for _ in 0..3 {
        let runtime = runtime();
        runtime.block_on(source.token()).unwrap();
        source.invalidate();
        drop(runtime);
    }
    assert_eq!(token_requests(&sandbox), 3);
}

/// A timer for where nothing has to wait for one.
fn never(_: u64) -> std::future::Pending<()> {
    std::future::pending()
}

#[test]
fn a_caller_without_a_runtime_is_served_by_the_one_that_the_transport_knows() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    let runtime = runtime();
    let transport = ReqwestTransport::new().unwrap().on(runtime.handle().clone());
    let grant = builtin::piwik_pro(&sandbox.piwik_pro.http).build(url::parse).unwrap();
    let source = evertoken::driver::TokenSource::new(grant, client_credentials(&sandbox.keys.piwik_pro), transport, never).unwrap();
    assert!(futures::executor::block_on(source.token()).is_ok());
}

#[test]
fn a_caller_without_any_runtime_gets_an_error_that_says_so() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    let grant = builtin::piwik_pro(&sandbox.piwik_pro.http).build(url::parse).unwrap();
    let source =
        evertoken::driver::TokenSource::new(grant, client_credentials(&sandbox.keys.piwik_pro), ReqwestTransport::new().unwrap(), never)
            .unwrap();
    let error = futures::executor::block_on(source.token()).unwrap_err();
    assert_eq!(error.code, Code::InvalidOption);
    assert!(error.to_string().contains("runtime"), "{error}");
}

#[test]
fn dropping_the_source_aborts_the_request() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(held())).unwrap();
    let runtime = runtime();
    let source = source(&sandbox, ReqwestTransport::new().unwrap());
    let call = runtime.spawn({
        let source = source.clone();
        async move { source.token().await }
    });
    wait_until_held(&sandbox, 1);
    call.abort();
    drop(source);
    wait_until("the request is aborted", || sandbox.control().log(&Default::default())[0].state == Progress::Aborted);
}

#[test]
fn a_body_without_end_is_read_to_the_limit_alone() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    let huge = Payload::Huge { bytes: 256 << 20, chunked: true };
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::token(Fault::Answer { status: 200, headers: Vec::new(), body: huge })).unwrap();
    let source = source(&sandbox, ReqwestTransport::new().unwrap());
    let error = runtime().block_on(source.token()).unwrap_err();
    assert_eq!(error.code, Code::AnswerTooLarge);
    wait_until("the connection is closed", || sandbox.control().idle().working == 0);
    assert_eq!(sandbox.control().log(&Default::default())[0].state, Progress::Aborted);
}

#[test]
fn a_transport_outlives_the_runtime_that_it_was_made_on() {
    let sandbox = Sandbox::start_blocking(Options::default()).unwrap();
    let birth = runtime();
    let transport = birth.block_on(async { ReqwestTransport::new().unwrap() });
    drop(birth);
    let source = source(&sandbox, transport);
    assert!(runtime().block_on(source.token()).is_ok());
}
