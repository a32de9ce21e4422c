//! A failure as data; the error classes are JavaScript's.

use evertoken::{Code, Error};
use wasm_bindgen::JsValue;

use crate::json::Json;

/// Writes what failed, why, and what to do about it; nothing secret.
pub(crate) fn write(json: &mut Json, error: &Error) {
    json.text("code", error.code.as_str());
    json.text("errorClass", error.class().as_str());
    json.flag("retryable", error.retryable());
    if let Some(at) = error.retry_at {
        json.number("retryAt", at.wall);
    }
    json.text("fix", error.fix());
    json.text_if("description", error.description());
    if let Some(status) = error.status() {
        json.number("status", status.into());
    }
    json.text_if("providerCode", error.provider_code());
    json.text("message", &error.to_string());
}

/// Makes what a failed function throws.
pub(crate) fn thrown(error: &Error) -> JsValue {
    Json::object(|json| write(json, error)).value()
}

pub(crate) fn error_of(code: &str, description: Option<&str>, fix: Option<String>) -> Error {
    let error = Error::new(Code::from_name(code).unwrap_or(Code::Misuse)).with_server_text(None, description);
    fix.into_iter().fold(error, Error::with_fix)
}
