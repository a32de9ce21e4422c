//! A simulated world: one client, its callers and its servers, on one thread, in virtual time.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex},
};

use evertoken::{AccessToken, Adopted, Error, driver::TokenSource, machine::Explanation};
use futures::{
    executor::{LocalPool, LocalSpawner},
    future::{AbortHandle, abortable},
    task::LocalSpawnExt,
};

use crate::{
    caller::{Asked, Callers, Source},
    plan::{Behaviour, Dialect, Fate, Plan, Step, Tab},
    server::Server,
    time::VirtualTime,
    transport::SimulatedTransport,
    watch::{Watch, Watching},
};

/// The client under test, its callers and its servers.
pub struct World {
    dialect: Dialect,
    timers_first: bool,
    pub(crate) time: VirtualTime,
    pub(crate) server: Rc<RefCell<Server>>,
    pub(crate) watch: Watching,
    source: Source,
    other: Source,
    pub(crate) other_server: Rc<RefCell<Server>>,
    callers: BTreeMap<u32, AbortHandle>,
    driver: Option<AbortHandle>,
    pool: LocalPool,
    spawner: LocalSpawner,
    key: u32,
}

impl World {
    /// Makes the world that a plan begins with; `story` has it told in words.
    ///
    /// # Errors
    /// A grant or source that does not build.
    pub fn new(plan: &Plan, story: bool) -> Result<Self, Error> {
        Self::made(plan, story, false)
    }

    /// Makes a world whose transport lies: from its second answer on tokens seem to live twice as long.
    ///
    /// # Errors
    /// As [`World::new`].
    pub fn lying(plan: &Plan) -> Result<Self, Error> {
        Self::made(plan, false, true)
    }

    fn made(plan: &Plan, story: bool, lies: bool) -> Result<Self, Error> {
        let time = VirtualTime::new(plan.entropy);
        let watch = Arc::new(Mutex::new(Watch::new(time.clone(), plan.dialect, story)));
        let server = Rc::new(RefCell::new(Server::new(plan.dialect, "main")));
        let other_server = Rc::new(RefCell::new(Server::new(plan.dialect, "other")));
        let watched = Arc::clone(&watch);
        let transport =
            |server: &Rc<RefCell<Server>>, watch| SimulatedTransport { server: Rc::clone(server), time: time.clone(), watch, lies };
        let source = TokenSource::builder(
            plan.dialect.grant("main")?,
            plan.dialect.credentials("main", 0),
            transport(&server, Some(Arc::clone(&watch))),
            time.clone(),
        )
        .with_clock(time.clone())
        .on_step(move |now, input, step| {
            Watch::with(Some(&watched), |watch| watch.stepped(now, input, step));
        })
        .build()?;
        let other = TokenSource::builder(
            plan.dialect.grant("other")?,
            plan.dialect.credentials("other", 0),
            transport(&other_server, None),
            time.clone(),
        )
        .with_clock(time.clone())
        .build()?;
        let pool = LocalPool::new();
        let spawner = pool.spawner();
        let timers_first = plan.timers_first;
        let (dialect, callers, driver) = (plan.dialect, BTreeMap::new(), None);
        Ok(Self { dialect, timers_first, time, server, watch, source, other, other_server, callers, driver, pool, spawner, key: 0 })
    }

    /// Carries out a step.
    pub fn take(&mut self, index: usize, step: &Step) {
        self.look(|watch| {
            watch.step = index;
            watch.tell(|| format!("-- {}", serde_json::to_string(step).unwrap_or_default()));
            watch.hit_by(step);
        });
        match step {
            Step::Advance { ms } => self.advance(*ms),
            Step::Suspend { ms } => {
                self.time.sleep_device(*ms);
                self.look(|watch| watch.reference.allow(2));
                self.arrive();
            }
            Step::WallStep { ms } => {
                self.time.step_wall(*ms);
                self.look(|watch| {
                    watch.clocks_lie |= *ms < 0;
                    watch.reference.allow(u64::from(*ms > 0));
                });
            }
            Step::MonoBack { ms } => {
                self.time.step_mono_back(*ms);
                self.look(|watch| {
                    watch.mono_broken = true;
                    watch.reference.allow(2);
                });
            }
            Step::Headers { call, min_valid_ms, patience_ms } => {
                let asked = Asked { request: false, min_valid_ms: *min_valid_ms, patience_ms: *patience_ms, replayable: true, replica: 0 };
                self.call(*call, asked);
            }
            Step::Request { call, patience_ms, replayable, replica } => {
                let asked = Asked { request: true, min_valid_ms: 0, patience_ms: *patience_ms, replayable: *replayable, replica: *replica };
                self.call(*call, asked);
            }
            Step::Cancel { call } => {
                if let Some(caller) = self.callers.remove(call) {
                    caller.abort();
                    self.look(|watch| watch.cancelled(*call));
                }
            }
            Step::Other { .. } => self.call_other(),
            Step::Invalidate => self.source.invalidate(),
            Step::Retry => self.source.retry(),
            Step::CredentialsChanged { drop_token, key } => {
                self.key = *key;
                self.source.credentials_changed(self.dialect.credentials("main", *key), *drop_token);
            }
            Step::Logout => self.source.logout(),
            Step::Adopt { from, age_ms, ahead_ms, lifetime_ms } => self.adopt(*from, *age_ms, *ahead_ms, *lifetime_ms),
            Step::Drive { on } => self.drive(*on),
            Step::Answers { next } => self.server.borrow_mut().next.extend(next),
            Step::Always { behaviour } => self.server.borrow_mut().always = *behaviour,
            Step::Lifetime { ms } => self.server.borrow_mut().lifetime_ms = *ms,
            Step::Skew { ms } => self.server.borrow_mut().skew_ms = *ms,
            Step::Revoke { all } => self.server.borrow_mut().revoke(*all, self.time.truth()),
            Step::Stray { times } => self.server.borrow_mut().stray = *times,
            Step::Lag { ms } => self.server.borrow_mut().lag_ms = *ms,
            Step::DeleteKey { key } => self.server.borrow_mut().set_key(*key, false),
            Step::CreateKey { key } => self.server.borrow_mut().set_key(*key, true),
            Step::Close => self.close(),
        }
        self.settle();
    }

    /// Lets everything go that can go without time.
    pub(crate) fn settle(&mut self) {
        self.pool.run_until_stalled();
        let complaint = self.server.borrow_mut().complaints.pop();
        let still = self.time.stood_still();
        self.look(|watch| {
            if let Some(complaint) = complaint {
                watch.broken("requests-in-the-vendors-dialect", || complaint);
            }
            watch.ensure(!still, "nothing-turns-in-circles", || "the clocks were read without end".into());
        });
    }

    fn advance(&mut self, ms: u64) {
        let mut left = ms;
        self.pool.run_until_stalled();
        while let Some(next) = self.time.next_ms().filter(|next| *next <= left) {
            self.time.pass(next);
            left -= next;
            self.arrive();
        }
        self.time.pass(left);
        self.arrive();
    }

    /// Brings what has arrived and rings what is due, in the plan's order.
    fn arrive(&mut self) {
        if self.timers_first {
            self.time.ring();
            self.pool.run_until_stalled();
            self.time.deliver();
        } else {
            self.time.deliver();
            self.pool.run_until_stalled();
            self.time.ring();
        }
        self.pool.run_until_stalled();
    }

    fn call(&mut self, call: u32, asked: Asked) {
        let callers = Callers {
            source: self.source.clone(),
            server: Rc::clone(&self.server),
            time: self.time.clone(),
            watch: Arc::clone(&self.watch),
        };
        self.look(|watch| watch.called(call, asked));
        let handle = if asked.request { self.spawn(callers.request(call, asked)) } else { self.spawn(callers.headers(call, asked)) };
        self.callers.insert(call, handle);
        if self.callers.len() > 1_000 {
            // Those that have ended.
            let waiting = self.look(|watch| watch.calls_that_wait()).unwrap_or_default();
            self.callers.retain(|call, _| waiting.contains(call));
        }
    }

    pub(crate) fn call_other(&mut self) {
        let (source, server, watch) = (self.other.clone(), Rc::clone(&self.other_server), Arc::clone(&self.watch));
        self.spawn(async move {
            let answer = source.headers().await;
            let own = answer.is_ok_and(|snapshot| server.borrow().token(snapshot.token.token()).is_some());
            Watch::with(Some(&watch), |watch| watch.ensure(own, "grants-never-share", || "another grant's call".into()));
        });
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + 'static) -> AbortHandle {
        let (task, abort) = abortable(task);
        // A pool that runs takes every task.
        let _ = self.spawner.spawn_local(async move { _ = task.await });
        abort
    }

    fn drive(&mut self, on: bool) {
        if let Some(driver) = self.driver.take() {
            driver.abort();
        }
        if on {
            let drive = self.source.drive();
            self.driver = Some(self.spawn(drive));
        }
    }

    fn adopt(&mut self, from: Tab, age_ms: u64, ahead_ms: i64, lifetime_ms: u64) {
        let (truth, now) = (self.time.truth(), self.time.instant());
        let issued = truth.saturating_sub(age_ms);
        let last = self.server.borrow().newest();
        let (text, lifetime_ms) = match (from, last) {
            (Tab::Issued, Some(last)) => (last.text, last.lifetime_ms),
            (Tab::Issued, None) => return,
            (Tab::Fetched, _) => (self.server.borrow_mut().issue_elsewhere(lifetime_ms, issued), lifetime_ms),
        };
        let issued_at_wall = now.wall.saturating_sub(age_ms).saturating_add_signed(ahead_ms);
        let remaining_ms = lifetime_ms.saturating_sub(age_ms);
        let token = Adopted { token: AccessToken::new("Authorization", "Bearer ", &text), issued_at_wall, lifetime_ms, remaining_ms };
        let left_ms = remaining_ms.min((issued_at_wall + lifetime_ms).saturating_sub(now.wall));
        self.look(|watch| {
            watch.shown(&text, left_ms);
            watch.clocks_lie |= from == Tab::Issued;
        });
        self.source.adopt(token);
    }

    fn close(&mut self) {
        self.source.close();
        self.settle();
        self.check_closed();
    }

    pub(crate) fn check_closed(&self) {
        let timers = self.time.timers();
        self.look(|watch| {
            let (waiting, on_the_way) = (watch.waiting_for_tokens(), watch.on_the_way());
            watch.ensure(waiting == 0, "nobody-waits-after-close", || format!("{waiting} calls"));
            watch.ensure(on_the_way == 0, "nothing-on-its-way-after-close", || format!("{on_the_way} requests"));
            watch.ensure(timers == 0, "no-timer-after-close", || format!("{timers} timers"));
        });
    }

    /// Mends every fault, and finds out whether a new call is served before long; then closes the source.
    pub fn end(&mut self, steps: usize) {
        if self.look(|watch| watch.reference.is_closed()) == Some(true) {
            return;
        }
        {
            let mut server = self.server.borrow_mut();
            server.next.clear();
            server.always = Behaviour { up_ms: 20, down_ms: 20, fate: Fate::Works };
            server.set_key(self.key, true);
            server.lifetime_ms = 1_800_000;
            (server.stray, server.skew_ms, server.lag_ms) = (0, 0, 0);
        }
        self.look(|watch| watch.recovering = true);
        self.take(steps, &Step::Drive { on: false });
        let mut served = false;
        for round in 0..6 {
            let call = 1_000_000_000 + round;
            self.take(steps, &Step::Headers { call, min_valid_ms: 0, patience_ms: None });
            self.take(steps, &Step::Advance { ms: 15_000 });
            served = self.look(|watch| watch.served(call)) == Some(true);
            if served {
                break;
            }
            if let evertoken::machine::FlightView::Paused { until, .. } = self.view().flight {
                let left_ms = until.left_ms(self.time.instant());
                self.take(steps, &Step::Advance { ms: left_ms });
            }
        }
        self.look(|watch| watch.ensure(served, "served-once-the-server-works", || "six calls were not".into()));
        self.take(steps, &Step::Advance { ms: 60_000 });
        self.take(steps, &Step::Close);
    }

    /// Says whether a call waits.
    #[must_use]
    pub fn waits(&self, call: u32) -> bool {
        self.look(|watch| watch.waits(call)) == Some(true)
    }

    /// Returns what the source tells of itself.
    #[must_use]
    pub fn view(&self) -> Explanation {
        self.source.explain()
    }

    /// Looks through the watch.
    pub fn look<R>(&self, look: impl FnOnce(&mut Watch) -> R) -> Option<R> {
        Watch::with(Some(&self.watch), look)
    }
}
