//! The providers that come along, each as the beginning of a [`Grant`](super::Grant).
//!
//! ```
//! # #[cfg(feature = "url")] fn shown() -> Result<(), evertoken::Error> {
//! use evertoken::{Credentials, provider::builtin, url};
//!
//! let credentials = Credentials::client("id", "secret");
//! let grant = builtin::piwik_pro("acme.piwik.pro").identified_by(&credentials).build(url::parse)?;
//! assert_eq!(grant.endpoint(), "https://acme.piwik.pro/auth/token");
//! # Ok(()) }
//! # #[cfg(feature = "url")] shown().unwrap();
//! ```
//!
//! Each takes another address by [`GrantBuilder::endpoint`], and the API's origin follows. The descriptors stand in `core/providers`; a host that
//! leaves the feature `builtin-providers` off loads them itself with [`GrantBuilder::custom`].

use alloc::{format, string::String};

use super::{GrantBuilder, Provider};
use crate::error::{Code, Error};

/// The descriptors that come along, by name.
pub const DESCRIPTORS: &[(&str, &str)] = &[
    ("broker", include_str!("../../providers/broker.json")),
    ("didomi", include_str!("../../providers/didomi.json")),
    ("fixed", include_str!("../../providers/fixed.json")),
    ("oauth2", include_str!("../../providers/oauth2.json")),
    ("oro_commerce", include_str!("../../providers/oro_commerce.json")),
    ("oro_platform", include_str!("../../providers/oro_platform.json")),
    ("piwik_pro", include_str!("../../providers/piwik_pro.json")),
];

/// Reads a descriptor that comes along.
///
/// # Errors
/// [`Code::InvalidOption`] for a name that none has.
pub fn provider(name: &str) -> Result<Provider, Error> {
    match DESCRIPTORS.iter().find(|(other, _)| *other == name) {
        Some((_, json)) => Provider::from_json(json),
        None => {
            let names = DESCRIPTORS.iter().map(|(name, _)| *name).collect::<alloc::vec::Vec<_>>().join(", ");
            Err(Error::new(Code::InvalidOption).with_description("provider: none has that name").with_fix(format!("Give one of {names}.")))
        }
    }
}

fn named(name: &str) -> GrantBuilder {
    GrantBuilder::of(provider(name))
}

/// Begins a grant of Piwik PRO; `account` is its host (`acme.piwik.pro`) or URL. Credentials: [`Credentials::client`](super::Credentials::client).
pub fn piwik_pro(account: impl Into<String>) -> GrantBuilder {
    named("piwik_pro").variable("account", account)
}

/// Begins a grant of Didomi. Credentials: [`Credentials::key`](super::Credentials::key).
pub fn didomi() -> GrantBuilder {
    named("didomi")
}

/// An API of OroCommerce; a token for one is rejected by the other, and which one a token is for is a property of the OAuth application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OroSurface {
    /// For the staff: `/admin/api`.
    BackOffice,
    /// For customers: `/api`.
    Storefront,
}

/// Begins a grant of OroCommerce; `url` is the application's. Credentials: [`Credentials::client`](super::Credentials::client).
///
/// Where `web_backend_prefix` is not `/admin`, add `.variable("backend_prefix", "backoffice")`.
pub fn oro_commerce(url: impl Into<String>, surface: OroSurface) -> GrantBuilder {
    let surface = match surface {
        OroSurface::BackOffice => "back_office",
        OroSurface::Storefront => "storefront",
    };
    named("oro_commerce").variable("url", url).surface(surface)
}

/// Begins a grant of OroPlatform or OroCRM, which have no storefront. Credentials: [`Credentials::client`](super::Credentials::client).
pub fn oro_platform(url: impl Into<String>) -> GrantBuilder {
    named("oro_platform").variable("url", url)
}

/// Begins a grant of any OAuth 2 server (RFC 6749 section 4.4), by a form with HTTP Basic unless [`GrantBuilder::client_auth`] and
/// [`GrantBuilder::body`] say otherwise. It wants [`GrantBuilder::api_url`].
pub fn oauth2(endpoint: impl Into<String>) -> GrantBuilder {
    named("oauth2").endpoint(endpoint)
}

/// Begins a grant of a broker: your own server, which keeps the secret and hands out tokens to its sessions.
///
/// It is asked by POST with an empty body and answers as RFC 6749 section 5.1 says, with the *remaining* `expires_in`. It wants
/// [`GrantBuilder::api`] or [`GrantBuilder::api_url`].
pub fn broker(endpoint: impl Into<String>) -> GrantBuilder {
    named("broker").endpoint(endpoint)
}

/// Begins a grant of a token that is already there, the test double: no server is asked. It wants [`GrantBuilder::api`] or
/// [`GrantBuilder::api_url`]. Credentials: [`Credentials::token`](super::Credentials::token).
pub fn fixed() -> GrantBuilder {
    named("fixed")
}
