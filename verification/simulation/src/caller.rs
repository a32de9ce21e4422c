//! Callers: what a program does with a source, and what it makes of the answers.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use evertoken::{
    Error, Judgement, Snapshot,
    driver::{HeaderOptions, Recovery, Rejection, TokenSource, Unrecovered},
    judge,
};

use crate::{
    matrix::Fault,
    server::Server,
    time::VirtualTime,
    transport::SimulatedTransport,
    watch::{Watch, Watching},
};

/// The source under test.
pub type Source = TokenSource<SimulatedTransport, VirtualTime, VirtualTime>;

/// How long an API's message travels, one way.
const API_MS: u64 = 15;

/// What callers share.
#[derive(Clone)]
pub(crate) struct Callers {
    pub(crate) source: Source,
    pub(crate) server: Rc<RefCell<Server>>,
    pub(crate) time: VirtualTime,
    pub(crate) watch: Watching,
}

/// What a caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The header alone, or the API's answer to a request.
    pub request: bool,
    /// How long the token must still live.
    pub min_valid_ms: u64,
    /// How long the caller waits for tokens; as long as documented if absent.
    pub patience_ms: Option<u64>,
    /// The request can be sent again.
    pub replayable: bool,
    /// Which replica answers.
    pub replica: u32,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With a header.
    Served(Arc<Snapshot>),
    /// Without one.
    Failed(Error),
    /// With an answer of the API, after so many rejections.
    Answered {
        /// Its status.
        status: u16,
        /// How often its token was rejected.
        rejections: u32,
        /// Why the API's own answer was given to the caller.
        surfaced: Option<Unrecovered>,
    },
}

impl Callers {
    /// Asks for the header.
    pub(crate) async fn headers(self, call: u32, asked: Asked) {
        let ended = match self.obtain(asked).await {
            Ok(snapshot) => Ended::Served(snapshot),
            Err(error) => Ended::Failed(error),
        };
        self.end(call, ended);
    }

    /// Sends a request, and recovers when its token is rejected.
    pub(crate) async fn request(self, call: u32, asked: Asked) {
        let until_mono = asked.patience_ms.map(|ms| self.time.instant().mono.saturating_add(ms));
        let mut snapshot = match self.obtain(asked).await {
            Ok(snapshot) => snapshot,
            Err(error) => return self.end(call, Ended::Failed(error)),
        };
        let mut rejections = 0;
        loop {
            self.used(&snapshot);
            let status = self.send(&snapshot, asked.replica).await;
            let Some(status) = status else {
                rejections += 1;
                let rejection = Rejection {
                    generation: snapshot.generation,
                    replayable: asked.replayable,
                    retried: rejections > 1,
                    patience_ms: until_mono.map(|until| until.saturating_sub(self.time.instant().mono)),
                };
                match self.source.rejected(rejection).await {
                    Recovery::RetryWith(next) => {
                        Watch::with(Some(&self.watch), |watch| watch.retried(call, asked, rejections, &snapshot, &next));
                        snapshot = next;
                        continue;
                    }
                    Recovery::Surface(why) => return self.end(call, Ended::Answered { status: 401, rejections, surfaced: Some(why) }),
                }
            };
            return self.end(call, Ended::Answered { status, rejections, surfaced: None });
        }
    }

    async fn obtain(&self, asked: Asked) -> Result<Arc<Snapshot>, Error> {
        let options = HeaderOptions { min_valid_ms: asked.min_valid_ms, patience_ms: asked.patience_ms };
        self.source.headers_with(options).await
    }

    /// Sends the request once; `None` if the API's answer is to be reported as a rejection of the token.
    async fn send(&self, snapshot: &Snapshot, replica: u32) -> Option<u16> {
        self.time.travel(API_MS).await;
        let (answer, stray) = self.server.borrow_mut().call_api(snapshot.token.token(), replica, self.time.truth());
        self.time.travel(API_MS).await;
        let api = self.source.grant().api();
        if !api.inspects(answer.status) {
            return Some(answer.status);
        }
        match judge(api, answer.status, &answer.headers, Some(&answer.body)) {
            Judgement::TokenRejected => {
                Watch::with(Some(&self.watch), |watch| watch.hit(if stray { Fault::Stray } else { Fault::Rejection }));
                None
            }
            Judgement::Fine => Some(answer.status),
        }
    }

    fn used(&self, snapshot: &Snapshot) {
        let truth = self.time.truth();
        let issued = self.server.borrow().token(snapshot.token.token()).cloned();
        Watch::with(Some(&self.watch), |watch| watch.used(snapshot, issued.as_ref(), truth));
    }

    fn end(&self, call: u32, ended: Ended) {
        if let Ended::Served(snapshot) = &ended {
            self.used(snapshot);
        }
        Watch::with(Some(&self.watch), |watch| watch.ended(call, ended));
    }
}
