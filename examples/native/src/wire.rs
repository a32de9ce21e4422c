//! The reqwest clients beneath: one that may use a proxy, and one for this very machine.

use std::{error::Error as _, fmt, sync::Arc, time::Duration};

use evertoken::{Code, Error};
use reqwest::{Certificate, Client, ClientBuilder, Url, redirect};

use crate::traffic::{Traffic, Trip};

/// Within the deadline of an attempt, so that a dead address is told from a slow server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
const USER_AGENT: &str = concat!("evertoken/", env!("CARGO_PKG_VERSION"));

/// What a user sets up a client with: proxies, certificate authorities, addresses, time-outs.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    pub(crate) configure: Option<Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>>,
    pub(crate) authorities: Vec<Certificate>,
    pub(crate) traffic: Traffic,
}

/// Two clients with the same set-up: neither follows redirects, keeps cookies, logs what it sends, or tells a server where a
/// request came from.
#[derive(Clone)]
pub(crate) struct Wire {
    outside: Client,
    /// `http://` is for loopback alone, and a proxy would carry what is sent there out of the machine.
    loopback: Client,
    traffic: Traffic,
}

impl Wire {
    /// Makes the clients; `finish` has the last word, after the user.
    pub(crate) fn new(setup: &Setup, finish: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Self, Error> {
        // An error says that the program has chosen its cryptography before, and then its choice stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = || finish(setup.apply(Client::builder()).redirect(redirect::Policy::none()).referer(false).connection_verbose(false));
        // The loopback client speaks no TLS, and reading the system's certificates takes a while.
        Ok(Self { outside: build(client())?, loopback: build(client().no_proxy().tls_certs_only([]))?, traffic: setup.traffic.clone() })
    }

    /// Notes that a request goes out.
    pub(crate) fn begin(&self) -> Trip {
        self.traffic.begin()
    }

    /// Returns the client for a URL.
    pub(crate) fn client(&self, url: &Url) -> &Client {
        if url.scheme() == "http" { &self.loopback } else { &self.outside }
    }
}

impl Setup {
    fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        let mut builder = builder.user_agent(USER_AGENT).connect_timeout(CONNECT_TIMEOUT);
        if !self.authorities.is_empty() {
            builder = builder.tls_certs_merge(self.authorities.iter().cloned());
        }
        match &self.configure {
            Some(configure) => configure(builder),
            None => builder,
        }
    }

    /// Adds the certificates of a PEM bundle, such as the one of a company's proxy or of a test's authority.
    pub(crate) fn trust(&mut self, pem: &[u8]) -> Result<(), Error> {
        let refused = |reason: &str| Error::new(Code::InvalidOption).with_description(format!("ca: {reason}"));
        let authorities = Certificate::from_pem_bundle(pem).map_err(|_| refused("it is no PEM file"))?;
        if authorities.is_empty() {
            return Err(refused("there is no certificate in it"));
        }
        self.authorities.extend(authorities);
        Ok(())
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("authorities", &self.authorities.len()).finish_non_exhaustive()
    }
}

fn build(builder: ClientBuilder) -> Result<Client, Error> {
    builder.build().map_err(|error| Error::new(Code::InvalidOption).with_server_text(None, Some(&format!("http: {}", reason(error)))))
}

/// Says why a request failed, without its URL: that may carry a secret in its query.
pub(crate) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut causes = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !causes.iter().any(|known| known.contains(&text)) {
            causes.push(text);
        }
        cause = inner.source();
    }
    causes.join(": ")
}
