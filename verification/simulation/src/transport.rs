//! The client's way to the token server: it obeys what the plan says of each request.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
};

use evertoken::{
    Code, Outcome, Response,
    driver::{Attempt, Transport},
};
use futures::future::{Either, pending, select};

use crate::{
    plan::{Behaviour, Fate},
    server::Server,
    time::VirtualTime,
    watch::{Watch, Watching},
};

/// A transport whose requests meet what a plan says.
pub struct SimulatedTransport {
    pub(crate) server: Rc<RefCell<Server>>,
    pub(crate) time: VirtualTime,
    pub(crate) watch: Option<Watching>,
    /// From the second request on it doubles lifetimes: somebody has to find out.
    pub(crate) lies: bool,
}

impl Transport for SimulatedTransport {
    type Flight = Pin<Box<dyn Future<Output = Outcome>>>;

    fn start(&self, attempt: Attempt) -> Self::Flight {
        let number = attempt.number();
        let behaviour = self.server.borrow_mut().behave();
        let connection = Connection::open(self.watch.clone(), number, behaviour);
        let (server, time) = (Rc::clone(&self.server), self.time.clone());
        let stated = Rc::new(Cell::new(None));
        let (state, lies) = (Rc::clone(&stated), self.lies);
        let run = attempt.run(move |request| {
            let (server, time, state) = (Rc::clone(&server), time.clone(), Rc::clone(&state));
            async move {
                time.travel(behaviour.up_ms).await;
                if matches!(behaviour.fate, Fate::Hangs | Fate::Dropped) {
                    return pending::<Result<Response, evertoken::Error>>().await;
                }
                if behaviour.fate == Fate::RequestLost {
                    return Err(Code::TransportFailed.into());
                }
                let answer = server.borrow_mut().act(&request, behaviour.fate, time.truth());
                state.set(server.borrow_mut().take_stated());
                time.travel(behaviour.down_ms).await;
                if behaviour.fate == Fate::AnswerLost {
                    return Err(Code::TransportFailed.into());
                }
                Ok(answer)
            }
        });
        let gone = self.time.travel(behaviour.up_ms);
        Box::pin(async move {
            let mut outcome = if behaviour.fate == Fate::Dropped {
                match select(Box::pin(run), gone).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => Outcome::Failed { error: Code::Cancelled.into(), retry_after_ms: None },
                }
            } else {
                run.await
            };
            if let (true, 2.., Outcome::Granted { lifetime_ms, .. }) = (lies, number, &mut outcome) {
                *lifetime_ms *= 2;
            }
            connection.close(&outcome, stated.get());
            outcome
        })
    }
}

/// A request on its way, as its server sees it; one that is dropped is told as aborted.
struct Connection {
    watch: Option<Watching>,
    number: u64,
    closed: bool,
}

impl Connection {
    fn open(watch: Option<Watching>, number: u64, behaviour: Behaviour) -> Self {
        Watch::with(watch.as_ref(), |watch| watch.opened(number, behaviour));
        Self { watch, number, closed: false }
    }

    fn close(mut self, outcome: &Outcome, stated_ms: Option<u64>) {
        self.closed = true;
        Watch::with(self.watch.as_ref(), |watch| watch.closed(self.number, outcome, stated_ms));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.closed {
            Watch::with(self.watch.as_ref(), |watch| watch.aborted(self.number));
        }
    }
}
