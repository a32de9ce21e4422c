//! The other promises, shown to be broken by worlds, watches and totals that are wrong on purpose.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc, sync::Arc};

use evertoken::{AccessToken, Code, Error, Instant, Outcome, Snapshot, driver::Clock};

use crate::{
    caller::{Asked, Ended},
    explore::Totals,
    invariants::INVARIANTS,
    matrix::Matrix,
    plan::{Behaviour, Dialect, Fate, Plan, Step},
    reference::{self, Spread},
    server::{Issued, Server},
    time::VirtualTime,
    watch::Watch,
    world::World,
};

fn plan(steps: Vec<Step>) -> Plan {
    Plan { name: "a test".into(), dialect: Dialect::PiwikPro, entropy: 1, timers_first: false, steps }
}

fn world() -> World {
    World::new(&plan(Vec::new()), false).unwrap()
}

fn headers(call: u32) -> Step {
    Step::Headers { call, min_valid_ms: 0, patience_ms: None }
}

fn names(world: &World) -> BTreeSet<&'static str> {
    world.look(|watch| watch.violations.iter().map(|violation| violation.invariant).collect()).unwrap()
}

/// A watch whose client holds a token for a minute.
fn watch() -> (VirtualTime, Watch, Snapshot) {
    let time = VirtualTime::new(1);
    let mut watch = Watch::new(time.clone(), Dialect::PiwikPro, false);
    let now = time.instant();
    let token = AccessToken::new("Authorization", "Bearer ", "main-1");
    watch.shown("main-1", 60_000);
    let (ask_at, use_until) = (now.plus(45_000), now.plus(54_000));
    (time, watch, Snapshot { generation: 1, revision: 1, token, ask_at, use_until, issued_at: now, lifetime_ms: 60_000 })
}

const ASKED: Asked = Asked { request: false, min_valid_ms: 0, patience_ms: Some(1_000), replayable: false, replica: 0 };

fn issued(time: &VirtualTime) -> Issued {
    Issued { text: "main-1".into(), issued: time.truth(), lifetime_ms: 60_000, stated_ms: 60_000, revoked: None }
}

fn of(watch: &Watch) -> BTreeSet<&'static str> {
    watch.violations.iter().map(|violation| violation.invariant).collect()
}

/// An invariant, and what is seen by who breaks it.
type Case = (&'static str, fn() -> BTreeSet<&'static str>);

const CASES: &[Case] = &[
    ("answers-mean-what-their-vendor-says", || {
        let (_, mut watch, _) = watch();
        watch.opened(1, Behaviour::of(Fate::Fails { status: 503 }));
        watch.closed(1, &Outcome::Failed { error: Code::CredentialsRejected.into(), retry_after_ms: None }, None);
        of(&watch)
    }),
    ("call-fails-only-without-token", || {
        let mut world = world();
        world.take(0, &headers(1));
        world.take(1, &Step::Advance { ms: 1_000 });
        world.look(|watch| {
            watch.called(2, ASKED);
            watch.ended(2, Ended::Failed(Error::new(Code::ServerError)));
        });
        names(&world)
    }),
    ("call-within-patience", || {
        let (time, mut watch, snapshot) = watch();
        watch.called(1, ASKED);
        time.pass(1_001);
        watch.ended(1, Ended::Served(Arc::new(snapshot)));
        of(&watch)
    }),
    ("every-fault-hits-every-state", || {
        assert!(Matrix::default().complaints().len() > 400);
        BTreeSet::from(["every-fault-hits-every-state"])
    }),
    ("grants-never-share", || {
        let mut world = world();
        world.other_server = Rc::new(RefCell::new(Server::new(Dialect::PiwikPro, "other")));
        world.call_other();
        world.take(0, &Step::Advance { ms: 100 });
        names(&world)
    }),
    ("header-as-documented", || {
        let (time, mut watch, mut snapshot) = watch();
        snapshot.token = AccessToken::new("Authorization", "Token ", "main-1");
        watch.used(&snapshot, Some(&issued(&time)), time.truth());
        of(&watch)
    }),
    ("lifetimes-as-stated", || {
        let mut world = World::lying(&plan(Vec::new())).unwrap();
        world.take(0, &headers(1));
        world.take(1, &Step::Logout);
        world.take(2, &headers(2));
        world.take(3, &Step::Advance { ms: 1_000 });
        names(&world)
    }),
    ("no-header-past-its-life", || {
        let (time, mut watch, snapshot) = watch();
        let issued = issued(&time);
        time.step_wall(60_000);
        watch.used(&snapshot, Some(&issued), time.truth());
        of(&watch)
    }),
    ("no-header-past-its-true-life", || {
        let (time, mut watch, snapshot) = watch();
        watch.used(&snapshot, Some(&issued(&time)), time.truth() + 60_000);
        of(&watch)
    }),
    ("no-misuse", || {
        let (_, mut watch, _) = watch();
        watch.called(1, ASKED);
        watch.ended(1, Ended::Failed(Error::new(Code::Misuse)));
        of(&watch)
    }),
    ("no-timer-after-close", left_behind),
    ("no-token-of-a-stranger", || {
        let (time, mut watch, snapshot) = watch();
        watch.used(&snapshot, None, time.truth());
        of(&watch)
    }),
    ("nobody-waits-after-close", left_behind),
    ("nothing-on-its-way-after-close", left_behind),
    ("nothing-turns-in-circles", || {
        let mut world = world();
        let before: Instant = world.time.instant();
        while world.time.now().mono == before.mono {}
        world.settle();
        names(&world)
    }),
    ("one-retry-a-call", || {
        let (_, mut watch, snapshot) = watch();
        watch.retried(1, ASKED, 2, &snapshot, &snapshot);
        of(&watch)
    }),
    ("only-replayable-is-retried", || {
        let (_, mut watch, snapshot) = watch();
        watch.retried(1, ASKED, 1, &snapshot, &snapshot);
        of(&watch)
    }),
    ("refreshes-are-spread", || {
        let totals = Totals { spread: Spread { seen: 5_000, least: 0, most: 800 }, ..Totals::default() };
        totals.together().into_iter().map(|(name, _)| name).collect()
    }),
    ("requests-in-the-vendors-dialect", || {
        let mut world = world();
        // The servers are another vendor's.
        let other = Server::new(Dialect::Didomi, "main");
        *world.server.borrow_mut() = other;
        world.take(0, &headers(1));
        world.take(1, &Step::Advance { ms: 100 });
        names(&world)
    }),
    ("served-once-the-server-works", || {
        let mut world = world();
        world.take(0, &Step::Always { behaviour: Behaviour::of(Fate::Fails { status: 503 }) });
        // Other servers are mended than those that the client asks.
        world.server = Rc::new(RefCell::new(Server::new(Dialect::PiwikPro, "main")));
        world.end(1);
        names(&world)
    }),
];

/// A source that was not closed, held against what is true of a closed one.
fn left_behind() -> BTreeSet<&'static str> {
    let mut world = world();
    world.take(0, &Step::Always { behaviour: Behaviour::of(Fate::Hangs) });
    world.take(1, &headers(1));
    world.check_closed();
    names(&world)
}

#[test]
fn every_wrong_world_breaks_its_promise() {
    for (name, see) in CASES {
        let names = see();
        assert!(names.contains(name), "{name}: {names:?}");
    }
}

#[test]
fn no_promise_is_left_out() {
    let shown: BTreeSet<_> = CASES.iter().map(|(name, _)| *name).chain(reference::wrong::broken()).collect();
    let all: Vec<_> = INVARIANTS.iter().map(|invariant| invariant.name).collect();
    assert!(all.is_sorted(), "in alphabetical order");
    assert_eq!(shown, all.into_iter().collect());
}
