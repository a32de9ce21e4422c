//! Clients and sandbox in one virtual time: how they come to rest, and how time passes between two rests.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evertoken::{Error, Instant};
use evertoken_native::Traffic;
use reqwest::Certificate;
use tokio::task::yield_now;

use super::{
    call::Call,
    control::ControlApi,
    format::Body,
    spec::{self, Events, VirtualClient},
};
use crate::time::VirtualTime;

/// When every file begins: 2027-01-15 08:00:00 UTC, in Unix milliseconds.
pub const START_MS: u64 = 1_800_000_000_000;

/// Any number but the wall clock's.
const START_MONO_MS: u64 = 5_000_000;

/// How often tasks get their turn without anything happening before a client counts as one without runnable work.
const QUIET_TURNS: u32 = 24;

/// One file's clients, calls and time.
pub(crate) struct World<'a> {
    pub(crate) control: &'a ControlApi,
    pub(crate) time: VirtualTime,
    pub(crate) clients: BTreeMap<String, Result<VirtualClient, Error>>,
    pub(crate) events: BTreeMap<String, Events>,
    pub(crate) calls: BTreeMap<String, Vec<Call>>,
    traffic: Traffic,
    tasks: Tasks,
    /// How long clients and sandbox may take to come to rest.
    give_up: Duration,
}

/// What the tasks of the calls do, in numbers.
#[derive(Clone, Default)]
pub(crate) struct Tasks(Arc<Turns>);

#[derive(Default)]
struct Turns {
    polls: AtomicU64,
    reading: AtomicU64,
}

/// Everything that changes when a client does something.
type Pulse = (u64, u64, u64, u64);

impl<'a> World<'a> {
    /// Begins anew at the sandbox and makes the clients of a file.
    pub(crate) async fn begin(control: &'a ControlApi, body: &Body, ca: &Certificate, give_up: Duration) -> Result<Self, String> {
        control.reset(START_MS).await?;
        let time = VirtualTime::new(Instant { mono: START_MONO_MS, wall: START_MS });
        if let Some(entropy) = &body.entropy {
            let entropy = u64::from_str_radix(entropy, 16).map_err(|error| format!("entropy: {error}"))?;
            time.set_entropy(move || entropy);
        }
        let traffic = Traffic::default();
        let events: BTreeMap<_, _> = body.clients.keys().map(|name| (name.clone(), Events::default())).collect();
        let clients = body
            .clients
            .iter()
            .zip(events.values())
            .map(|((name, spec), events)| (name.clone(), spec::client(spec, &time, &traffic, events, ca)))
            .collect();
        Ok(Self { control, time, clients, events, calls: BTreeMap::new(), traffic, tasks: Tasks::default(), give_up })
    }

    /// Starts a task that counts its turns.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        let tasks = self.tasks.clone();
        tokio::spawn(async move {
            let mut task = pin!(task);
            std::future::poll_fn(|cx| {
                tasks.0.polls.fetch_add(1, SeqCst);
                task.as_mut().poll(cx)
            })
            .await;
        })
    }

    pub(crate) fn tasks(&self) -> Tasks {
        self.tasks.clone()
    }

    /// Waits until no client can do anything and the sandbox holds every request that has no answer yet.
    pub(crate) async fn settle(&self) -> Result<(), String> {
        let began = std::time::Instant::now();
        loop {
            self.run_clients().await?;
            let (begun, ended, reading, _) = self.pulse();
            let idle = self.control.idle(begun).await?;
            let on_their_way = begun - ended + reading;
            if idle.idle && idle.received >= begun && idle.held + idle.delayed == on_their_way {
                let before = self.pulse();
                self.run_clients().await?;
                if self.pulse() == before {
                    return Ok(());
                }
            }
            if began.elapsed() > self.give_up {
                return Err(format!(
                    "no rest after {} s: the clients have begun {begun} requests and wait for {on_their_way}; the sandbox has received {}, holds {} and delays {}",
                    self.give_up.as_secs(),
                    idle.received,
                    idle.held,
                    idle.delayed
                ));
            }
        }
    }

    /// Gives all tasks their turns until nothing happens any more, and lets each client take in answers that nobody waits for.
    async fn run_clients(&self) -> Result<(), String> {
        let began = std::time::Instant::now();
        let mut before = self.pulse();
        let mut quiet = 0;
        while quiet < QUIET_TURNS {
            yield_now().await;
            for client in self.clients.values().flatten() {
                let _ = client.source().explain();
            }
            let now = self.pulse();
            quiet = if now == before { quiet + 1 } else { 0 };
            before = now;
            if began.elapsed() > self.give_up {
                return Err("a client goes on and on without coming to rest".to_owned());
            }
        }
        Ok(())
    }

    fn pulse(&self) -> Pulse {
        let Turns { polls, reading } = &*self.tasks.0;
        // Ended first: what begins in between cannot make it more than has begun.
        let ended = self.traffic.ended();
        (self.traffic.begun(), ended, reading.load(SeqCst), polls.load(SeqCst))
    }

    /// Moves all clocks, stopping wherever an answer or a timer is due: first the sandbox's answers, then the clients' timers.
    pub(crate) async fn advance(&self, ms: u64) -> Result<(), String> {
        self.settle().await?;
        let mut left = ms;
        loop {
            let step = [self.time.next_due_ms(), self.next_answer_ms().await?].into_iter().flatten().fold(left, u64::min);
            // The clients' clocks first: while the sandbox's is moved, answers that are due may come already.
            self.time.pass(step);
            self.control.advance(step).await?;
            left -= step;
            self.settle().await?;
            if self.time.fire() > 0 {
                self.settle().await?;
            }
            if left == 0 && self.time.next_due_ms() != Some(0) {
                return Ok(());
            }
        }
    }

    async fn next_answer_ms(&self) -> Result<Option<u64>, String> {
        match self.control.idle(0).await?.next_due_ms {
            Some(due_ms) => Ok(Some(due_ms.saturating_sub(self.control.now_ms().await?))),
            None => Ok(None),
        }
    }

    /// Moves the sandbox and the clients' wall clock.
    pub(crate) async fn suspend(&self, ms: u64) -> Result<(), String> {
        self.settle().await?;
        self.time.suspend(ms);
        self.control.advance(ms).await?;
        self.settle().await
    }

    /// Ends all calls and clients, and waits until nothing of them is on its way.
    pub(crate) async fn stop(mut self) {
        self.calls.values().flatten().for_each(Call::stop);
        self.clients.clear();
        let began = std::time::Instant::now();
        while self.traffic.ended() < self.traffic.begun() && began.elapsed() < self.give_up {
            yield_now().await;
        }
    }

    /// Moves the clients' wall clock.
    pub(crate) async fn step_wall(&self, ms: i64) -> Result<(), String> {
        self.settle().await?;
        self.time.step_wall(ms);
        self.settle().await
    }
}

impl Tasks {
    /// Notes that the runner itself reads the body of an answer, until the guard is dropped.
    pub(crate) fn reading(&self) -> Reading {
        self.0.reading.fetch_add(1, SeqCst);
        Reading(self.clone())
    }
}

/// A body that the runner reads.
pub(crate) struct Reading(Tasks);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.0.reading.fetch_sub(1, SeqCst);
    }
}
