//! The authenticated client.

use std::{fmt, sync::Arc};

use evertoken::{
    Error, Event, Policy,
    driver::{Clock, SystemClock, TokenSource},
    provider::{Credentials, Grant},
    url,
};
use reqwest::{ClientBuilder, Method, Url};

use crate::{
    request::RequestBuilder,
    timer::TokioTimer,
    transport::ReqwestTransport,
    wire::{Setup, Wire},
};

/// The source of tokens that a [`Client`] shares with whoever wants it.
pub type Source<C = SystemClock> = TokenSource<ReqwestTransport, TokioTimer, C>;

/// Calls one provider's API, each call with a valid token; cheap to clone.
///
/// Paths are written as the vendor's documentation prints them: `client.get("/api/apps/v2").send().await`.
pub struct Client<C = SystemClock> {
    inner: Arc<Inner<C>>,
}

pub(crate) struct Inner<C> {
    pub(crate) source: Source<C>,
    pub(crate) wire: Wire,
    pub(crate) patience_ms: u64,
}

/// A [`Client`] in the making.
#[must_use = "build() makes the client"]
pub struct Builder<C = SystemClock> {
    grant: Grant,
    credentials: Credentials,
    setup: Setup,
    policy: Policy,
    clock: C,
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
        Builder { grant, credentials, setup: Setup::default(), policy: Policy::default(), clock: SystemClock, listen: None }
    }
}

impl<C: Clock> Client<C> {
    /// Begins a GET of a path, or of a URL of the API.
    pub fn get(&self, path: &str) -> RequestBuilder<C> {
        self.request(Method::GET, path)
    }

    /// Begins a request of a path, or of a URL of the API.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder<C> {
        let api = self.inner.source.grant().api();
        let url = api.resolve(path, url::parse).and_then(|url| {
            // What core resolves is a URL; reqwest has a type of its own for it.
            Url::parse(&url).map_err(|_| Error::new(evertoken::Code::InvalidEndpoint))
        });
        RequestBuilder::new(Arc::clone(&self.inner), method, url)
    }

    /// Returns the source of the client's tokens.
    #[must_use]
    pub fn source(&self) -> &Source<C> {
        &self.inner.source
    }
}

impl<C> Builder<C> {
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
    pub fn clock<D: Clock>(self, clock: D) -> Builder<D> {
        let Self { grant, credentials, setup, policy, listen, .. } = self;
        Builder { grant, credentials, setup, policy, clock, listen }
    }
}

impl<C: Clock> Builder<C> {
    /// Makes the client; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`Code::InvalidOption`](evertoken::Code::InvalidOption) for a policy out of range or an HTTP client that cannot be built.
    pub fn build(self) -> Result<Client<C>, Error> {
        let transport = ReqwestTransport::of(&self.setup)?;
        let wire = Wire::new(&self.setup, |http| http)?;
        let patience_ms = self.policy.patience_ms;
        let mut source = TokenSource::builder(self.grant, self.credentials, transport, TokioTimer).with_policy(self.policy);
        if let Some(listen) = self.listen {
            source = source.on_event(listen);
        }
        let source = source.with_clock(self.clock).build()?;
        Ok(Client { inner: Arc::new(Inner { source, wire, patience_ms }) })
    }
}

impl<C> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("source", &self.inner.source).finish_non_exhaustive()
    }
}

impl<C> fmt::Debug for Builder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("grant", &self.grant).field("setup", &self.setup).finish_non_exhaustive()
    }
}
