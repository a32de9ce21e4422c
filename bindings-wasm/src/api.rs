//! The API that a token is for.

use evertoken::{Judgement, ResolvedApi, judge, judge::reads_body};
use wasm_bindgen::prelude::*;

use crate::{exchange::pairs, failure::thrown, url};

/// Where a token may go, in which header, and which answers reject it.
#[wasm_bindgen]
pub struct Api(ResolvedApi);

impl Api {
    pub(crate) const fn new(api: ResolvedApi) -> Self {
        Self(api)
    }
}

#[wasm_bindgen]
impl Api {
    /// The header that carries the token.
    #[wasm_bindgen(getter, js_name = headerName)]
    pub fn header_name(&self) -> String {
        self.0.header().name.clone()
    }

    /// Makes the URL of a path, as the vendor's documentation prints it, or of a URL of the API; throws for any other.
    pub fn resolve(&self, path_or_url: &str) -> Result<String, JsValue> {
        self.0.resolve(path_or_url, url::parse).map_err(|error| thrown(&error))
    }

    /// Returns the media type of the API at a URL; empty where it wants none.
    #[wasm_bindgen(js_name = mediaType)]
    pub fn media_type(&self, url: &str) -> String {
        let path = url::parse(url).map(|url| url.path).unwrap_or_default();
        self.0.media_type(&path).unwrap_or_default().into()
    }

    /// Says whether answers of a status are looked into.
    pub fn inspects(&self, status: u16) -> bool {
        self.0.inspects(status)
    }

    /// Says whether `judge` wants the body; `headers` are names and values in turn.
    #[wasm_bindgen(js_name = readsBody)]
    pub fn reads_body(&self, status: u16, headers: Vec<String>) -> bool {
        reads_body(&self.0, status, &pairs(headers))
    }

    /// Says whether an answer to a request with our token rejects the token.
    pub fn judge(&self, status: u16, headers: Vec<String>, body: Option<Vec<u8>>) -> bool {
        judge(&self.0, status, &pairs(headers), body.as_deref()) == Judgement::TokenRejected
    }
}
