//! A client of the library, made of what a file says.

use std::sync::{Arc, Mutex, PoisonError};

use evertoken::{
    Code, Credentials, Error, Event, Policy, ResolvedApi,
    provider::{BodyEncoding, ClientAuth, GrantBuilder, builtin, builtin::OroSurface},
    url,
};
use evertoken_native::{Client, Traffic};
use reqwest::Certificate;

use super::format::{ApiSpec, BodyName, ClientAuthName, ClientSpec, ProviderName};
use crate::time::VirtualTime;

/// A client in virtual time.
pub(crate) type VirtualClient = Client<VirtualTime, VirtualTime>;

/// The events of a client, each as its name and everything that it shows.
pub(crate) type Events = Arc<Mutex<Vec<(&'static str, String)>>>;

/// Makes the client that a file describes; nothing is sent yet.
pub(crate) fn client(
    spec: &ClientSpec,
    time: &VirtualTime,
    traffic: &Traffic,
    events: &Events,
    ca: &Certificate,
) -> Result<VirtualClient, Error> {
    let credentials = credentials(&spec.credentials);
    let grant = grant(spec)?.identified_by(&credentials).build(url::parse)?;
    let events = Arc::clone(events);
    let listen = move |event: &Event| {
        let shown = format!("{event:?} {}", serde_json::to_string(event).unwrap_or_default());
        events.lock().unwrap_or_else(PoisonError::into_inner).push((event.name(), shown));
    };
    let policy = policy(spec)?;
    // The test's authority alone: reading the system's takes longer than most files.
    let ca = ca.clone();
    let client = Client::builder(grant, credentials).http(move |http| http.tls_certs_only([ca.clone()]).no_proxy());
    let client = client.policy(policy).on_event(listen);
    client.clock(time.clone()).timer(time.clone()).traffic(traffic.clone()).build()
}

pub(crate) fn credentials(named: &std::collections::BTreeMap<String, String>) -> Credentials {
    Credentials::new(named.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn policy(spec: &ClientSpec) -> Result<Policy, Error> {
    let numbers = serde_json::Value::Object(spec.policy.clone());
    serde_json::from_value(numbers).map_err(|error| Error::new(Code::InvalidOption).with_description(format!("policy: {error}")))
}

fn grant(spec: &ClientSpec) -> Result<GrantBuilder, Error> {
    let url = || spec.url.clone().unwrap_or_default();
    let endpoint = || spec.endpoint.clone().unwrap_or_default();
    let mut grant = match spec.provider {
        ProviderName::PiwikPro => builtin::piwik_pro(url()),
        ProviderName::Didomi => builtin::didomi(),
        ProviderName::OroCommerce => {
            let storefront = spec.surface.as_deref() == Some("storefront");
            builtin::oro_commerce(url(), if storefront { OroSurface::Storefront } else { OroSurface::BackOffice })
        }
        ProviderName::OroPlatform => builtin::oro_platform(url()),
        ProviderName::Oauth2 => builtin::oauth2(endpoint()),
        ProviderName::Broker => builtin::broker(endpoint()),
        ProviderName::Fixed => builtin::fixed(),
        ProviderName::Custom => GrantBuilder::custom(&spec.descriptor.clone().unwrap_or_default().to_string()),
    };
    if spec.provider == ProviderName::Didomi && spec.url.is_some() {
        grant = grant.endpoint(url());
    }
    if let (ProviderName::Custom, Some(surface)) = (spec.provider, &spec.surface) {
        grant = grant.surface(surface);
    }
    if let Some(prefix) = &spec.backend_prefix {
        grant = grant.variable("backend_prefix", prefix);
    }
    for (name, value) in &spec.variables {
        grant = grant.variable(name, value);
    }
    grant = match &spec.api {
        Some(ApiSpec::Url(url)) => grant.api_url(url),
        Some(ApiSpec::Of(of)) => grant.api(api(of)?),
        None => grant,
    };
    grant = match spec.client_auth {
        Some(ClientAuthName::Basic) => grant.client_auth(ClientAuth::Basic),
        Some(ClientAuthName::BasicRaw) => grant.client_auth(ClientAuth::BasicRaw),
        Some(ClientAuthName::Body) => grant.client_auth(ClientAuth::Body),
        None => grant,
    };
    grant = match spec.body {
        Some(BodyName::Form) => grant.body(BodyEncoding::Form),
        Some(BodyName::Json) => grant.body(BodyEncoding::Json),
        None => grant,
    };
    if let Some(audience) = &spec.audience {
        grant = grant.audience(audience);
    }
    Ok(if spec.scopes.is_empty() { grant } else { grant.scopes(spec.scopes.iter().map(String::as_str)) })
}

fn api(of: &ClientSpec) -> Result<ResolvedApi, Error> {
    grant(of)?.build_api(url::parse)
}
