//! What a token endpoint's answer means: a token and its lifetime, or a failure.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
};
use zeroize::Zeroize;

use super::failure::Failure;
use crate::{
    document::Document,
    error::{Code, Error},
    http::Response,
    io::Outcome,
    lifetime,
    policy::Policy,
    provider::{
        Credentials, Grant,
        descriptor::{BodyFormat, Descriptor, Pointer, TokenPlace},
    },
    secret::{AccessToken, Secret},
    time::Instant,
};

/// What is needed to read an answer.
pub(super) struct Reader<'a> {
    pub(super) grant: &'a Grant,
    pub(super) credentials: &'a Credentials,
    pub(super) policy: &'a Policy,
    pub(super) sent: Instant,
    pub(super) now: Instant,
}

impl Reader<'_> {
    pub(super) fn read(&self, response: &Response, metadata: &mut BTreeMap<String, String>) -> Outcome {
        let too_large = response.truncated || u64::try_from(response.body.len()).is_ok_and(|len| len > self.policy.body_limit_bytes);
        let failure = Failure { grant: self.grant, credentials: self.credentials, response, now: self.now };
        if !self.descriptor().response.statuses.contains(response.status) {
            let body = if too_large { None } else { self.parse(response).ok() };
            return failure.refused(body.as_ref().map(|Parsed(body)| body));
        }
        if too_large {
            let limit = self.policy.body_limit_bytes;
            return failure.of(Error::new(Code::AnswerTooLarge).with_description(format!("body: more than {limit} bytes")));
        }
        let body = match self.parse_needed(response) {
            Ok(body) => body,
            Err(error) => return failure.of(error),
        };
        let body = body.as_ref().map(|Parsed(body)| body);
        if let Some(outcome) = failure.despite_success(body) {
            return outcome;
        }
        match self.token(response, body) {
            Ok(token) => {
                let answer = lifetime::Answer { body, response, token: token.expose(), sent_wall_ms: self.sent.wall };
                match lifetime::of_answer(&self.descriptor().response, answer, self.policy) {
                    Ok(lifetime_ms) => {
                        *metadata = self.metadata(body);
                        granted(self.grant, token.expose(), lifetime_ms)
                    }
                    Err(error) => failure.of(error),
                }
            }
            Err(error) => failure.without_token(error, body),
        }
    }

    fn descriptor(&self) -> &Descriptor {
        self.grant.provider().descriptor()
    }

    /// Reads the body of an accepted answer, if anything in it is asked for.
    fn parse_needed(&self, response: &Response) -> Result<Option<Parsed>, Error> {
        match self.parse(response) {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) if self.descriptor().response.format == BodyFormat::Text => Ok(None),
            Err(_) if !matches!(self.descriptor().response.token, TokenPlace::Pointer(_)) && response.body.is_empty() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(&self, response: &Response) -> Result<Parsed, Error> {
        let text = text_of(response)?;
        if text.trim().is_empty() {
            return Err(malformed("empty"));
        }
        match self.descriptor().response.format {
            BodyFormat::Form => {
                let members = form_urlencoded::parse(text.trim().as_bytes());
                let members = members.map(|(name, value)| (name.into_owned(), Document::Text(value.into_owned())));
                Ok(Parsed(Document::Object(members.collect())))
            }
            BodyFormat::Json | BodyFormat::Text => serde_json::from_str(text).map(Parsed).map_err(|error| self.unreadable(text, &error)),
        }
    }

    fn unreadable(&self, text: &str, error: &serde_json::Error) -> Error {
        if let Some(field) = lifetime::field_before(&self.descriptor().response, text, error.line(), error.column()) {
            return lifetime::invalid(&field, "not a number that JSON can hold");
        }
        if text.trim_start().starts_with('<') {
            return malformed("HTML or XML, not JSON");
        }
        if error.is_eof() {
            return malformed("JSON that is cut off");
        }
        malformed(&format!("not JSON, at line {} column {}", error.line(), error.column()))
    }

    fn token(&self, response: &Response, body: Option<&Document>) -> Result<Secret, Error> {
        match &self.descriptor().response.token {
            TokenPlace::Pointer(pointer) => checked(&pointer.path(), body.and_then(|body| pointer.find(body)).unwrap_or(&Document::Null)),
            TokenPlace::Header { name, prefix } => {
                let value = response.header(name).ok_or_else(|| missing(&format!("header {name}"), "missing"))?.trim();
                let token =
                    value.strip_prefix(prefix.as_str()).ok_or_else(|| missing(&format!("header {name}"), "without the expected prefix"))?;
                checked_text(&format!("header {name}"), token)
            }
            TokenPlace::Body => checked_text("body", text_of(response)?.trim()),
            TokenPlace::Credential(name) => Err(missing(name, "not an answer's")),
        }
    }

    fn metadata(&self, body: Option<&Document>) -> BTreeMap<String, String> {
        let kept = |pointer: &Pointer| Some(scalar(pointer.find(body?)?)).flatten();
        // `with_server_text` is the one place that makes a server's text harmless.
        let clean =
            |text: String| Error::new(Code::MalformedAnswer).with_server_text(None, Some(&text)).description().map(ToString::to_string);
        let mut metadata = BTreeMap::new();
        let found = self.descriptor().response.metadata.iter();
        metadata.extend(found.filter_map(|(name, pointer)| Some((name.clone(), clean(kept(pointer)?)?))));
        metadata
    }
}

/// Grants a token that is a credential.
pub(super) fn without_request(grant: &Grant, credentials: &Credentials, policy: &Policy) -> Outcome {
    let TokenPlace::Credential(name) = &grant.provider().descriptor().response.token else { return super::misuse("no request is left") };
    let token = credentials.get(name).map(Secret::expose).unwrap_or_default();
    match checked_text(name, token) {
        Ok(token) => granted(grant, token.expose(), policy.lifetime_max_ms),
        Err(error) => Outcome::Failed { error, retry_after_ms: None },
    }
}

fn granted(grant: &Grant, token: &str, lifetime_ms: u64) -> Outcome {
    let header = grant.api().header();
    Outcome::Granted { token: AccessToken::new(header.name.as_str(), &header.prefix, token), lifetime_ms }
}

fn checked(field: &str, value: &Document) -> Result<Secret, Error> {
    match value {
        Document::Text(text) => checked_text(field, text),
        Document::Null => Err(missing(field, "missing")),
        _ => Err(missing(field, "not a string")),
    }
}

/// Refuses a token that no header could carry: one with a line break would end the header (RFC 9110 section 5.5).
fn checked_text(field: &str, text: &str) -> Result<Secret, Error> {
    if text.is_empty() {
        return Err(missing(field, "empty"));
    }
    if text.bytes().any(|byte| !matches!(byte, b' '..=b'~')) || text.starts_with(' ') || text.ends_with(' ') {
        return Err(Error::new(Code::InvalidToken).with_description(format!("{field}: has a character that no header may carry")));
    }
    Ok(Secret::new(text))
}

fn missing(field: &str, reason: &str) -> Error {
    Error::new(Code::MissingToken).with_description(format!("{field}: {reason}"))
}

fn malformed(reason: &str) -> Error {
    Error::new(Code::MalformedAnswer).with_description(format!("body: {reason}"))
}

fn text_of(response: &Response) -> Result<&str, Error> {
    let text = core::str::from_utf8(&response.body).map_err(|_| malformed("not UTF-8"))?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// Returns a text or a number as a text.
pub(super) fn scalar(value: &Document) -> Option<String> {
    match value {
        Document::Text(text) if !text.trim().is_empty() => Some(text.clone()),
        Document::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A parsed body; its texts are wiped on drop, for the token is among them.
struct Parsed(Document);

impl Drop for Parsed {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Document) {
    match value {
        Document::Text(text) => text.zeroize(),
        Document::List(items) => items.iter_mut().for_each(wipe),
        Document::Object(members) => members.iter_mut().for_each(|(_, member)| wipe(member)),
        Document::Null | Document::Bool(_) | Document::Number(_) => {}
    }
}
