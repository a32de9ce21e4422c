//! The authenticated client.

use std::{fmt, sync::Arc};

use evertoken::{
    Error, Event, Policy,
    driver::{Clock, SystemClock, Timer, TokenSource},
    provider::{Credentials, Grant},
    url,
};
use reqwest::{ClientBuilder, Method, Url};

use crate::{
    request::RequestBuilder,
    timer::TokioTimer,
    traffic::Traffic,
    transport::ReqwestTransport,
    wire::{Setup, Wire},
};

/// The source of tokens that a [`Client`] shares with whoever wants it.
pub type Source<C = SystemClock, Ti = TokioTimer> = TokenSource<ReqwestTransport, Ti, C>;

/// Calls one provider's API, each call with a valid token; cheap to clone.
///
/// Paths are written as the vendor's documentation prints them: `client.get("/api/apps/v2").send().await`.
pub struct Client<C = SystemClock, Ti = TokioTimer> {
    inner: Arc<Inner<C, Ti>>,
}

pub(crate) struct Inner<C, Ti> {
    pub(crate) source: Source<C, Ti>,
    pub(crate) wire: Wire,
    pub(crate) patience_ms: u64,
}

/// A [`Client`] in the making.
#[must_use = "build() makes the client"]
pub struct Builder<C = SystemClock, Ti = TokioTimer> {
    grant: Grant,
    credentials: Credentials,
    setup: Setup,
    policy: Policy,
    clock: C,
    timer: Ti,
    listen: Option<Listen>,
}

type Listen = Box<dyn Fn(&Event) + Send + Sync>;

impl Client {
    /// Makes a client with the default policy; nothing is sent before the first call.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new(grant: Grant, credentials: Credentials) -> Result<Self, Error> {
        Self::builder(grant, credentials).build()
    }

    /// Begins a client that needs more than a grant and its credentials.
    pub fn builder(grant: Grant, credentials: Credentials) -> Builder {
        Builder {
            grant,
            credentials,
            setup: Setup::default(),
            policy: Policy::default(),
            clock: SystemClock,
            timer: TokioTimer,
            listen: None,
        }
    }
}

impl<C: Clock, Ti: Timer> Client<C, Ti> {
    /// Begins a GET of a path, or of a URL of the API.
    pub fn get(&self, path: &str) -> RequestBuilder<C, Ti> {
        self.request(Method::GET, path)
    }

    /// Begins a request of a path, or of a URL of the API.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder<C, Ti> {
        let api = self.inner.source.grant().api();
        let url = api.resolve(path, url::parse).and_then(|url| {
            // What core resolves is a URL; reqwest has a type of its own for it.
            Url::parse(&url).map_err(|_| Error::new(evertoken::Code::InvalidEndpoint))
        });
        RequestBuilder::new(Arc::clone(&self.inner), method, url)
    }

    /// Returns the source of the client's tokens.
    #[must_use]
    pub fn source(&self) -> &Source<C, Ti> {
        &self.inner.source
    }
}

impl<C, Ti> Builder<C, Ti> {
    /// Sets up the HTTP clients, the one for token requests and the one for the API: a proxy, certificate authorities, addresses.
    ///
    /// Redirects, logs of what is sent, and proxies for loopback addresses stay off: a secret must not travel where nobody expects it.
    pub fn http(mut self, configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Self {
        self.setup.configure = Some(Arc::new(configure));
        self
    }

    /// Trusts the certificate authorities of a PEM bundle, beside the system's.
    ///
    /// # Errors
    /// [`Code::InvalidOption`](evertoken::Code::InvalidOption) when there is no certificate in it.
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, Error> {
        self.setup.trust(pem)?;
        Ok(self)
    }

    /// Sets the numbers of the behaviour.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets who is told what happens with tokens; quick, as a caller waits for it.
    pub fn on_event(mut self, listen: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listen = Some(Box::new(listen));
        self
    }

    /// Sets the clock, as tests do that move it.
    pub fn clock<D: Clock>(self, clock: D) -> Builder<D, Ti> {
        let Self { grant, credentials, setup, policy, timer, listen, .. } = self;
        Builder { grant, credentials, setup, policy, clock, timer, listen }
    }

    /// Sets the timer of calls that wait, as tests do that run in virtual time; it has to follow the clock.
    pub fn timer<Tj: Timer>(self, timer: Tj) -> Builder<C, Tj> {
        let Self { grant, credentials, setup, policy, clock, listen, .. } = self;
        Builder { grant, credentials, setup, policy, clock, timer, listen }
    }

    /// Sets what counts the client's requests, as tests need that run in virtual time.
    pub fn traffic(mut self, traffic: Traffic) -> Self {
        self.setup.traffic = traffic;
        self
    }
}

impl<C: Clock, Ti: Timer> Builder<C, Ti> {
    /// Makes the client; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`Code::InvalidOption`](evertoken::Code::InvalidOption) for a policy out of range or an HTTP client that cannot be built.
    pub fn build(self) -> Result<Client<C, Ti>, Error> {
        let transport = ReqwestTransport::of(&self.setup)?;
        let wire = Wire::new(&self.setup, |http| http)?;
        let patience_ms = self.policy.patience_ms;
        let mut source = TokenSource::builder(self.grant, self.credentials, transport, self.timer).with_policy(self.policy);
        if let Some(listen) = self.listen {
            source = source.on_event(listen);
        }
        let source = source.with_clock(self.clock).build()?;
        Ok(Client { inner: Arc::new(Inner { source, wire, patience_ms }) })
    }
}

impl<C, Ti> Clone for Client<C, Ti> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<C, Ti> fmt::Debug for Client<C, Ti> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("source", &self.inner.source).finish_non_exhaustive()
    }
}

impl<C, Ti> fmt::Debug for Builder<C, Ti> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("grant", &self.grant).field("setup", &self.setup).finish_non_exhaustive()
    }
}
