//! Storms, rollovers, outages and revocations over real HTTP, all contenders at the same time, each with its own server.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use crate::{
    contender::Contender,
    server::Server,
    table::{Row, goal},
};

/// What callers saw in a phase.
#[derive(Debug, Default)]
pub struct Seen {
    served: AtomicU64,
    failed: AtomicU64,
    longest: Mutex<Duration>,
}

impl Seen {
    fn note(&self, took: Duration, result: &Result<(), String>) {
        if result.is_ok() { &self.served } else { &self.failed }.fetch_add(1, SeqCst);
        let mut longest = self.longest.lock().expect("not poisoned");
        *longest = took.max(*longest);
    }

    fn longest_ms(&self) -> u128 {
        self.longest.lock().expect("not poisoned").as_millis()
    }

    fn of(&self) -> String {
        let (served, failed) = (self.served.load(SeqCst), self.failed.load(SeqCst));
        format!("{served} of {}", served + failed)
    }
}

/// Runs 100 loops of gets, one every 10 ms each, until the time is over.
async fn load(contender: &Contender, time: Duration) -> Arc<Seen> {
    let seen = Arc::new(Seen::default());
    let stop = Arc::new(AtomicBool::new(false));
    let loops: Vec<_> = (0..100)
        .map(|_| {
            let (contender, seen, stop) = (contender.clone(), seen.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(SeqCst) {
                    let started = Instant::now();
                    let result = contender.get().await;
                    seen.note(started.elapsed(), &result);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    stop.store(true, SeqCst);
    for task in loops {
        // A contender that hangs is not waited for: what it did in its time is what counts.
        let _ = tokio::time::timeout(Duration::from_secs(12), task).await;
    }
    seen
}

/// 10,000 tasks ask at once, and nothing is cached yet; the endpoint takes 200 ms.
pub async fn cold(contender: &Contender, server: &Server) -> (u64, String) {
    server.behave(|behaviour| behaviour.latency = Duration::from_millis(200));
    server.take_requests();
    let seen = Arc::new(Seen::default());
    let tasks: Vec<_> = (0..10_000)
        .map(|_| {
            let (contender, seen) = (contender.clone(), seen.clone());
            tokio::spawn(async move {
                let started = Instant::now();
                let result = contender.get().await;
                seen.note(started.elapsed(), &result);
            })
        })
        .collect();
    for task in tasks {
        let _ = task.await;
    }
    (server.take_requests(), seen.of())
}

/// A phase of load on a warm contender: token requests, who was served, the longest wait.
pub struct Phase {
    pub requests: u64,
    pub seen: Arc<Seen>,
}

impl Phase {
    pub fn cell(&self) -> String {
        format!("{} served, {} requests, longest wait {} ms", self.seen.of(), self.requests, self.seen.longest_ms())
    }

    pub fn longest_ms(&self) -> u128 {
        self.seen.longest_ms()
    }

    pub fn failed(&self) -> u64 {
        self.seen.failed.load(SeqCst)
    }
}

pub async fn phase(contender: &Contender, server: &Server, time: Duration) -> Phase {
    server.take_requests();
    let seen = load(contender, time).await;
    Phase { requests: server.take_requests(), seen }
}

/// 200 callers whose token is revoked call the API, together or spread over half a second.
pub async fn revoked(contender: &Contender, server: &Server, spread: Duration) -> Option<(u64, String)> {
    contender.call(&server.url).await?.ok();
    server.revoke_all();
    server.take_requests();
    let seen = Arc::new(Seen::default());
    let tasks: Vec<_> = (0..200u32)
        .map(|number| {
            let (contender, seen, url) = (contender.clone(), seen.clone(), server.url.clone());
            tokio::spawn(async move {
                tokio::time::sleep(spread * number / 200).await;
                let started = Instant::now();
                let result = contender.call(&url).await.unwrap_or_else(|| Err("cannot".into()));
                seen.note(started.elapsed(), &result);
            })
        })
        .collect();
    for task in tasks {
        let _ = task.await;
    }
    Some((server.take_requests(), seen.of()))
}

/// Makes a row whose first cell is ours and decides about the goal.
pub fn row(measure: &str, cells: Vec<String>, text: &str, met: bool) -> Row {
    Row { measure: measure.into(), cells, goal: goal(text, met) }
}
