//! What a source is made of.

use alloc::{boxed::Box, sync::Arc};
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    task::Waker,
};

use crate::{
    error::Error,
    event::Event,
    io::{Input, Step},
    machine::Machine,
    policy::Policy,
    provider::{Credentials, Grant},
    time::Now,
};

use super::{
    clock::Clock,
    listener::{Listen, Listener},
    published::Published,
    shell::{Shell, State, Watch},
    slot::Slot,
    source::TokenSource,
    sync::Mutex,
    timer::Timer,
    transport::Transport,
    waiters::Waiters,
};

/// Tells the sources of a process apart.
static SOURCES: AtomicU64 = AtomicU64::new(1);

/// A [`TokenSource`] in the making.
#[must_use = "build() makes the source"]
pub struct Builder<Tr, Ti, C = super::SystemClock> {
    grant: Grant,
    credentials: Credentials,
    transport: Tr,
    timer: Ti,
    clock: C,
    policy: Policy,
    listen: Option<Listen>,
    watch: Option<Watch>,
}

impl<Tr: Transport, Ti: Timer, C: Clock> Builder<Tr, Ti, C> {
    pub(super) fn new(grant: Grant, credentials: Credentials, transport: Tr, timer: Ti, clock: C) -> Self {
        Self { grant, credentials, transport, timer, clock, policy: Policy::default(), listen: None, watch: None }
    }

    /// Sets the numbers of the behaviour.
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the clock, as a test does that runs in virtual time; the timer has to follow it.
    pub fn with_clock<D: Clock>(self, clock: D) -> Builder<Tr, Ti, D> {
        let Self { grant, credentials, transport, timer, policy, listen, watch, .. } = self;
        Builder { grant, credentials, transport, timer, clock, policy, listen, watch }
    }

    /// Sets who is told what happened: one event after another, in their order, on the thread of some caller.
    ///
    /// No lock is held: the listener may call back into the source. It should be quick, as that caller waits for it.
    pub fn on_event(mut self, listen: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listen = Some(Box::new(listen));
        self
    }

    /// Sets who sees each call of the machine: the time, what went in, what came out. Meant for tests and for reports of faults.
    ///
    /// A [`trace::Recorder`](crate::trace::Recorder) behind a lock makes a trace of it that holds no token. Other than
    /// [`Builder::on_event`] it is called under the source's lock: it must not call back into the source.
    pub fn on_step(mut self, watch: impl Fn(Now, &Input, &Step) + Send + Sync + 'static) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Makes the source; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`Code::InvalidOption`](crate::Code::InvalidOption) for a policy that [`Policy::validate`] refuses.
    pub fn build(self) -> Result<TokenSource<Tr, Ti, C>, Error> {
        let source = SOURCES.fetch_add(1, Ordering::Relaxed);
        let waiters = Arc::new(Waiters::default());
        let state = State {
            machine: Machine::new(self.policy.clone())?,
            credentials: Arc::new(self.credentials),
            slot: Slot::default(),
            wake_at: None,
            generation: 0,
        };
        Ok(TokenSource::from_shell(Shell {
            source,
            grant: Arc::new(self.grant),
            transport: self.transport,
            timer: self.timer,
            clock: Arc::new(self.clock),
            policy: Arc::new(self.policy),
            published: Published::new(source),
            waker: Waker::from(Arc::clone(&waiters)),
            waiters,
            listener: Listener::new(self.listen),
            watch: self.watch,
            state: Mutex::new(state),
        }))
    }
}

impl<Tr, Ti, C> fmt::Debug for Builder<Tr, Ti, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("grant", &self.grant).field("policy", &self.policy).finish_non_exhaustive()
    }
}
