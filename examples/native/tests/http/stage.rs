//! What the tests play on: a sandbox, and a clock that client and sandbox are moved along together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evertoken::{
    Error, Instant, Policy,
    driver::{Clock, SystemClock},
    machine::FlightView,
    provider::{
        Credentials, GrantBuilder,
        builtin::{self, OroSurface},
    },
    url,
};
use evertoken_native::{Builder, Client};
use evertoken_sandbox::{Control, Entry, Fault, Kind, LogQuery, NewKey, Options, Rule, Sandbox, Vendor};

/// The system's clocks, moved ahead at will; tokens are refreshed at the beginning of their window.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl Clock for TestClock {
    fn now(&self) -> Instant {
        SystemClock.now().plus(self.0.load(SeqCst))
    }

    fn entropy(&self) -> u64 {
        0
    }
}

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: TestClock,
}

pub(crate) const SECOND: u64 = 1_000;

impl Stage {
    pub(crate) async fn open() -> Self {
        Self { sandbox: Sandbox::start(Options::default()).await.unwrap(), clock: TestClock::default() }
    }

    pub(crate) fn control(&self) -> &Control {
        self.sandbox.control()
    }

    /// Moves the clocks of client and sandbox.
    pub(crate) fn advance(&self, ms: u64) {
        self.control().advance(ms);
        self.clock.0.fetch_add(ms, SeqCst);
    }

    pub(crate) fn fault(&self, vendor: Vendor, rule: Rule) {
        self.control().add_fault(vendor, rule).unwrap();
    }

    /// A client that runs by the test's clock and gives a fetch one attempt, so that failures are seen at once.
    pub(crate) fn client(&self, grant: GrantBuilder, credentials: Credentials) -> Client<TestClock> {
        self.built(grant, credentials).unwrap()
    }

    pub(crate) fn built(&self, grant: GrantBuilder, credentials: Credentials) -> Result<Client<TestClock>, Error> {
        let policy = Policy { fetch_attempts: 1, ..Policy::default() };
        let builder: Builder = Client::builder(grant.build(url::parse)?, credentials);
        builder.trust(self.sandbox.ca_pem.as_bytes())?.policy(policy).clock(self.clock.clone()).build()
    }

    pub(crate) fn piwik_pro(&self) -> Client<TestClock> {
        self.client(builtin::piwik_pro(&self.sandbox.piwik_pro.http), client_credentials(&self.sandbox.keys.piwik_pro))
    }

    pub(crate) fn didomi(&self) -> Client<TestClock> {
        let key = &self.sandbox.keys.didomi;
        self.client(builtin::didomi().endpoint(&self.sandbox.didomi.http), Credentials::key(key.id.as_str(), key.secret.as_str()))
    }

    pub(crate) fn oro(&self, surface: OroSurface, key: &NewKey) -> Client<TestClock> {
        self.client(builtin::oro_commerce(&self.sandbox.oro.http, surface), client_credentials(key))
    }

    pub(crate) fn oauth2(&self) -> Client<TestClock> {
        let grant = builtin::oauth2(format!("{}/oauth2/token", self.sandbox.oauth2.http)).api_url(&self.sandbox.oauth2.http);
        self.client(grant, client_credentials(&self.sandbox.keys.oauth2))
    }

    /// How many token requests arrived.
    pub(crate) fn token_requests(&self, vendor: Vendor) -> u64 {
        self.control().counts()[&vendor].token
    }

    /// How many API calls arrived.
    pub(crate) fn api_calls(&self, vendor: Vendor) -> u64 {
        self.control().counts()[&vendor].api
    }

    pub(crate) fn log(&self, vendor: Vendor, kind: Kind) -> Vec<Entry> {
        self.control().log(&LogQuery::of(vendor, kind))
    }

    /// Waits until the sandbox holds this many answers.
    pub(crate) async fn held(&self, wanted: u64) {
        eventually(&format!("{wanted} answers are held"), || self.control().idle().held == wanted).await;
    }

    pub(crate) fn release(&self, vendor: Vendor) {
        self.control().release(vendor, Default::default()).unwrap();
    }
}

/// Waits until no token request is on its way, so that the clock may be moved without overtaking one.
pub(crate) async fn settled(client: &Client<TestClock>) {
    eventually("the token request has ended", || !matches!(client.source().explain().flight, FlightView::InFlight { .. })).await;
}

pub(crate) fn client_credentials(key: &NewKey) -> Credentials {
    Credentials::client(key.id.as_str(), key.secret.as_str())
}

/// An answer that waits for its release.
pub(crate) fn held() -> Fault {
    Fault::Hang { decide: Default::default() }
}

/// Waits for what must come; a minute is for a machine that is busy with something else.
pub(crate) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never came about that {what}");
}

/// Lets a test open two sockets for each of some hundred calls where the system's default is low.
pub(crate) fn many_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}
