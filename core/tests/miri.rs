//! Eight threads that race over the slot, the seats and the publication, small enough for Miri.
//!
//! `cargo +nightly-2026-05-20 miri test -p evertoken --features driver --test miri` runs it in about a minute;
//! `-Zmiri-many-seeds=0..16` in `MIRIFLAGS` tries other interleavings. Natively it repeats more often.
#![cfg(feature = "driver")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::{
    future::{Future, Pending, pending},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, JoinHandle},
};

use evertoken::{
    AccessToken, Credentials, Grant, Instant, Outcome, Provider,
    driver::{Attempt, Clock, Timer, TokenSource, Transport},
};
use futures::{channel::oneshot, executor::block_on};

const HOUR: u64 = 3_600_000;
const ROUNDS: usize = if cfg!(miri) { 1 } else { 200 };
const THREADS: usize = 8;

#[derive(Clone, Default)]
struct ManualClock(Arc<AtomicU64>);

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        let ms = self.0.load(Ordering::SeqCst);
        Instant { mono: 1_000 + ms, wall: 1_700_000_000_000 + ms }
    }

    fn entropy(&self) -> u64 {
        7
    }
}

struct NoTimer;

impl Timer for NoTimer {
    type Sleep = Pending<()>;

    fn sleep(&self, _: u64) -> Self::Sleep {
        pending()
    }
}

/// Each attempt is a thread that ends it; the token's text is the attempt's number.
#[derive(Clone, Default)]
struct Threads(Arc<Mutex<Vec<JoinHandle<()>>>>);

struct ThreadFlight(oneshot::Receiver<Outcome>);

impl Threads {
    fn join(&self) -> usize {
        let threads = std::mem::take(&mut *self.0.lock().unwrap());
        threads.into_iter().map(|thread| thread.join().unwrap()).count()
    }
}

impl Transport for Threads {
    type Flight = ThreadFlight;

    fn start(&self, attempt: Attempt) -> ThreadFlight {
        let (end, ended) = oneshot::channel();
        self.0.lock().unwrap().push(thread::spawn(move || {
            let _ = end.send(granted(attempt.number()));
        }));
        ThreadFlight(ended)
    }
}

impl Future for ThreadFlight {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        Pin::new(&mut self.0).poll(cx).map(Result::unwrap)
    }
}

fn granted(number: u64) -> Outcome {
    Outcome::Granted { token: AccessToken::new("Authorization", "", &number.to_string()), lifetime_ms: HOUR }
}

fn grant() -> Grant {
    static GRANT: std::sync::OnceLock<Grant> = std::sync::OnceLock::new();
    let made = || Provider::from_json(include_str!("../providers/didomi.json")).unwrap().grant().build(evertoken::url::parse).unwrap();
    GRANT.get_or_init(made).clone()
}

fn source<Tr: Transport>(transport: Tr, clock: &ManualClock) -> TokenSource<Tr, NoTimer, ManualClock> {
    TokenSource::builder(grant(), Credentials::default(), transport, NoTimer).with_clock(clock.clone()).build().unwrap()
}

#[test]
fn callers_on_all_threads_are_answered_by_one_flight() {
    for _ in 0..ROUNDS {
        let transport = Threads::default();
        let source = source(transport.clone(), &ManualClock::default());
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| assert_eq!(block_on(source.token()).unwrap().token(), "1"));
            }
        });
        assert_eq!(transport.join(), 1);
    }
}

#[test]
fn callers_that_give_up_at_any_moment_lose_nobodys_answer() {
    for _ in 0..ROUNDS {
        let transport = Threads::default();
        let source = source(transport.clone(), &ManualClock::default());
        thread::scope(|scope| {
            for _ in 0..THREADS / 2 {
                scope.spawn(|| {
                    let mut call = pin!(source.token());
                    let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                });
                scope.spawn(|| assert_eq!(block_on(source.token()).unwrap().token(), "1"));
            }
        });
        assert_eq!(transport.join(), 1);
    }
}

#[test]
fn a_reader_never_sees_an_older_snapshot_than_before() {
    let (clock, transport) = (ManualClock::default(), Threads::default());
    let source = source(transport.clone(), &clock);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 1..THREADS {
            scope.spawn(|| {
                let mut last = (0, 0);
                while !done.load(Ordering::SeqCst) {
                    if let Some(snapshot) = source.snapshot() {
                        let number = (snapshot.generation, snapshot.revision);
                        assert!(number >= last, "{number:?} after {last:?}");
                        last = number;
                    }
                    let _ = source.with_header(|_, value| assert!(value.parse::<u64>().is_ok()));
                    thread::yield_now();
                }
            });
        }
        for _ in 0..if cfg!(miri) { 4 } else { 2_000 } {
            let snapshot = block_on(source.headers()).unwrap();
            clock.0.fetch_add(2_000, Ordering::SeqCst);
            source.invalidate_snapshot(&snapshot);
        }
        done.store(true, Ordering::SeqCst);
    });
    transport.join();
}

#[test]
fn closing_ends_every_caller_whatever_it_was_doing() {
    for _ in 0..ROUNDS {
        let transport = Threads::default();
        let source = source(transport.clone(), &ManualClock::default());
        let driver = source.drive();
        thread::scope(|scope| {
            scope.spawn(|| block_on(driver));
            for _ in 2..THREADS {
                scope.spawn(|| match block_on(source.token()) {
                    Ok(token) => assert_eq!(token.token(), "1"),
                    Err(error) => assert_eq!(error.code, evertoken::Code::Closed),
                });
            }
            scope.spawn(|| source.close());
        });
        transport.join();
    }
}

/// Needs several polls, each of which another thread asks for while the flight may just be polled.
struct Restless {
    polls: usize,
    wakers: mpsc::Sender<Waker>,
}

impl Future for Restless {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        self.polls += 1;
        if self.polls > 4 {
            return Poll::Ready(granted(1));
        }
        self.wakers.send(cx.waker().clone()).unwrap();
        thread::yield_now();
        Poll::Pending
    }
}

#[test]
fn a_flight_that_wakes_while_it_is_polled_is_polled_again() {
    for _ in 0..ROUNDS {
        let (wakers, wake) = mpsc::channel::<Waker>();
        let started = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&started);
        let transport = move |_: Attempt| {
            count.fetch_add(1, Ordering::SeqCst);
            Restless { polls: 0, wakers: wakers.clone() }
        };
        let source = source(transport, &ManualClock::default());
        let waking = thread::spawn(move || wake.into_iter().for_each(Waker::wake));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| assert_eq!(block_on(source.token()).unwrap().token(), "1"));
            }
        });
        drop(source);
        waking.join().unwrap();
        assert_eq!(started.load(Ordering::SeqCst), 1);
    }
}

/// Wakes itself at each poll; its eighth, the last that one call makes, lets another caller come and find it away.
struct Selfish {
    polls: usize,
    away: mpsc::Sender<()>,
    seen: mpsc::Receiver<()>,
}

impl Future for Selfish {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        self.polls += 1;
        cx.waker().wake_by_ref();
        if self.polls == 8 {
            self.away.send(()).unwrap();
            self.seen.recv().unwrap();
        }
        if self.polls > 8 { Poll::Ready(granted(1)) } else { Poll::Pending }
    }
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_caller_that_came_while_another_polled_is_woken_though_the_other_leaves() {
    let (away, is_away) = mpsc::channel();
    let (have_seen, seen) = mpsc::channel();
    let flight = Mutex::new(Some(Selfish { polls: 0, away, seen }));
    let source = source(move |_: Attempt| flight.lock().unwrap().take().unwrap(), &ManualClock::default());
    let woken = Arc::new(Flag(AtomicBool::new(false)));
    let (left, has_left) = mpsc::channel::<()>();
    let (source, flag) = (&source, &woken);
    thread::scope(|scope| {
        scope.spawn(move || {
            is_away.recv().unwrap();
            let mut call = pin!(source.token());
            assert!(call.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(flag)))).is_pending());
            have_seen.send(()).unwrap();
            let _ = has_left.into_iter().count();
            assert!(flag.0.load(Ordering::SeqCst), "it would wait for ever");
            assert_eq!(block_on(call).unwrap().token(), "1");
        });
        let mut other = Box::pin(source.token());
        assert!(other.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(other);
        drop(left);
    });
}
