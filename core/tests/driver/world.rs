//! A source, its scripted transport and its callers, in virtual time on one thread.

use std::{cell::RefCell, future::Future, rc::Rc, sync::Arc};

use evertoken::{
    Error, Policy, Snapshot,
    driver::{Builder, HeaderOptions, TokenSource},
};
use futures::{
    executor::{LocalPool, LocalSpawner},
    future::{AbortHandle, abortable},
    task::LocalSpawnExt,
};

use crate::{
    grant::{credentials, grant},
    script::{Script, granted},
    time::VirtualTime,
};

pub(crate) type Source = TokenSource<Script, VirtualTime, VirtualTime>;

/// One hour.
pub(crate) const HOUR: u64 = 3_600_000;

pub(crate) struct World {
    pub(crate) time: VirtualTime,
    pub(crate) script: Script,
    pub(crate) source: Source,
    pool: LocalPool,
    spawner: LocalSpawner,
}

/// A task in a world.
pub(crate) struct Task<T> {
    result: Rc<RefCell<Option<T>>>,
    abort: AbortHandle,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(events: impl Fn(&evertoken::Event) + Send + Sync + 'static) -> Self {
        Self::built(|builder| builder.on_event(events))
    }

    pub(crate) fn built(
        build: impl FnOnce(Builder<Script, VirtualTime, VirtualTime>) -> Builder<Script, VirtualTime, VirtualTime>,
    ) -> Self {
        let (time, script) = (VirtualTime::new(), Script::default());
        let builder = TokenSource::builder(grant(), credentials(), script.clone(), time.clone())
            .with_policy(Policy { window_spread_divisor: 1_000_000, ..Policy::default() })
            .with_clock(time.clone());
        let source = build(builder).build().unwrap();
        let pool = LocalPool::new();
        let spawner = pool.spawner();
        Self { time, script, source, pool, spawner }
    }

    /// A world whose source holds a token of this lifetime, from attempt 1.
    pub(crate) fn holding(lifetime_ms: u64) -> Self {
        let mut world = Self::new();
        world.fetch(lifetime_ms);
        world
    }

    pub(crate) fn fetch(&mut self, lifetime_ms: u64) {
        let first = self.headers();
        self.script.end(1, granted("token-1", lifetime_ms));
        self.run();
        assert_eq!(first.token(), "token-1");
    }

    /// Starts a task and runs it as far as it goes.
    pub(crate) fn spawn<T: 'static>(&mut self, task: impl Future<Output = T> + 'static) -> Task<T> {
        let result = Rc::new(RefCell::new(None));
        let (task, abort) = abortable(task);
        let set = Rc::clone(&result);
        self.spawner
            .spawn_local(async move {
                if let Ok(value) = task.await {
                    set.replace(Some(value));
                }
            })
            .unwrap();
        self.run();
        Task { result, abort }
    }

    pub(crate) fn headers(&mut self) -> Task<Result<Arc<Snapshot>, Error>> {
        self.headers_with(HeaderOptions::default())
    }

    pub(crate) fn headers_with(&mut self, options: HeaderOptions) -> Task<Result<Arc<Snapshot>, Error>> {
        let source = self.source.clone();
        self.spawn(async move { source.headers_with(options).await })
    }

    pub(crate) fn patient(&mut self, patience_ms: u64) -> Task<Result<Arc<Snapshot>, Error>> {
        self.headers_with(HeaderOptions { patience_ms: Some(patience_ms), ..HeaderOptions::default() })
    }

    pub(crate) fn run(&mut self) {
        self.pool.run_until_stalled();
    }

    /// Lets time pass, stopping at each timer that is due on the way.
    pub(crate) fn advance(&mut self, ms: u64) {
        let end = self.time.mono() + ms;
        loop {
            self.run();
            let left = end - self.time.mono();
            let step = self.time.next_ms().unwrap_or(left).min(left);
            self.time.advance(step);
            if step == left {
                self.run();
                return;
            }
        }
    }
}

impl<T> Task<T> {
    pub(crate) fn is_done(&self) -> bool {
        self.result.borrow().is_some()
    }

    /// Cancels the task, as dropping a future does.
    pub(crate) fn cancel(&self) {
        self.abort.abort();
    }
}

impl<T: Clone> Task<T> {
    pub(crate) fn result(&self) -> T {
        self.result.borrow().clone().expect("the task still waits")
    }
}

impl Task<Result<Arc<Snapshot>, Error>> {
    pub(crate) fn token(&self) -> String {
        self.result().unwrap().token.token().to_owned()
    }

    pub(crate) fn code(&self) -> &'static str {
        self.result().unwrap_err().code.as_str()
    }
}
