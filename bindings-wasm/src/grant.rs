//! What is asked for, and of whom.

use std::sync::Arc;

use evertoken::{Credentials, Grant as Core, provider::GrantBuilder};
use wasm_bindgen::prelude::*;

use crate::{api::Api, exchange::pairs, failure::thrown, json::Json, json::text_of, url};

/// A provider, its endpoint, client, scopes and surface: the whole key of a token, and no secret.
#[wasm_bindgen]
pub struct Grant {
    pub(crate) core: Arc<Core>,
    hash: u64,
}

#[wasm_bindgen]
impl Grant {
    /// Makes a grant of what a provider function has collected; `credentials`, names and values in turn, may name the client.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, credentials: Vec<String>) -> Result<Grant, JsValue> {
        let options = text_of(options).unwrap_or_default();
        let credentials = Credentials::new(pairs(credentials));
        let built = GrantBuilder::from_json(&options, url::parse).and_then(|builder| builder.identified_by(&credentials).build(url::parse));
        let core = built.map_err(|error| thrown(&error))?;
        let hash = hash([options.as_str(), core.client_id().unwrap_or_default()]);
        Ok(Self { core: Arc::new(core), hash })
    }

    /// The token endpoint; empty for a provider that asks no server.
    #[wasm_bindgen(getter)]
    pub fn endpoint(&self) -> String {
        self.core.endpoint().into()
    }

    /// The API that the token is for.
    #[wasm_bindgen(getter)]
    pub fn api(&self) -> Api {
        Api::new(self.core.api().clone())
    }

    /// The credentials that the provider asks for: their names and environment variables.
    #[wasm_bindgen(getter)]
    pub fn fields(&self) -> JsValue {
        let fields = Json::list(self.core.provider().credentials(), |json, field| {
            json.text("name", &field.name);
            json.text_if("env", field.env.as_deref());
        });
        fields.value()
    }

    /// Names the token among all of a page's origin; equal for grants that were made alike by one version of this package.
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        format!("{version} {} {} {:016x}", self.core.provider().name(), self.core.endpoint(), self.hash)
    }
}

/// FNV-1a: names, and protects nothing.
fn hash(texts: [&str; 2]) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
