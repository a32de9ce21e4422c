//! What JavaScript needs of the core: the machine with the callers that wait for it, the exchange, grants and their APIs.
//!
//! Everything here is synchronous. What goes in and out is plain: numbers, texts and objects without methods.

mod api;
mod exchange;
mod failure;
mod grant;
mod json;
mod machine;
mod step;
mod url;

use wasm_bindgen::prelude::*;

/// Makes a failure of a code of `errors.json`, with a text of a library or of a server: sanitised, on one line, bounded.
#[wasm_bindgen]
pub fn failure(code: &str, description: Option<String>, fix: Option<String>) -> JsValue {
    failure::thrown(&failure::error_of(code, description.as_deref(), fix))
}
