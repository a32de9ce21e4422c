//! A failure as data; the error classes are JavaScript's.

use evertoken::{Class, Code, Error};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::step::value;

/// What failed, why, and what to do about it; nothing secret.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure<'a> {
    code: &'static str,
    error_class: Class,
    retryable: bool,
    /// Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<u64>,
    fix: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_code: Option<&'a str>,
    message: String,
}

impl<'a> From<&'a Error> for Failure<'a> {
    fn from(error: &'a Error) -> Self {
        Self {
            code: error.code.as_str(),
            error_class: error.class(),
            retryable: error.retryable(),
            retry_at: error.retry_at.map(|at| at.wall),
            fix: error.fix(),
            description: error.description(),
            status: error.status(),
            provider_code: error.provider_code(),
            message: error.to_string(),
        }
    }
}

/// Makes what a failed function throws.
pub(crate) fn thrown(error: &Error) -> JsValue {
    value(&Failure::from(error)).unwrap_or_else(|unwritten| unwritten)
}

pub(crate) fn error_of(code: &str, description: Option<&str>, fix: Option<String>) -> Error {
    let error = Error::new(Code::from_name(code).unwrap_or(Code::Misuse)).with_server_text(None, description);
    fix.into_iter().fold(error, Error::with_fix)
}
