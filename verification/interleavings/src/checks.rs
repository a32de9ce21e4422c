//! Small programs of two or three threads and what must hold however they meet.

use std::{
    future::{Future, Pending, pending},
    pin::{Pin, pin},
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicU64 as Count, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};

use loom::{
    future::block_on,
    sync::Mutex,
    thread::{self, JoinHandle},
};

use super::{
    Attempt, Clock, Timer, TokenSource, Transport,
    listener::Listener,
    published::Published,
    sync::{AtomicBool, Ordering},
};
use evertoken::{AccessToken, Code, Credentials, Event, Grant, Instant, Outcome, Provider, Snapshot, url};

const HOUR: u64 = 3_600_000;
const NOW: Instant = Instant { mono: 1_000, wall: 1_700_000_000_000 };

/// Runs a program in every order with at most so many preemptions; says in how many.
fn explore(preemptions: usize, program: impl Fn() + Send + Sync + 'static) {
    let count = Arc::new(Count::new(0));
    let (counted, started) = (Arc::clone(&count), std::time::Instant::now());
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 20_000;
    let program = Arc::new(program);
    model.check(move || {
        counted.fetch_add(1, SeqCst);
        let program = Arc::clone(&program);
        spawn(move || program()).join().unwrap();
    });
    println!("{} orders, {} ms", count.load(SeqCst), started.elapsed().as_millis());
}

/// Starts a thread; what loom gives one by itself is too small for code that is not optimised.
fn spawn<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    thread::Builder::new().stack_size(STACK_WORDS).spawn(run).unwrap()
}

const STACK_WORDS: usize = 64 * 1024;

struct Still;

impl Clock for Still {
    fn now(&self) -> Instant {
        NOW
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

/// A transport whose flights end when the program says so.
#[derive(Clone)]
struct Tower {
    ground: Arc<Mutex<Ground>>,
}

#[derive(Default)]
struct Ground {
    started: u64,
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

struct Flight {
    ground: Arc<Mutex<Ground>>,
}

impl Tower {
    fn new() -> Self {
        Self { ground: Arc::new(Mutex::new(Ground::default())) }
    }

    /// Ends the flight, now or as soon as there is one, and wakes who polled it last.
    fn end(&self, outcome: Outcome) {
        let waker = {
            let mut ground = self.ground.lock().unwrap();
            ground.outcome = Some(outcome);
            ground.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    /// Asks for a poll though nothing has ended.
    fn stir(&self) {
        let waker = self.ground.lock().unwrap().waker.clone();
        waker.into_iter().for_each(Waker::wake);
    }

    fn started(&self) -> u64 {
        self.ground.lock().unwrap().started
    }
}

impl Transport for Tower {
    type Flight = Flight;

    fn start(&self, _: Attempt) -> Flight {
        self.ground.lock().unwrap().started += 1;
        Flight { ground: Arc::clone(&self.ground) }
    }
}

impl Future for Flight {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut ground = self.ground.lock().unwrap();
        match ground.outcome.clone() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                ground.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // A waker holds the seats, and those the wakers of callers: no circle is left behind.
        if !std::thread::panicking() {
            let waker = self.ground.lock().unwrap().waker.take();
            drop(waker);
        }
    }
}

fn granted() -> Outcome {
    Outcome::Granted { token: AccessToken::new("Authorization", "Bearer ", "made-up"), lifetime_ms: HOUR }
}

fn source(tower: &Tower) -> TokenSource<Tower, NoTimer, Still> {
    static GRANT: OnceLock<Grant> = OnceLock::new();
    let grant = GRANT.get_or_init(|| evertoken::provider::builtin::didomi().build(url::parse).unwrap());
    TokenSource::builder(grant.clone(), Credentials::key("a", "b"), tower.clone(), NoTimer).with_clock(Still).build().unwrap()
}

/// A flight is stirred and then ends while a passer-by polls it, who does not wait: the one who waits is answered.
pub fn an_end_that_is_noted_while_another_polls_is_collected() {
    explore(2, || {
        let tower = Tower::new();
        let source = source(&tower);
        let passing = source.clone();
        let passer_by = spawn(move || drop(passing.explain()));
        let ending = tower.clone();
        let server = spawn(move || {
            ending.stir();
            ending.end(granted());
        });
        assert!(block_on(source.token()).is_ok());
        passer_by.join().unwrap();
        server.join().unwrap();
        assert_eq!(tower.started(), 1);
    });
}

/// Whenever the flight ends, the caller that waits for it is woken.
pub fn a_settled_ticket_wakes_its_caller() {
    explore(3, || {
        let tower = Tower::new();
        let source = source(&tower);
        let ending = tower.clone();
        let server = spawn(move || ending.end(granted()));
        assert!(block_on(source.token()).is_ok());
        server.join().unwrap();
    });
}

/// A caller is answered by whoever collects the end, though itself has not looked yet.
pub fn a_ticket_that_another_caller_settles_wakes_its_caller() {
    explore(2, || {
        let tower = Tower::new();
        tower.end(granted());
        let source = source(&tower);
        let other = source.clone();
        let caller = spawn(move || assert!(block_on(other.token()).is_ok()));
        assert!(block_on(source.token()).is_ok());
        caller.join().unwrap();
        assert_eq!(tower.started(), 1);
    });
}

/// Callers that come at once are served by one attempt.
pub fn callers_at_once_start_one_attempt() {
    explore(1, || {
        let tower = Tower::new();
        tower.end(granted());
        let source = source(&tower);
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let source = source.clone();
                spawn(move || assert!(block_on(source.token()).is_ok()))
            })
            .collect();
        assert!(block_on(source.token()).is_ok());
        for caller in callers {
            caller.join().unwrap();
        }
        assert_eq!(tower.started(), 1, "one attempt for all");
    });
}

/// A caller that gives up at any moment takes nobody's answer along.
pub fn a_caller_that_gives_up_takes_no_answer_along() {
    explore(2, || {
        let tower = Tower::new();
        let source = source(&tower);
        let leaving = source.clone();
        let impatient = spawn(move || {
            let mut call = pin!(leaving.token());
            let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        });
        let ending = tower.clone();
        let server = spawn(move || ending.end(granted()));
        assert!(block_on(source.token()).is_ok());
        impatient.join().unwrap();
        server.join().unwrap();
        assert_eq!(tower.started(), 1);
    });
}

/// Closing ends every call, whatever it was doing.
pub fn closing_wakes_all() {
    explore(2, || {
        let tower = Tower::new();
        let source = source(&tower);
        let waiting = source.clone();
        let caller = spawn(move || assert_eq!(block_on(waiting.token()).unwrap_err().code, Code::Closed));
        let driving = source.drive();
        let driver = spawn(move || block_on(driving));
        source.close();
        caller.join().unwrap();
        driver.join().unwrap();
    });
}

/// The last handle ends the driver, which has none.
pub fn dropping_wakes_drivers() {
    explore(3, || {
        let source = source(&Tower::new());
        let driving = source.drive();
        // Handles are counted by std, which loom does not see: what it sees is who comes first here.
        let gate = Arc::new(Mutex::new(()));
        let own = Arc::clone(&gate);
        let driver = spawn(move || {
            drop(own.lock().unwrap());
            block_on(driving);
        });
        drop(gate.lock().unwrap());
        drop(source);
        driver.join().unwrap();
    });
}

fn snapshot(generation: u64) -> Arc<Snapshot> {
    let token = AccessToken::new("Authorization", "Bearer ", "not-a-token");
    Arc::new(Snapshot { generation, revision: 1, token, ask_at: NOW, use_until: NOW, issued_at: NOW, lifetime_ms: 1 })
}

fn generation(published: &Published) -> u64 {
    published.get().map_or(0, |snapshot| snapshot.generation)
}

/// A thread never reads an older snapshot than before, and the newest once it knows that it is there.
pub fn no_thread_reads_an_older_snapshot_than_before() {
    explore(3, || {
        let published = Arc::new(Published::new(1));
        published.publish(Some(snapshot(1)));
        let told = Arc::new(AtomicBool::new(false));
        let (reading, hearing) = (Arc::clone(&published), Arc::clone(&told));
        let reader = spawn(move || {
            let first = generation(&reading);
            let heard = hearing.load(Ordering::Acquire);
            let second = generation(&reading);
            assert!(first <= second, "{second} after {first}");
            assert!(!heard || second == 2, "{second}, though 2 was published before");
        });
        published.publish(Some(snapshot(2)));
        told.store(true, Ordering::Release);
        reader.join().unwrap();
        assert_eq!(generation(&published), 2);
    });
}

/// What one thread has read and told of, another one does not undercut: a call may go on on another thread.
pub fn no_thread_reads_an_older_snapshot_than_another_told_of() {
    explore(3, || {
        let published = Arc::new(Published::new(1));
        published.publish(Some(snapshot(1)));
        let seen = Arc::new(super::sync::AtomicU64::new(0));
        let (reading, telling) = (Arc::clone(&published), Arc::clone(&seen));
        let first = spawn(move || telling.store(generation(&reading), Ordering::Release));
        let (reading, hearing) = (Arc::clone(&published), Arc::clone(&seen));
        let second = spawn(move || {
            // Has a copy of its own from before.
            let _ = generation(&reading);
            let told = hearing.load(Ordering::Acquire);
            let own = generation(&reading);
            assert!(told <= own, "{own}, though another thread had {told}");
        });
        published.publish(Some(snapshot(2)));
        first.join().unwrap();
        second.join().unwrap();
    });
}

/// The copy of a reader that comes just then does not outlive the snapshot.
pub fn a_replaced_snapshot_is_kept_by_nobody() {
    explore(3, || {
        let published = Arc::new(Published::new(1));
        let own = snapshot(1);
        published.publish(Some(Arc::clone(&own)));
        let reading = Arc::clone(&published);
        let reader = spawn(move || reading.get().map_or_else(Weak::new, |copy| Arc::downgrade(&copy)));
        published.publish(None);
        let copy = reader.join().unwrap();
        // The model of the swap keeps what was stored in it; what counts are the copies.
        let kept = copy.upgrade().is_some_and(|copy| !Arc::ptr_eq(&copy, &own));
        assert!(!kept, "a token that was retracted is kept alive");
    });
}

/// Each event is heard once, in order, though two threads bring them.
pub fn every_event_is_heard_once() {
    explore(3, || {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        let listener = Arc::new(Listener::new(Some(Box::new(move |event: &Event| hearing.lock().unwrap().push(event.clone())))));
        let other = Arc::clone(&listener);
        let caller = spawn(move || {
            other.push(Event::Expired { generation: 1 });
            other.deliver();
        });
        listener.push(Event::Expired { generation: 2 });
        listener.deliver();
        caller.join().unwrap();
        assert_eq!(heard.lock().unwrap().len(), 2, "an event was not heard");
    });
}
