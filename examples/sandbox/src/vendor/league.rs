//! The client-credentials grant of `league/oauth2-server`, which Piwik PRO and Oro are built on.

use super::parameters::{Parameters, basic};
use super::{Call, Fixed};
use crate::answer::JSON;
use crate::keys::Identity;

/// Why a request got no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    UnsupportedGrant,
    Missing(&'static str),
    InvalidClient,
}

/// Checks a token request. Parameters of the body beat the Basic header.
///
/// A missing secret is a missing parameter where `secret_required`, and a wrong secret elsewhere.
pub(super) fn check(call: &Call<'_>, secret_required: bool) -> Result<Identity, Refusal> {
    let parameters = Parameters::json_or_form(call.request);
    if parameters.text("grant_type") != Some("client_credentials") {
        return Err(Refusal::UnsupportedGrant);
    }
    let (basic_id, basic_secret) = basic(call.request).unzip();
    let given = |name: &'static str, fallback: Option<String>| match parameters.get(name) {
        None => Ok(fallback),
        Some(value) => value.as_str().map(|text| Some(text.to_owned())).ok_or(Refusal::Missing(name)),
    };
    let id = given("client_id", basic_id)?.ok_or(Refusal::Missing("client_id"))?;
    let secret = given("client_secret", basic_secret)?;
    if secret.is_none() && secret_required {
        return Err(Refusal::Missing("client_secret"));
    }
    call.site.keys.check(&id, secret.as_deref().unwrap_or_default()).ok_or(Refusal::InvalidClient)
}

/// The first scope that is asked for.
pub(super) fn scope(call: &Call<'_>) -> Option<String> {
    let parameters = Parameters::json_or_form(call.request);
    parameters.text("scope").unwrap_or_default().split_whitespace().next().map(str::to_owned)
}

pub(super) const UNSUPPORTED_GRANT: Fixed = Fixed {
    status: 400,
    content_type: JSON,
    body: r#"{"error":"unsupported_grant_type","error_description":"The authorization grant type is not supported by the authorization server.","hint":"Check that all required parameters have been provided","message":"The authorization grant type is not supported by the authorization server."}"#,
};

/// The body for a missing parameter, under the error code that the vendor uses for it.
pub(super) fn missing_parameter(code: &str, name: &str) -> String {
    const TEXT: &str = "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";
    format!(r#"{{"error":"{code}","error_description":"{TEXT}","hint":"Check the `{name}` parameter","message":"{TEXT}"}}"#)
}
