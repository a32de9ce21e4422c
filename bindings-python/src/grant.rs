//! What is asked for, and of whom.

use std::{collections::HashMap, sync::Arc};

use evertoken::{
    Code, Error, Grant as Core,
    provider::{GrantBuilder, builtin},
    url,
};
use pyo3::prelude::*;

use crate::{api::Api, api::hash, failure::exception};

/// A provider, its endpoint, client, scopes and surface: the whole key of a token, and no secret.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Grant(pub(crate) Arc<Core>);

/// A credential that a provider asks for.
#[pyclass(frozen, module = "evertoken._native")]
pub(crate) struct Field {
    /// By which name it is given.
    #[pyo3(get)]
    name: String,
    /// The environment variable that it is read from.
    #[pyo3(get)]
    env: Option<String>,
    /// It names the client and is no secret.
    #[pyo3(get)]
    identity: bool,
}

#[pymethods]
impl Grant {
    /// Makes a grant of a built-in provider's name, or of a descriptor.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    #[pyo3(signature = (provider=None, *, descriptor=None, variables=None, endpoint=None, client_id=None, scopes=Vec::new(), audience=None,
        resource=None, parameters=Vec::new(), surface=None, api=None, api_url=None, client_auth=None, body=None))]
    fn new(
        py: Python<'_>,
        provider: Option<&str>,
        descriptor: Option<&str>,
        variables: Option<HashMap<String, String>>,
        endpoint: Option<String>,
        client_id: Option<String>,
        scopes: Vec<String>,
        audience: Option<String>,
        resource: Option<String>,
        parameters: Vec<(String, String)>,
        surface: Option<String>,
        api: Option<&Api>,
        api_url: Option<String>,
        client_auth: Option<&str>,
        body: Option<&str>,
    ) -> PyResult<Self> {
        let make = || {
            let mut builder = match (provider, descriptor) {
                (Some(name), None) => builtin::provider(name)?.grant(),
                (None, Some(descriptor)) => GrantBuilder::custom(descriptor),
                _ => return Err(Error::new(Code::Misuse).with_description("either a provider or a descriptor")),
            };
            builder = variables.into_iter().flatten().fold(builder, |builder, (name, value)| builder.variable(name, value));
            builder = endpoint.into_iter().fold(builder, GrantBuilder::endpoint);
            builder = client_id.into_iter().fold(builder, GrantBuilder::client_id);
            builder = builder.scopes(scopes);
            builder = audience.into_iter().fold(builder, GrantBuilder::audience);
            builder = resource.into_iter().fold(builder, GrantBuilder::resource);
            builder = parameters.into_iter().fold(builder, |builder, (name, value)| builder.parameter(name, value));
            builder = surface.into_iter().fold(builder, GrantBuilder::surface);
            builder = api.into_iter().fold(builder, |builder, api| builder.api(api.api.clone()));
            builder = api_url.into_iter().fold(builder, GrantBuilder::api_url);
            if let Some(name) = client_auth {
                builder = builder.client_auth_named(name)?;
            }
            if let Some(name) = body {
                builder = builder.body_named(name)?;
            }
            builder.build(url::parse)
        };
        make().map(|grant| Self(Arc::new(grant))).map_err(|error| exception(py, error))
    }

    /// The provider's name, such as `piwik_pro`.
    #[getter]
    fn provider(&self) -> &str {
        self.0.provider().name()
    }

    /// The token endpoint; empty for a provider that asks no server.
    #[getter]
    fn endpoint(&self) -> &str {
        self.0.endpoint()
    }

    /// The API that the token is for.
    #[getter]
    fn api(&self) -> Api {
        Api::new(self.0.api().clone())
    }

    /// The credentials that the provider asks for.
    #[getter]
    fn fields(&self) -> Vec<Field> {
        let fields = self.0.provider().credentials().iter();
        fields.map(|field| Field { name: field.name.clone(), env: field.env.clone(), identity: field.identity }).collect()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        hash(&self.0)
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}
