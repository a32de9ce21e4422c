//! What becomes of a call whose token an API has rejected.

use alloc::sync::Arc;

use crate::{
    error::{Code, Error},
    io::{Input, Snapshot, SurfaceReason},
};

use super::{
    call::Patience,
    clock::Clock,
    shell::{Ruling, Shell},
    timer::Timer,
    transport::Transport,
};

/// A call whose token an API has rejected, as [`judge`](crate::judge()) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The generation of the snapshot that was sent.
    pub generation: u64,
    /// The request can be sent again: its body is still there.
    pub replayable: bool,
    /// The call was already retried.
    pub retried: bool,
    /// What is left of the call's patience, in milliseconds; [`Policy::patience_ms`](crate::Policy::patience_ms) if `None`.
    pub patience_ms: Option<u64>,
}

impl Rejection {
    /// Describes the first rejection of a call that can be sent again.
    #[must_use]
    pub const fn new(snapshot: &Snapshot) -> Self {
        Self { generation: snapshot.generation, replayable: true, retried: false, patience_ms: None }
    }
}

/// What to do with a call whose token an API has rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the call is sent again or its answer is given to the caller"]
pub enum Recovery {
    /// Send the request again with this snapshot; the call counts as retried from here on.
    RetryWith(Arc<Snapshot>),
    /// Give the caller the API's own answer.
    Surface(Unrecovered),
}

/// Why a rejected call gets the API's own answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unrecovered {
    /// A rule said so.
    Ruled(SurfaceReason),
    /// No other token came: the rejected one was confirmed.
    SameToken,
    /// The token endpoint gave no other token.
    Failed(Error),
}

impl<Tr: Transport, Ti: Timer, C: Clock> Shell<Tr, Ti, C> {
    pub(super) async fn recover(&self, rejection: Rejection) -> Recovery {
        if let Err(error) = self.refuse_reentry() {
            return Recovery::Surface(Unrecovered::Failed(error));
        }
        let Rejection { generation, replayable, retried, .. } = rejection;
        let patience = self.patience(rejection.patience_ms);
        let patience_ms = self.left_ms(patience);
        match self.enter(Input::Rejected { generation, replayable, retried, patience_ms }) {
            Ruling::Use(snapshot) | Ruling::RetryWith(snapshot) => Recovery::RetryWith(snapshot),
            Ruling::RetryAfter { ms } => self.retry_after(ms, patience).await,
            Ruling::Wait { seat, until_mono } => match self.wait(&seat, until_mono).await {
                Some(Ok(snapshot)) if snapshot.generation == generation => Recovery::Surface(Unrecovered::SameToken),
                Some(Ok(snapshot)) => Recovery::RetryWith(snapshot),
                Some(Err(error)) => Recovery::Surface(Unrecovered::Failed(error)),
                None => Recovery::Surface(Unrecovered::Failed(Code::Deadline.into())),
            },
            Ruling::Surface(reason) => Recovery::Surface(Unrecovered::Ruled(reason)),
            Ruling::Fail(error) => Recovery::Surface(Unrecovered::Failed(error)),
            Ruling::Done => Recovery::Surface(Unrecovered::Failed(Code::Misuse.into())),
        }
    }

    /// The token is young and its API's replicas lag: the same token may do in a moment.
    async fn retry_after(&self, ms: u64, patience: Patience) -> Recovery {
        if ms > self.left_ms(patience) {
            return Recovery::Surface(Unrecovered::Failed(Code::Deadline.into()));
        }
        self.rest(ms).await;
        match self.obtain(0, patience).await {
            Ok(snapshot) => Recovery::RetryWith(snapshot),
            Err(error) => Recovery::Surface(Unrecovered::Failed(error)),
        }
    }
}
