//! The cost of a cached header: what every call of an API pays.

use std::{
    hint::black_box,
    sync::{Arc, Barrier},
    time::{Duration, Instant},
};

/// One way to a cached header, run on any number of threads.
pub struct Contender {
    pub name: &'static str,
    pub run: Arc<dyn Fn(u64) + Send + Sync>,
}

impl Contender {
    /// Makes a contender of one call; the loop is inside, so that a virtual call per round is all the harness costs.
    pub fn new<R>(name: &'static str, call: impl Fn() -> R + Send + Sync + 'static) -> Self {
        let run = move |times: u64| {
            for _ in 0..times {
                black_box(call());
            }
        };
        Self { name, run: Arc::new(run) }
    }
}

/// Nanoseconds per call on one thread, and how much two threads get done beside one.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub ns: f64,
    pub scaling: f64,
}

const ROUND: Duration = Duration::from_millis(20);
const ROUNDS: usize = 25;

/// Measures all contenders in turns, so that a disturbance meets all of them; the best round of each counts.
pub fn measure(contenders: &[Contender]) -> Vec<Cost> {
    let calls: Vec<u64> = contenders.iter().map(calibrate).collect();
    let mut best = vec![[f64::MAX; 2]; contenders.len()];
    for _ in 0..ROUNDS {
        for (index, contender) in contenders.iter().enumerate() {
            for threads in [1, 2] {
                let ns = round(contender, calls[index], threads);
                best[index][threads - 1] = best[index][threads - 1].min(ns);
            }
        }
    }
    best.into_iter().map(|[one, two]| Cost { ns: one, scaling: 2.0 * one / two }).collect()
}

fn calibrate(contender: &Contender) -> u64 {
    let mut calls = 1_000;
    loop {
        let started = Instant::now();
        (contender.run)(calls);
        if started.elapsed() >= ROUND / 4 {
            return calls * 4;
        }
        calls *= 2;
    }
}

/// Returns nanoseconds per call of each thread while this many run.
fn round(contender: &Contender, calls: u64, threads: usize) -> f64 {
    let barrier = Arc::new(Barrier::new(threads));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (run, barrier) = (contender.run.clone(), barrier.clone());
            std::thread::spawn(move || {
                run(100);
                barrier.wait();
                let started = Instant::now();
                run(calls);
                started.elapsed()
            })
        })
        .collect();
    let slowest = workers.into_iter().map(|worker| worker.join().expect("no panic")).max().unwrap_or_default();
    slowest.as_nanos() as f64 / calls as f64
}
