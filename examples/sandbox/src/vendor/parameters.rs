//! Parameters of a token request: JSON, form and Basic.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Received;

/// The parameters of a body. Empty when the body cannot be read as its content type says.
pub(super) struct Parameters(BTreeMap<String, Value>);

impl Parameters {
    /// Reads a JSON body.
    pub(super) fn json(request: &Received) -> Self {
        let object = match request.media_type().as_str() {
            "application/json" | "application/x-json" => serde_json::from_slice(&request.body).ok(),
            _ => None,
        };
        Self(object.unwrap_or_default())
    }

    /// Reads a form body; of a repeated parameter the last one counts.
    pub(super) fn form(request: &Received) -> Self {
        if request.media_type() != "application/x-www-form-urlencoded" {
            return Self(BTreeMap::new());
        }
        Self(form_urlencoded::parse(&request.body).map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect())
    }

    /// Reads what the content type says.
    pub(super) fn json_or_form(request: &Received) -> Self {
        let json = Self::json(request);
        if json.0.is_empty() { Self::form(request) } else { json }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

/// Reads a Basic header, split at the first colon, without percent-decoding.
pub(super) fn basic(request: &Received) -> Option<(String, String)> {
    let (scheme, value) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// Decodes one value as forms do (RFC 6749, appendix B).
pub(super) fn form_decoded(text: &str) -> String {
    let pair = format!("v={}", text.replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}
