//! The life of credentials: made, shown once, disabled, deleted.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::control::ControlError;
use crate::vendor::Vendor;

/// Which API an Oro client's tokens are for. It is a property of the client and not of the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Users of the back-office: `/admin/api` of OroCommerce, `/api` of OroPlatform.
    BackOffice,
    /// Customer users: `/api` of OroCommerce.
    Storefront,
}

/// A wish for a new key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What the user calls the key. Piwik PRO wants three characters or more.
    pub name: String,
    /// For Oro only; the back-office when absent.
    #[serde(default)]
    pub surface: Option<Surface>,
    /// A chosen identifier instead of a random one, so that request bytes can be written down beforehand.
    #[serde(default)]
    pub id: Option<String>,
    /// A chosen secret instead of a random one.
    #[serde(default)]
    pub secret: Option<String>,
}

impl KeyRequest {
    /// Asks for a key with this name and random values.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Chooses the surface (Oro).
    #[must_use]
    pub fn surface(mut self, surface: Surface) -> Self {
        self.surface = Some(surface);
        self
    }

    /// Chooses identifier and secret.
    #[must_use]
    pub fn values(mut self, id: &str, secret: &str) -> Self {
        self.id = Some(id.to_owned());
        self.secret = Some(secret.to_owned());
        self
    }
}

/// A key as it is shown once, at its creation, with its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// Client id, or Didomi's key.
    pub id: String,
    /// The secret. No other call shows it again.
    pub secret: String,
    /// The name given by the user.
    pub name: String,
    /// The surface its tokens are for (Oro).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("id", &self.id).field("name", &self.name).field("surface", &self.surface).finish_non_exhaustive()
    }
}

/// A key as lists show it: without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// Client id, or Didomi's key.
    pub id: String,
    /// The name given by the user.
    pub name: String,
    /// The surface its tokens are for (Oro).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
    /// Whether it can be exchanged for tokens.
    pub enabled: bool,
}

#[derive(Clone)]
struct Key {
    name: String,
    secret: String,
    surface: Option<Surface>,
    enabled: bool,
}

/// What a correct credential proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) surface: Option<Surface>,
}

/// The keys of one vendor.
#[derive(Clone, Default)]
pub(crate) struct Keys(BTreeMap<String, Key>);

impl Keys {
    pub(crate) fn create(&mut self, vendor: Vendor, request: KeyRequest) -> Result<NewKey, ControlError> {
        let name = request.name.trim().to_owned();
        if vendor == Vendor::PiwikPro && name.chars().count() < 3 {
            return Err(ControlError::invalid("name must contain at least 3 characters"));
        }
        if name.is_empty() {
            return Err(ControlError::invalid("name must not be empty"));
        }
        let surface = match (vendor, request.surface) {
            (Vendor::Oro, surface) => Some(surface.unwrap_or(Surface::BackOffice)),
            (_, None) => None,
            (_, Some(_)) => return Err(ControlError::invalid("surface: only Oro's clients have one")),
        };
        let id = request.id.unwrap_or_else(|| format!("sandbox-client-{:016x}", fastrand::u64(..)));
        let secret = request.secret.unwrap_or_else(|| format!("sandbox-secret-{:032x}", fastrand::u128(..)));
        if id.is_empty() || secret.is_empty() {
            return Err(ControlError::invalid("id and secret must not be empty"));
        }
        if self.0.contains_key(&id) {
            return Err(ControlError::conflict("a key with this id exists"));
        }
        self.0.insert(id.clone(), Key { name: name.clone(), secret: secret.clone(), surface, enabled: true });
        Ok(NewKey { id, secret, name, surface })
    }

    pub(crate) fn list(&self) -> Vec<KeyView> {
        let view =
            |(id, key): (&String, &Key)| KeyView { id: id.clone(), name: key.name.clone(), surface: key.surface, enabled: key.enabled };
        self.0.iter().map(view).collect()
    }

    pub(crate) fn set_enabled(&mut self, vendor: Vendor, id: &str, enabled: bool) -> Result<(), ControlError> {
        let key = self.0.get_mut(id).ok_or_else(|| ControlError::not_found("no key with this id"))?;
        if vendor == Vendor::PiwikPro {
            return Err(ControlError::conflict("Piwik PRO's keys cannot be disabled, only deleted"));
        }
        key.enabled = enabled;
        Ok(())
    }

    pub(crate) fn delete(&mut self, id: &str) -> Result<(), ControlError> {
        self.0.remove(id).map(drop).ok_or_else(|| ControlError::not_found("no key with this id"))
    }

    /// Checks a credential: the key exists, is enabled, and the secret is its secret to the byte.
    pub(crate) fn check(&self, id: &str, secret: &str) -> Option<Identity> {
        let key = self.0.get(id)?;
        let right = key.enabled && key.secret == secret;
        right.then(|| Identity { id: id.to_owned(), name: key.name.clone(), surface: key.surface })
    }
}
