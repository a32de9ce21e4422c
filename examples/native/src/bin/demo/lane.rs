//! One provider in the demo: its client, its callers, and what they see.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use evertoken::{
    Error, Event,
    machine::Explanation,
    provider::{
        Credentials, GrantBuilder,
        builtin::{self, OroSurface},
    },
    url,
};
use evertoken_native::{Client, story};
use evertoken_sandbox::{NewKey, Sandbox, Vendor};

/// How many callers go on all the time, and how long each rests between two calls.
const CALLERS: usize = 4;
const REST: Duration = Duration::from_millis(40);

/// A provider with its callers.
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    pub(crate) vendor: Vendor,
    pub(crate) key: NewKey,
    pub(crate) client: Client,
    path: &'static str,
    seen: Arc<Seen>,
}

/// What the callers and the machine have told.
#[derive(Default)]
struct Seen {
    calls: AtomicU64,
    served: AtomicU64,
    longest_wait_us: AtomicU64,
    stopped: AtomicBool,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    last: String,
    news: Vec<(String, u64)>,
    failures: BTreeMap<String, u64>,
    last_error: Option<Error>,
}

/// Makes a lane for each of the three providers, over HTTPS with the sandbox's certificate authority.
pub(crate) fn all(sandbox: &Sandbox) -> Result<Vec<Lane>, Error> {
    let keys = &sandbox.keys;
    let back_office = builtin::oro_commerce(sandbox.oro.https.clone(), OroSurface::BackOffice);
    Ok(vec![
        Lane::new(
            sandbox,
            "Piwik PRO",
            Vendor::PiwikPro,
            &keys.piwik_pro,
            builtin::piwik_pro(sandbox.piwik_pro.https.clone()),
            "/api/apps/v2",
        )?,
        Lane::new(
            sandbox,
            "Didomi",
            Vendor::Didomi,
            &keys.didomi,
            builtin::didomi().endpoint(sandbox.didomi.https.clone()),
            "/v1/properties",
        )?,
        Lane::new(sandbox, "OroCommerce", Vendor::Oro, &keys.oro_back_office, back_office, "/admin/api/users")?,
    ])
}

/// The credentials of a key, as its provider names them.
pub(crate) fn credentials(vendor: Vendor, key: &NewKey) -> Credentials {
    match vendor {
        Vendor::Didomi => Credentials::key(key.id.as_str(), key.secret.as_str()),
        _ => Credentials::client(key.id.as_str(), key.secret.as_str()),
    }
}

impl Lane {
    fn new(
        sandbox: &Sandbox,
        name: &'static str,
        vendor: Vendor,
        key: &NewKey,
        grant: GrantBuilder,
        path: &'static str,
    ) -> Result<Self, Error> {
        let seen = Arc::new(Seen::default());
        let listener = Arc::clone(&seen);
        let client = Client::builder(grant.build(url::parse)?, credentials(vendor, key))
            .trust(sandbox.ca_pem.as_bytes())?
            .on_event(move |event| listener.hear(event))
            .build()?;
        Ok(Self { name, vendor, key: key.clone(), client, path, seen })
    }

    /// Lets callers go on until [`Lane::stop`].
    pub(crate) fn call_on(&self) {
        for _ in 0..CALLERS {
            let (client, path, seen) = (self.client.clone(), self.path, Arc::clone(&self.seen));
            tokio::spawn(async move {
                while !seen.stopped.load(Relaxed) {
                    call(&client, path, &seen).await;
                    tokio::time::sleep(REST).await;
                }
            });
        }
    }

    pub(crate) fn stop(&self) {
        self.seen.stopped.store(true, Relaxed);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.seen.calls.load(Relaxed)
    }

    pub(crate) fn served(&self) -> u64 {
        self.seen.served.load(Relaxed)
    }

    pub(crate) fn failed(&self) -> u64 {
        self.seen.told().failures.values().sum()
    }

    pub(crate) fn failures(&self) -> BTreeMap<String, u64> {
        self.seen.told().failures.clone()
    }

    pub(crate) fn last_error(&self) -> Option<Error> {
        self.seen.told().last_error.clone()
    }

    /// The longest that a caller waited for a token since the last time somebody asked.
    pub(crate) fn take_longest_wait(&self) -> Duration {
        Duration::from_micros(self.seen.longest_wait_us.swap(0, Relaxed))
    }

    pub(crate) fn last_told(&self) -> String {
        self.seen.told().last.clone()
    }

    /// What happened since the last time somebody asked, and how often in a row.
    pub(crate) fn take_news(&self) -> Vec<(String, u64)> {
        std::mem::take(&mut self.seen.told().news)
    }

    pub(crate) fn explain(&self) -> Explanation {
        self.client.source().explain()
    }
}

/// Makes one call as any program would, and notes what it saw.
async fn call(client: &Client, path: &str, seen: &Seen) {
    let asked = Instant::now();
    let token = client.source().headers().await;
    let wait = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
    seen.longest_wait_us.fetch_max(wait, Relaxed);
    seen.calls.fetch_add(1, Relaxed);
    let ended = match token {
        Ok(_) => client.get(path).send().await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(answer) if answer.status().is_success() => {
            // The body is read so that the connection serves the next call.
            let _ = answer.bytes().await;
            seen.served.fetch_add(1, Relaxed);
        }
        Ok(answer) => seen.fail(format!("HTTP {}", answer.status().as_u16()), None),
        Err(evertoken_native::Error::Token(error)) => seen.fail(error.code.to_string(), Some(error)),
        Err(_) => seen.fail("no answer".to_owned(), None),
    }
}

impl Seen {
    fn hear(&self, event: &Event) {
        let words = story::in_words(event);
        let mut told = self.told();
        // A pause follows the failure that tells more.
        if !matches!(event, Event::Paused { .. }) {
            told.last.clone_from(&words);
        }
        match told.news.last_mut() {
            Some((last, times)) if *last == words => *times += 1,
            _ => told.news.push((words, 1)),
        }
    }

    fn fail(&self, name: String, error: Option<Error>) {
        let mut told = self.told();
        *told.failures.entry(name).or_default() += 1;
        told.last_error = error.or(told.last_error.take());
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
