//! The token request, byte for byte as the descriptor says.

use alloc::{format, string::String, vec::Vec};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::{
    error::{Code, Error},
    http::Request,
    provider::{
        Credentials, Grant,
        descriptor::{Basic, BasicEncoding, Body, BodyFormat, RequestTemplate, ScopeStyle},
        template::{Members, Values},
    },
    secret::Secret,
};

/// Builds the request; `None` for a provider that asks no server.
pub(super) fn build(grant: &Grant, credentials: &Credentials) -> Result<Option<Request>, Error> {
    let Some(template) = &grant.provider().descriptor().request else { return Ok(None) };
    let values = Given { grant, credentials, scope_is_array: template.scope == ScopeStyle::Array };
    let mut request = Request::new(template.method.as_str(), url(grant, template, &values));
    let (content_type, body) = body(template, &values);
    if let Some(content_type) = content_type {
        request = request.with_header("Content-Type", content_type);
    }
    if grant.provider().descriptor().response.format == BodyFormat::Json {
        request = request.with_header("Accept", "application/json");
    }
    for (name, value) in template.headers.filled(&values) {
        request = request.with_header(name, header_value(name, &value)?);
    }
    if let Some(value) = template.basic.as_ref().and_then(|basic| basic_value(basic, &values)) {
        request = request.with_header(template.basic.as_ref().map_or("Authorization", |basic| &basic.header), value);
    }
    if let Some(body) = body {
        request = request.with_body(body);
    }
    Ok(Some(if template.same_origin_cookies { request.with_same_origin_cookies() } else { request }))
}

/// What the names in a descriptor's templates stand for.
struct Given<'a> {
    grant: &'a Grant,
    credentials: &'a Credentials,
    scope_is_array: bool,
}

impl Values for Given<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        let credential = || self.credentials.get(name).map(Secret::expose).or_else(|| self.grant.client_id_named(name));
        self.grant.option(name).or_else(|| self.grant.variable(name)).or_else(credential)
    }

    fn list(&self, name: &str) -> Option<&[String]> {
        (self.scope_is_array && name == "scope" && !self.grant.scopes().is_empty()).then(|| self.grant.scopes())
    }
}

fn url(grant: &Grant, template: &RequestTemplate, values: &dyn Values) -> Secret {
    let query = form_encoded(&template.query, values);
    if query.is_empty() {
        return Secret::new(grant.endpoint());
    }
    let mut url = String::with_capacity(grant.endpoint().len() + 1 + query.len());
    url.push_str(grant.endpoint());
    url.push('?');
    url.push_str(&query);
    Secret::new(url)
}

fn body(template: &RequestTemplate, values: &dyn Values) -> (Option<&'static str>, Option<Vec<u8>>) {
    match &template.body {
        Body::None => (None, None),
        Body::Empty => (None, Some(Vec::new())),
        Body::Form(form) => {
            let encoded = core::mem::take(&mut *form_encoded(form, values));
            (Some("application/x-www-form-urlencoded"), Some(encoded.into_bytes()))
        }
        Body::Json(tree) => (Some("application/json"), Some(tree.to_json(values).into_bytes())),
    }
}

fn form_encoded(members: &Members, values: &dyn Values) -> Zeroizing<String> {
    let filled: Vec<_> = members.filled(values).collect();
    // One allocation of the final size: a growing buffer would leave unwiped copies behind.
    let room = filled.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut serializer = form_urlencoded::Serializer::new(String::with_capacity(room));
    for (name, value) in &filled {
        serializer.append_pair(name, value);
    }
    Zeroizing::new(serializer.finish())
}

/// RFC 7617; with [`BasicEncoding::Form`] both halves are form-encoded first (RFC 6749 section 2.3.1), a space being `+`.
fn basic_value(basic: &Basic, values: &dyn Values) -> Option<Secret> {
    let (username, password) = (basic.username.fill(values)?, basic.password.fill(values)?);
    let mut pair = Zeroizing::new(String::with_capacity(3 * (username.len() + password.len()) + 1));
    match basic.encoding {
        BasicEncoding::Form => {
            pair.extend(form_urlencoded::byte_serialize(username.as_bytes()));
            pair.push(':');
            pair.extend(form_urlencoded::byte_serialize(password.as_bytes()));
        }
        BasicEncoding::Raw => {
            pair.push_str(&username);
            pair.push(':');
            pair.push_str(&password);
        }
    }
    let mut value = String::with_capacity(basic.scheme.len() + 1 + pair.len().div_ceil(3) * 4);
    if !basic.scheme.is_empty() {
        value.push_str(&basic.scheme);
        value.push(' ');
    }
    BASE64_STANDARD.encode_string(pair.as_bytes(), &mut value);
    Some(Secret::new(value))
}

/// Says whether form-encoding changes what this client sends, so that the server must decode it, or must not.
pub(super) fn encoding_matters(basic: &Basic, grant: &Grant, credentials: &Credentials) -> bool {
    let values = Given { grant, credentials, scope_is_array: false };
    [&basic.username, &basic.password].into_iter().filter_map(|text| text.fill(&values)).any(|text| {
        let encoded = Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        *encoded != *text
    })
}

fn header_value(name: &str, value: &Zeroizing<String>) -> Result<Secret, Error> {
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(Secret::new(value.as_str()));
    }
    Err(Error::new(Code::InvalidOption)
        .with_description(format!("the value for the header {name}: has a character that no header may carry")))
}
