//! What a user proves itself with: named secrets.

use alloc::{format, string::String};
use core::fmt;

use super::Provider;
use crate::{
    error::{Code, Error},
    named::Named,
    secret::Secret,
};

/// Named secrets, such as `client_id` and `client_secret`; `Debug` shows the names alone, and the values are zeroised on drop.
///
/// A host hands them to each [`Exchange`](crate::Exchange): fixed values, or ones that it fetches anew for every attempt (rotation, an
/// assertion signed outside).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials(Named<Secret>);

impl Credentials {
    /// Makes credentials of names and values; [`Provider::credentials`] tells the names.
    pub fn new<N: Into<String>, V: Into<Secret>>(named: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut all = Named::default();
        for (name, value) in named {
            all.insert(name.into(), value.into());
        }
        Self(all)
    }

    /// Makes `client_id` and `client_secret`, as OAuth 2, Piwik PRO and Oro name them.
    pub fn client(id: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self::new([("client_id", id.into()), ("client_secret", secret.into())])
    }

    /// Makes `key` and `secret`, as Didomi names them.
    pub fn key(key: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        Self::new([("key", key.into()), ("secret", secret.into())])
    }

    /// Makes `token`, for the provider that hands out a fixed one.
    pub fn token(token: impl Into<Secret>) -> Self {
        Self::new([("token", token.into())])
    }

    /// Reads a provider's credentials from the environment variables that its descriptor names.
    ///
    /// `lookup` is the host's own access to them, such as `|name| std::env::var(name).ok()`. Variables that are unset are left out:
    /// the exchange reports what is missing, with the variable's name.
    pub fn from_env(provider: &Provider, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let found = provider.credentials().iter().filter_map(|field| Some((field.name.clone(), lookup(field.env.as_deref()?)?)));
        Self::new(found)
    }

    /// Adds what is missing: of a name that is there already, the credential stays.
    #[must_use]
    pub fn completed<N: Into<String>, V: Into<Secret>>(&self, named: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut all = self.clone();
        for (name, value) in named {
            let name = name.into();
            if !all.0.contains(&name) {
                all.0.insert(name, value.into());
            }
        }
        all
    }

    /// Opens the credential of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret))
    }

    /// Refuses credentials that lack what the provider asks for, or that cannot be right.
    pub(crate) fn check(&self, provider: &Provider, identity: impl Fn(&str) -> bool) -> Result<(), Error> {
        for field in provider.credentials() {
            match self.get(&field.name) {
                None if identity(&field.name) => {}
                None => return Err(missing(provider, &field.name, "not given")),
                Some(value) if value.is_empty() => return Err(missing(provider, &field.name, "empty")),
                Some(value) if value.expose().chars().any(char::is_control) => {
                    return Err(Error::new(Code::InvalidOption)
                        .with_description(format!("{}: has a line break or another control character in it", field.name))
                        .with_fix(format!("Give {} without the line break at its end: it was probably read from a file.", field.name)));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn missing(provider: &Provider, name: &str, reason: &str) -> Error {
    let field = provider.credentials().iter().find(|field| field.name == name);
    let variable = field.and_then(|field| field.env.as_deref());
    let mut fix = variable.map_or_else(|| format!("Give {name}."), |variable| format!("Give {name}, or set {variable}."));
    if let Some(create) = &provider.help().create {
        fix.push(' ');
        fix.push_str(create);
    }
    Error::new(Code::MissingCredentials).with_description(format!("{name}: {reason}")).with_fix(fix)
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")?;
        f.debug_list().entries(self.0.names()).finish()
    }
}
