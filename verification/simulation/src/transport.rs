//! The client's way to the token server: it obeys what the plan says of each request.

use std::{cell::RefCell, future::Future, pin::Pin, rc::Rc};

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
}

impl Transport for SimulatedTransport {
    type Flight = Pin<Box<dyn Future<Output = Outcome>>>;

    fn start(&self, attempt: Attempt) -> Self::Flight {
        let number = attempt.number();
        let behaviour = self.server.borrow_mut().behave();
        let connection = Connection::open(self.watch.clone(), number, behaviour);
        let (server, time) = (Rc::clone(&self.server), self.time.clone());
        let run = attempt.run(move |request| {
            let (server, time) = (Rc::clone(&server), time.clone());
            async move {
                time.travel(behaviour.up_ms).await;
                if matches!(behaviour.fate, Fate::Hangs | Fate::Dropped) {
                    return pending::<Result<Response, evertoken::Error>>().await;
                }
                if behaviour.fate == Fate::RequestLost {
                    return Err(Code::TransportFailed.into());
                }
                let answer = server.borrow_mut().act(&request, behaviour.fate, time.truth());
                time.travel(behaviour.down_ms).await;
                if behaviour.fate == Fate::AnswerLost {
                    return Err(Code::TransportFailed.into());
                }
                Ok(answer)
            }
        });
        let gone = self.time.travel(behaviour.up_ms);
        Box::pin(async move {
            let outcome = if behaviour.fate == Fate::Dropped {
                match select(Box::pin(run), gone).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => Outcome::Failed { error: Code::Cancelled.into(), retry_after_ms: None },
                }
            } else {
                run.await
            };
            connection.close(&outcome);
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

    fn close(mut self, outcome: &Outcome) {
        self.closed = true;
        Watch::with(self.watch.as_ref(), |watch| watch.closed(self.number, outcome));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.closed {
            Watch::with(self.watch.as_ref(), |watch| watch.aborted(self.number));
        }
    }
}
