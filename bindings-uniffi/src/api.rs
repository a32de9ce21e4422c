//! The API that a token is for.

use std::fmt;

use evertoken::{Judgement, ResolvedApi, judge, judge::reads_body, url};

use crate::{
    failure::Refusal,
    pair::{Pair, pairs},
};

/// Where a token may go, in which header, and which answers reject it.
#[derive(uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Api {
    pub(crate) core: ResolvedApi,
}

impl Api {
    pub(crate) const fn new(core: ResolvedApi) -> Self {
        Self { core }
    }
}

#[uniffi::export]
impl Api {
    /// The header that carries the token.
    pub fn header_name(&self) -> Result<String, Refusal> {
        Ok(self.core.header().name.clone())
    }

    /// Makes the URL of a path, as the vendor's documentation prints it, or of a URL of the API; fails for any other.
    pub fn resolve(&self, path_or_url: String) -> Result<String, Refusal> {
        Ok(self.core.resolve(&path_or_url, url::parse)?)
    }

    /// Returns the media type of a request that may carry the token, empty where the API wants none; none where it may not.
    pub fn admits(&self, url: String) -> Result<Option<String>, Refusal> {
        let url = url::parse(&url).filter(|url| self.core.allows(url).is_ok());
        Ok(url.map(|url| self.core.media_type(&url.path).unwrap_or_default().into()))
    }

    /// Says whether answers of a status are looked into.
    pub fn inspects(&self, status: u16) -> Result<bool, Refusal> {
        Ok(self.core.inspects(status))
    }

    /// Says whether `rejects` wants the body.
    pub fn reads_body(&self, status: u16, headers: Vec<Pair>) -> Result<bool, Refusal> {
        Ok(reads_body(&self.core, status, &pairs(headers)))
    }

    /// Says whether an answer to a request with our token rejects the token.
    pub fn rejects(&self, status: u16, headers: Vec<Pair>, body: Option<Vec<u8>>) -> Result<bool, Refusal> {
        Ok(judge(&self.core, status, &pairs(headers), body.as_deref()) == Judgement::TokenRejected)
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Api({}, {:?})", self.core.base_url(), self.core.prefix())
    }
}
