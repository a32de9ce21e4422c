//! Who hands out the tokens: a JSON descriptor, the grant that is asked of it, and the credentials.

#[cfg(feature = "builtin-providers")]
pub mod builtin;
mod credentials;
pub(crate) mod descriptor;
mod grant;
mod options;
mod reading;
pub(crate) mod template;
mod validation;

pub use credentials::Credentials;
pub use descriptor::{CredentialField, Help};
pub use grant::{BodyEncoding, ClientAuth, Grant, GrantBuilder};

use alloc::{format, string::ToString, sync::Arc};
use core::fmt;

use crate::{
    document::{Document, Reader, Wrong},
    error::{Code, Error},
};
use descriptor::Descriptor;

/// A validated provider descriptor; cheap to clone.
///
/// A provider is data: everything about its token endpoint, its errors, its rate limits and its API stands in one JSON file, whose
/// language `provider.schema.json` describes. A [`GrantBuilder`] makes a [`Grant`] of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Provider(Arc<Descriptor>);

impl Provider {
    /// Reads a descriptor.
    ///
    /// # Errors
    /// [`Code::InvalidDescriptor`], with a description that begins with the path of the field: `response.token.pointer: a JSON Pointer begins with /`.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let document: Document = serde_json::from_str(json).map_err(|error| refused("descriptor", &error.to_string()))?;
        let descriptor: Descriptor = Reader::read(&document)
            .map_err(|Wrong { path, reason }| refused(if path.is_empty() { "descriptor" } else { &path }, &reason))?;
        validation::check(&descriptor).map_err(|(path, reason)| refused(&path, &reason))?;
        Ok(Self(Arc::new(descriptor)))
    }

    /// Returns the name, such as `piwik_pro`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the name for people, such as `Piwik PRO`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// Returns the pages of the provider's documentation.
    pub fn docs(&self) -> impl Iterator<Item = &str> {
        self.0.docs.iter().map(alloc::string::String::as_str)
    }

    /// Returns the credentials that it asks for.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialField] {
        &self.0.credentials
    }

    /// Returns how credentials are created and revoked.
    #[must_use]
    pub fn help(&self) -> &Help {
        &self.0.help
    }

    /// Begins a grant of this provider.
    pub fn grant(&self) -> GrantBuilder {
        GrantBuilder::of(Ok(self.clone()))
    }

    pub(crate) fn descriptor(&self) -> &Descriptor {
        &self.0
    }

    fn altered(&self, alter: impl FnOnce(&mut Descriptor)) -> Self {
        let mut descriptor = (*self.0).clone();
        alter(&mut descriptor);
        Self(Arc::new(descriptor))
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Provider({})", self.name())
    }
}

fn refused(path: &str, reason: &str) -> Error {
    Error::new(Code::InvalidDescriptor).with_description(format!("{path}: {reason}"))
}
