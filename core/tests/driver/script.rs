//! A transport that answers when a test says so.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use evertoken::{
    AccessToken, Code, Outcome,
    driver::{Attempt, Transport},
};

/// A transport whose flights end by [`Script::end`]; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    flights: Vec<Entry>,
    panics_in_start: bool,
    /// What the next flight ends with at its first poll.
    ready: Option<Outcome>,
}

#[derive(Default)]
struct Entry {
    outcome: Option<Ending>,
    waker: Option<Waker>,
    polls: usize,
    dropped: bool,
    abort_after_ms: u64,
}

enum Ending {
    Outcome(Outcome),
    Panic,
}

pub(crate) struct ScriptedFlight {
    script: Script,
    index: usize,
}

impl Script {
    /// How many attempts were started.
    pub(crate) fn started(&self) -> usize {
        self.0.lock().unwrap().flights.len()
    }

    /// Ends the flight of a number (from 1).
    pub(crate) fn end(&self, number: usize, outcome: Outcome) {
        self.finish(number, Ending::Outcome(outcome));
    }

    /// Ends it as a transport does whose task is gone.
    pub(crate) fn lose(&self, number: usize) {
        self.end(number, failed(Code::Cancelled));
    }

    /// Makes its next poll panic.
    pub(crate) fn panic(&self, number: usize) {
        self.finish(number, Ending::Panic);
    }

    pub(crate) fn panic_in_start(&self, panics: bool) {
        self.0.lock().unwrap().panics_in_start = panics;
    }

    /// Makes the next flight end at its first poll.
    pub(crate) fn end_at_once(&self, outcome: Outcome) {
        self.0.lock().unwrap().ready = Some(outcome);
    }

    pub(crate) fn is_dropped(&self, number: usize) -> bool {
        self.0.lock().unwrap().flights[number - 1].dropped
    }

    pub(crate) fn polls(&self, number: usize) -> usize {
        self.0.lock().unwrap().flights[number - 1].polls
    }

    pub(crate) fn abort_after_ms(&self, number: usize) -> u64 {
        self.0.lock().unwrap().flights[number - 1].abort_after_ms
    }

    fn finish(&self, number: usize, ending: Ending) {
        let mut state = self.0.lock().unwrap();
        let flight = &mut state.flights[number - 1];
        flight.outcome = Some(ending);
        let waker = flight.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Transport for Script {
    type Flight = ScriptedFlight;

    fn start(&self, attempt: Attempt) -> ScriptedFlight {
        let mut state = self.0.lock().unwrap();
        let outcome = state.ready.take().map(Ending::Outcome);
        state.flights.push(Entry { outcome, abort_after_ms: attempt.abort_after_ms(), ..Entry::default() });
        let (index, panics) = (state.flights.len() - 1, state.panics_in_start);
        drop(state);
        assert!(!panics, "a transport that panics");
        ScriptedFlight { script: self.clone(), index }
    }
}

impl Future for ScriptedFlight {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.script.0.lock().unwrap();
        let flight = &mut state.flights[self.index];
        flight.polls += 1;
        match flight.outcome.take() {
            Some(Ending::Outcome(outcome)) => Poll::Ready(outcome),
            Some(Ending::Panic) => {
                drop(state);
                panic!("a flight that panics")
            }
            None => {
                flight.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for ScriptedFlight {
    fn drop(&mut self) {
        self.script.0.lock().unwrap().flights[self.index].dropped = true;
    }
}

pub(crate) fn token(name: &str) -> AccessToken {
    AccessToken::new("Authorization", "Bearer ", name)
}

pub(crate) fn granted(name: &str, lifetime_ms: u64) -> Outcome {
    Outcome::Granted { token: token(name), lifetime_ms }
}

pub(crate) fn failed(code: Code) -> Outcome {
    Outcome::Failed { error: code.into(), retry_after_ms: None }
}
