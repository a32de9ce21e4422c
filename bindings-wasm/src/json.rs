//! Plain objects of JavaScript, as JSON text on the way: an eighth of the code that making them field by field takes.

use evertoken::Instant;
use wasm_bindgen::prelude::*;

/// An object being written.
pub(crate) struct Json(String);

impl Json {
    /// Writes an object.
    pub(crate) fn object(write: impl FnOnce(&mut Self)) -> Self {
        let mut json = Self(String::new());
        json.braces(write);
        json
    }

    /// Writes a list of objects.
    pub(crate) fn list<T>(items: impl IntoIterator<Item = T>, write: impl FnMut(&mut Self, T)) -> Self {
        let mut json = Self(String::new());
        json.brackets(items, write);
        json
    }

    /// Makes it a value of JavaScript.
    pub(crate) fn value(self) -> JsValue {
        parse(&self.0)
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.quoted(text);
    }

    pub(crate) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    pub(crate) fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        self.0.push_str(&number.to_string());
    }

    pub(crate) fn signed(&mut self, name: &str, number: i64) {
        self.name(name);
        if number < 0 {
            self.0.push('-');
        }
        self.0.push_str(&number.unsigned_abs().to_string());
    }

    pub(crate) fn instant(&mut self, name: &str, at: Instant) {
        self.member(name, |json| {
            json.number("mono", at.mono);
            json.number("wall", at.wall);
        });
    }

    pub(crate) fn flag(&mut self, name: &str, flag: bool) {
        self.name(name);
        self.0.push_str(if flag { "true" } else { "false" });
    }

    pub(crate) fn null(&mut self, name: &str) {
        self.name(name);
        self.0.push_str("null");
    }

    pub(crate) fn numbers(&mut self, name: &str, numbers: &[u64]) {
        self.name(name);
        self.0.push('[');
        for number in numbers {
            self.comma();
            self.0.push_str(&number.to_string());
        }
        self.0.push(']');
    }

    /// Writes an object as a member.
    pub(crate) fn member(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.name(name);
        self.braces(write);
    }

    /// Writes a list of objects as a member.
    pub(crate) fn members<T>(&mut self, name: &str, items: impl IntoIterator<Item = T>, write: impl FnMut(&mut Self, T)) {
        self.name(name);
        self.brackets(items, write);
    }

    fn braces(&mut self, write: impl FnOnce(&mut Self)) {
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    fn brackets<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.0.push('[');
        for item in items {
            self.comma();
            self.braces(|json| write(json, item));
        }
        self.0.push(']');
    }

    fn name(&mut self, name: &str) {
        self.comma();
        self.quoted(name);
        self.0.push(':');
    }

    fn comma(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }

    /// Writes a string (RFC 8259 section 7).
    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            if c < ' ' || c == '"' || c == '\\' {
                self.0.push_str("\\u00");
                let digits = [u32::from(c) >> 4, u32::from(c) & 15];
                self.0.extend(digits.into_iter().filter_map(|digit| char::from_digit(digit, 16)));
            } else {
                self.0.push(c);
            }
        }
        self.0.push('"');
    }
}

/// The JSON text of a value; none for what has no such text.
pub(crate) fn text_of(value: &JsValue) -> Option<String> {
    stringify(value).ok().flatten()
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = JSON)]
    fn parse(text: &str) -> JsValue;

    #[wasm_bindgen(js_namespace = JSON, catch)]
    fn stringify(value: &JsValue) -> Result<Option<String>, JsValue>;
}
