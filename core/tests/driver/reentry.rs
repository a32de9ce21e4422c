//! A transport that asks the source that it works for.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use evertoken::{
    Code, Error, Outcome,
    driver::{Attempt, Recovery, Rejection, Timer, TokenSource, Unrecovered},
    http::Response,
};
use futures::{FutureExt, executor::block_on};

use crate::{
    grant::{credentials, grant},
    time::VirtualTime,
};

type Flight = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Source = TokenSource<fn(Attempt) -> Flight, VirtualTime>;

fn source(start: fn(Attempt) -> Flight) -> Source {
    TokenSource::new(grant(), credentials(), start, VirtualTime::new()).unwrap()
}

#[test]
fn a_call_from_within_the_transports_start_is_refused() {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    static SEEN: OnceLock<Error> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        source(|_| {
            let error = SOURCE.get().unwrap().headers().now_or_never().unwrap().unwrap_err();
            SEEN.get_or_init(|| error.clone());
            Box::pin(async { Outcome::Failed { error, retry_after_ms: None } })
        })
    });
    assert_eq!(block_on(source.headers()).unwrap_err().code, Code::Reentrant);
    assert_eq!(SEEN.get().unwrap().code, Code::Reentrant);
}

#[test]
fn a_call_from_within_the_transports_http_is_refused_also_in_another_thread() {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        source(|attempt| {
            let (end, ended) = futures::channel::oneshot::channel();
            std::thread::spawn(move || {
                let http = async |_request| match SOURCE.get().unwrap().headers().await {
                    Ok(_) => Ok(Response::new(200, "{}")),
                    Err(error) => Err(error),
                };
                let _ = end.send(block_on(attempt.run(http)));
            });
            Box::pin(async { ended.await.unwrap() })
        })
    });
    assert_eq!(block_on(source.headers()).unwrap_err().code, Code::Reentrant);
}

#[test]
fn every_way_to_a_token_is_refused_from_within() {
    static SOURCE: OnceLock<Source> = OnceLock::new();
    let source = SOURCE.get_or_init(|| {
        source(|_| {
            let source = SOURCE.get().unwrap();
            assert!(source.snapshot().is_none());
            assert!(source.with_header(|_, _| ()).is_none());
            let error = source.token().now_or_never().unwrap().unwrap_err();
            let rejection = Rejection { generation: 1, replayable: true, retried: false, patience_ms: None };
            let recovery = source.rejected(rejection).now_or_never().unwrap();
            assert_eq!(recovery, Recovery::Surface(Unrecovered::Failed(error.clone())));
            Box::pin(async { Outcome::Failed { error, retry_after_ms: None } })
        })
    });
    assert_eq!(block_on(source.headers()).unwrap_err().code, Code::Reentrant);
}

#[test]
fn another_source_may_be_asked_from_within() {
    static INNER: OnceLock<Source> = OnceLock::new();
    INNER.get_or_init(|| source(|_| Box::pin(async { crate::script::granted("token-inner", 3_600_000) })));
    let outer = source(|_| {
        let inner = INNER.get().unwrap().token().now_or_never().unwrap().unwrap();
        Box::pin(async move { Outcome::Granted { token: inner, lifetime_ms: 3_600_000 } })
    });
    assert_eq!(block_on(outer.token()).unwrap().token(), "token-inner");
}

#[test]
fn a_closure_is_a_timer_too() {
    let timer = |_ms: u64| std::future::ready(());
    block_on(timer.sleep(1));
    let _: Arc<dyn Fn(u64) -> std::future::Ready<()>> = Arc::new(timer);
}
