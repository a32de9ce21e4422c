//! What is asked for, and of whom.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use evertoken::{
    Code, Credentials, Error, Grant as Core,
    provider::{BodyEncoding, ClientAuth, GrantBuilder},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::{api::Api, failure::thrown, step::value, url};

/// A provider, its endpoint, client, scopes and surface: the whole key of a token, and no secret.
#[wasm_bindgen]
pub struct Grant(pub(crate) Arc<Core>);

/// What a provider function of JavaScript has collected.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    /// The descriptor, as JSON text.
    descriptor: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    endpoint: Option<String>,
    client_id: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    audience: Option<String>,
    resource: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    surface: Option<String>,
    api: Option<ApiOptions>,
    client_auth: Option<ClientAuthName>,
    body: Option<BodyName>,
}

/// The API that the token is for: a URL, or the API half of another provider.
#[derive(Deserialize)]
#[serde(untagged)]
enum ApiOptions {
    Url(String),
    Half(Box<Options>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClientAuthName {
    Basic,
    BasicRaw,
    Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum BodyName {
    Form,
    Json,
}

/// A credential that a provider asks for.
#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    env: Option<&'a str>,
}

#[wasm_bindgen]
impl Grant {
    /// Makes a grant of what a provider function has collected; `credentials` may name the client.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, credentials: JsValue) -> Result<Grant, JsValue> {
        let options: Options = serde_wasm_bindgen::from_value(options)
            .map_err(|error| thrown(&Error::new(Code::InvalidOption).with_description(error.to_string())))?;
        let named: BTreeMap<String, String> = serde_wasm_bindgen::from_value(credentials).unwrap_or_default();
        let grant = options.builder().and_then(|builder| builder.identified_by(&Credentials::new(named)).build(url::parse));
        grant.map(|grant| Self(Arc::new(grant))).map_err(|error| thrown(&error))
    }

    /// The token endpoint; empty for a provider that asks no server.
    #[wasm_bindgen(getter)]
    pub fn endpoint(&self) -> String {
        self.0.endpoint().into()
    }

    /// The API that the token is for.
    #[wasm_bindgen(getter)]
    pub fn api(&self) -> Api {
        Api::new(self.0.api().clone())
    }

    /// The credentials that the provider asks for: their names and environment variables.
    #[wasm_bindgen(getter)]
    pub fn fields(&self) -> Result<JsValue, JsValue> {
        let fields = self.0.provider().credentials().iter();
        value(&fields.map(|field| Field { name: &field.name, env: field.env.as_deref() }).collect::<Vec<_>>())
    }

    /// Names the token among all of a page's origin; equal for equal grants of one version of this package.
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        let version = env!("CARGO_PKG_VERSION");
        format!("{version} {} {} {:016x}", self.0.provider().name(), self.0.endpoint(), hasher.finish())
    }
}

impl Options {
    fn builder(self) -> Result<GrantBuilder, Error> {
        let mut builder = GrantBuilder::custom(&self.descriptor);
        builder = self.variables.into_iter().fold(builder, |builder, (name, value)| builder.variable(name, value));
        builder = self.endpoint.into_iter().fold(builder, GrantBuilder::endpoint);
        builder = self.client_id.into_iter().fold(builder, GrantBuilder::client_id);
        builder = builder.scopes(self.scopes);
        builder = self.audience.into_iter().fold(builder, GrantBuilder::audience);
        builder = self.resource.into_iter().fold(builder, GrantBuilder::resource);
        builder = self.parameters.into_iter().fold(builder, |builder, (name, value)| builder.parameter(name, value));
        builder = self.surface.into_iter().fold(builder, GrantBuilder::surface);
        builder = match self.api {
            Some(ApiOptions::Url(url)) => builder.api_url(url),
            Some(ApiOptions::Half(half)) => builder.api(half.builder()?.build(url::parse)?.api().clone()),
            None => builder,
        };
        if let Some(name) = self.client_auth {
            builder = builder.client_auth(match name {
                ClientAuthName::Basic => ClientAuth::Basic,
                ClientAuthName::BasicRaw => ClientAuth::BasicRaw,
                ClientAuthName::Body => ClientAuth::Body,
            });
        }
        if let Some(name) = self.body {
            builder = builder.body(match name {
                BodyName::Form => BodyEncoding::Form,
                BodyName::Json => BodyEncoding::Json,
            });
        }
        Ok(builder)
    }
}
