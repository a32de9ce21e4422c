//! What is asked for, and of whom.

use std::{fmt, sync::Arc};

use evertoken::{
    Code, Credentials, Error, Grant as Core,
    provider::{GrantBuilder, builtin},
    url,
};

use crate::{
    api::Api,
    failure::Refusal,
    pair::{Pair, credentials, pairs},
};

/// A provider, its endpoint, client, scopes and surface: the whole key of a token, and no secret.
#[derive(uniffi::Object)]
#[uniffi::export(Debug)]
pub struct Grant {
    pub(crate) core: Arc<Core>,
}

/// What a provider function has collected: `provider`, a built-in one's name, or `descriptor`, JSON.
#[derive(Clone, Debug, uniffi::Record)]
pub struct GrantOptions {
    /// The name of a built-in provider, such as `piwik_pro`.
    #[uniffi(default = None)]
    pub provider: Option<String>,
    /// A descriptor as JSON.
    #[uniffi(default = None)]
    pub descriptor: Option<String>,
    /// The descriptor's variables, such as `account`.
    #[uniffi(default = [])]
    pub variables: Vec<Pair>,
    /// Replaces the provider's address, or names the token endpoint of those without one.
    #[uniffi(default = None)]
    pub endpoint: Option<String>,
    /// Names the client.
    #[uniffi(default = None)]
    pub client_id: Option<String>,
    /// The scopes.
    #[uniffi(default = [])]
    pub scopes: Vec<String>,
    /// The audience.
    #[uniffi(default = None)]
    pub audience: Option<String>,
    /// The resource (RFC 8707).
    #[uniffi(default = None)]
    pub resource: Option<String>,
    /// Further parameters of the token request.
    #[uniffi(default = [])]
    pub parameters: Vec<Pair>,
    /// The surface of the API.
    #[uniffi(default = None)]
    pub surface: Option<String>,
    /// `basic`, `basic_raw` or `body`.
    #[uniffi(default = None)]
    pub client_auth: Option<String>,
    /// `form` or `json`.
    #[uniffi(default = None)]
    pub body: Option<String>,
    /// The URL of the API, where the provider does not know it.
    #[uniffi(default = None)]
    pub api_url: Option<String>,
}

/// A credential that a provider asks for.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Field {
    /// By which name it is given.
    pub name: String,
    /// The environment variable that it is read from.
    pub env: Option<String>,
}

#[uniffi::export]
impl Grant {
    /// Makes a grant; `known` may name the client, and `api` is the API half of another provider.
    #[uniffi::constructor(default(known = [], api = None))]
    pub fn new(options: GrantOptions, known: Vec<Pair>, api: Option<Arc<Api>>) -> Result<Self, Refusal> {
        let grant = built(options, &credentials(known), api.as_deref())?;
        Ok(Self { core: Arc::new(grant) })
    }

    /// The API that the token is for.
    pub fn api(&self) -> Result<Arc<Api>, Refusal> {
        Ok(Arc::new(Api::new(self.core.api().clone())))
    }

    /// The credentials that the provider asks for.
    pub fn fields(&self) -> Result<Vec<Field>, Refusal> {
        let fields = self.core.provider().credentials().iter();
        Ok(fields.map(|field| Field { name: field.name.clone(), env: field.env.clone() }).collect())
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

fn built(options: GrantOptions, known: &Credentials, api: Option<&Api>) -> Result<Core, Error> {
    let mut builder = match (options.provider, options.descriptor) {
        (Some(name), None) => builtin::provider(&name)?.grant(),
        (None, Some(descriptor)) => GrantBuilder::custom(&descriptor),
        _ => return Err(Error::new(Code::Misuse).with_description("either a provider or a descriptor")),
    };
    builder = pairs(options.variables).into_iter().fold(builder, |builder, (name, value)| builder.variable(name, value));
    builder = options.endpoint.into_iter().fold(builder, GrantBuilder::endpoint);
    builder = options.client_id.into_iter().fold(builder, GrantBuilder::client_id);
    builder = builder.scopes(options.scopes);
    builder = options.audience.into_iter().fold(builder, GrantBuilder::audience);
    builder = options.resource.into_iter().fold(builder, GrantBuilder::resource);
    builder = pairs(options.parameters).into_iter().fold(builder, |builder, (name, value)| builder.parameter(name, value));
    builder = options.surface.into_iter().fold(builder, GrantBuilder::surface);
    builder = api.into_iter().fold(builder, |builder, api| builder.api(api.core.clone()));
    builder = options.api_url.into_iter().fold(builder, GrantBuilder::api_url);
    if let Some(name) = options.client_auth {
        builder = builder.client_auth_named(&name)?;
    }
    if let Some(name) = options.body {
        builder = builder.body_named(&name)?;
    }
    builder.identified_by(known).build(url::parse)
}
