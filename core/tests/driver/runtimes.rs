//! Sources over tokio runtimes that come and go; these tests run in real time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use evertoken::{
    Code, Policy,
    driver::{Attempt, HeaderOptions, TokenSource, Transport},
};
use tokio::runtime::{Builder, Runtime};

use crate::{
    grant::{credentials, grant},
    spawned::{SpawnedFlight, Spawning, TokioTimer},
};

type Source = TokenSource<Spawning, TokioTimer>;

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn source(transport: &Spawning) -> Source {
    TokenSource::new(grant(), credentials(), transport.clone(), TokioTimer).unwrap()
}

fn patience(ms: u64) -> HeaderOptions {
    HeaderOptions { patience_ms: Some(ms), ..HeaderOptions::default() }
}

#[test]
fn ten_thousand_tasks_cold_make_one_request() {
    let runtime = threads();
    let transport = Spawning::on(runtime.handle(), 100);
    let source = source(&transport);
    runtime.block_on(async {
        let tasks: Vec<_> = (0..10_000)
            .map(|_| {
                let source = source.clone();
                tokio::spawn(async move { source.token().await.unwrap().token().to_owned() })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), "token-1");
        }
    });
    assert_eq!(transport.requests(), 1);
}

#[test]
fn callers_on_two_runtimes_share_one_flight() {
    let home = threads();
    let transport = Spawning::on(home.handle(), 50);
    let source = source(&transport);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let source = source.clone();
            std::thread::spawn(move || one_thread().block_on(source.token()).unwrap().token().to_owned())
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.join().unwrap(), "token-1");
    }
    assert_eq!(transport.requests(), 1);
}

#[test]
fn a_caller_that_polled_first_takes_its_runtime_along_and_the_others_are_served() {
    let home = threads();
    let transport = Spawning::on(home.handle(), 100);
    let source = source(&transport);
    let (first, second) = (one_thread(), one_thread());
    let polled = source.clone();
    let _task = first.spawn(async move { polled.token().await });
    first.block_on(tokio::task::yield_now());
    drop(first);
    assert_eq!(second.block_on(source.token()).unwrap().token(), "token-1");
    assert_eq!(transport.requests(), 1);
}

#[test]
fn a_birth_runtime_that_is_idle_costs_patience_and_no_hang() {
    let birth = one_thread();
    let transport = Spawning::on(birth.handle(), 0);
    let source = source(&transport);
    let other = one_thread();
    let began = Instant::now();
    let error = other.block_on(source.headers_with(patience(100))).unwrap_err();
    assert_eq!(error.code, Code::Deadline);
    assert!(began.elapsed() < Duration::from_secs(5));
    // It runs again, and the next call anywhere finds the answer.
    birth.block_on(async { tokio::time::sleep(Duration::from_millis(50)).await });
    assert_eq!(other.block_on(source.headers_with(patience(100))).unwrap().token.token(), "token-1");
    assert_eq!(transport.requests(), 1);
}

#[test]
fn a_flight_whose_runtime_was_dropped_is_replaced() {
    let birth = threads();
    let lost = Spawning::on(birth.handle(), 60_000);
    let home = threads();
    let found = Spawning::on(home.handle(), 0);
    let source = TokenSource::new(grant(), credentials(), Moving(vec![lost, found.clone()], AtomicUsize::default()), TokioTimer).unwrap();
    let waiting = source.clone();
    let caller = std::thread::spawn(move || one_thread().block_on(waiting.token()).unwrap().token().to_owned());
    std::thread::sleep(Duration::from_millis(100));
    birth.shutdown_background();
    assert_eq!(caller.join().unwrap(), "token-1");
    assert_eq!(found.requests(), 1);
}

#[test]
fn a_birth_runtime_that_was_dropped_while_nobody_waited_is_noticed_by_the_next_call() {
    let birth = threads();
    let transport = Spawning::on(birth.handle(), 0);
    let source = source(&transport);
    assert_eq!(one_thread().block_on(source.token()).unwrap().token(), "token-1");
    drop(birth);
    // The token still serves, and what needs a request fails without a panic and within the patience.
    assert_eq!(one_thread().block_on(source.token()).unwrap().token(), "token-1");
    source.invalidate();
    let error = one_thread().block_on(source.headers_with(patience(500))).unwrap_err();
    assert_eq!(error.code, Code::Deadline);
}

#[test]
fn a_source_is_dropped_outside_of_any_runtime() {
    let home = threads();
    let transport = Spawning::on(home.handle(), 60_000);
    let source = source(&transport);
    assert!(home.block_on(source.headers_with(patience(50))).is_err());
    assert_eq!(transport.requests(), 1);
    assert_eq!(Arc::strong_count(&transport.requests), 3, "the flight holds one");
    std::thread::spawn(move || drop(source)).join().unwrap();
    let aborted = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        Arc::strong_count(&transport.requests) == 1
    });
    assert!(aborted, "its I/O goes on");
}

#[test]
fn a_panic_in_a_spawned_task_is_a_failure() {
    let home = threads();
    let transport = Spawning { panics: true, ..Spawning::on(home.handle(), 0) };
    let policy = Policy { fetch_attempts: 1, ..Policy::default() };
    let source = TokenSource::builder(grant(), credentials(), transport.clone(), TokioTimer).with_policy(policy).build().unwrap();
    assert_eq!(home.block_on(source.token()).unwrap_err().code, Code::TransportFailed);
    assert_eq!(transport.requests(), 1);
}

#[test]
fn a_driver_runs_on_a_runtime_and_ends_with_the_source() {
    let home = threads();
    let transport = Spawning::on(home.handle(), 0);
    let source = source(&transport);
    let driver = home.spawn(source.drive());
    let fetched = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        source.snapshot().is_some()
    });
    assert!(fetched, "nobody called, and a token was fetched");
    drop(source);
    home.block_on(async { tokio::time::timeout(Duration::from_secs(10), driver).await }).unwrap().unwrap();
}

/// A transport that moves on to the next one with each attempt.
struct Moving(Vec<Spawning>, AtomicUsize);

impl Transport for Moving {
    type Flight = SpawnedFlight;

    fn start(&self, attempt: Attempt) -> SpawnedFlight {
        let index = self.1.fetch_add(1, Ordering::SeqCst).min(self.0.len() - 1);
        self.0[index].start(attempt)
    }
}
