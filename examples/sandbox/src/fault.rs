//! What can go wrong on demand.

use serde::{Deserialize, Serialize};

use crate::control::ControlError;
use crate::vendor::{self, Kind, Vendor};

/// One thing that goes wrong. Delays (`Latency`, `Hang`) combine with everything; of the faults that decide the
/// answer the first one wins; those that change a granted token (`ExpiresIn`, `Field`, `Token`, `SameToken`) all apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Answers later, by the sandbox's clock.
    Latency {
        /// The delay in milliseconds.
        ms: u64,
    },
    /// Holds the answer until it is released.
    Hang {
        /// When the vendor decides what the answer is.
        #[serde(default)]
        decide: Decide,
    },
    /// Closes the connection without an answer.
    Drop,
    /// Announces the whole answer, sends its first bytes, and closes the connection.
    Truncate {
        /// How much of the body is sent.
        after_bytes: usize,
    },
    /// Sends the head and the first bytes of the answer, and holds the rest until it is released.
    Stall {
        /// How much of the body is sent at once.
        after_bytes: usize,
    },
    /// Answers with exactly this.
    Answer {
        /// The status, 200 to 599.
        status: u16,
        /// Headers, in order. A `content-type` here replaces the body's own.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body.
        #[serde(default)]
        body: Payload,
    },
    /// Says that there are too many requests, or that the service is away, in the vendor's words.
    Throttle {
        /// 429 or 503, or what else is wanted.
        status: u16,
        /// The `Retry-After` header; none when absent.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// Points elsewhere.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location` header: a path, or a URL of another origin.
        location: String,
    },
    /// Refuses the credential (token endpoint) or the token (API) in the vendor's words, however good it is.
    Reject,
    /// Gives an answer that the vendor documents, by its name in the README.
    Documented {
        /// Such as `licence`, `forbidden` or `no_encryption_key`.
        name: String,
    },
    /// Replaces `expires_in` of a granted token by this JSON text, valid or not; absent removes the field.
    ExpiresIn {
        /// Raw text, such as `0`, `-1`, `"3600"`, `3600.0`, `1e400`, `NaN`, `null`.
        #[serde(default)]
        raw: Option<String>,
    },
    /// Replaces or adds any field of a granted token's answer by this JSON text; absent removes the field.
    Field {
        /// The field, such as `token_type`.
        name: String,
        /// Raw text, valid JSON or not.
        #[serde(default)]
        raw: Option<String>,
    },
    /// Hands out this text as the token. The API accepts it for the token's lifetime.
    Token {
        /// The token: empty, with line breaks, or anything else.
        value: String,
    },
    /// Hands out the token that the same key got last, with its real expiry unchanged.
    SameToken,
}

impl Fault {
    /// Whether it decides the answer, rather than when or how it is delivered.
    pub(crate) fn decides_an_answer(&self) -> bool {
        match self {
            Self::Drop | Self::Answer { .. } | Self::Throttle { .. } | Self::Redirect { .. } | Self::Reject | Self::Documented { .. } => {
                true
            }
            Self::Latency { .. } | Self::Hang { .. } | Self::Truncate { .. } | Self::Stall { .. } => false,
            Self::ExpiresIn { .. } | Self::Field { .. } | Self::Token { .. } | Self::SameToken => false,
        }
    }
}

/// When a held request is decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decide {
    /// When it arrives: a token may be issued and only its delivery is late.
    #[default]
    Receipt,
    /// When it is released.
    Release,
}

/// A `Retry-After` header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date so many seconds ahead of (or behind) the sandbox's clock.
    DateInS(i64),
    /// Any text, to see what a client makes of nonsense.
    Text(String),
}

/// A body given by the test.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// No bytes and no content type.
    #[default]
    Empty,
    /// Text, as `text/plain`.
    Text(String),
    /// Bytes in base64, without a content type.
    Base64(String),
    /// A JSON value, as `application/json`.
    Json(serde_json::Value),
    /// A proxy's error page.
    Html,
    /// JSON with a byte that is not UTF-8.
    InvalidUtf8,
    /// JSON whose fields have the wrong types.
    WrongTypes,
    /// JSON with a very long token.
    Huge {
        /// The size of the body; at most 256 MiB.
        bytes: usize,
        /// Without a `Content-Length` (the default).
        #[serde(default = "yes")]
        chunked: bool,
    },
}

fn yes() -> bool {
    true
}

/// The largest body of `Payload::Huge`.
const HUGE_LIMIT: usize = 256 << 20;

/// A fault and the requests it hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Requests to the token endpoint, or to the API.
    pub kind: Kind,
    /// What happens to them.
    pub fault: Fault,
    /// How many requests it hits; all of them until cleared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How many matching requests pass before it begins.
    #[serde(default)]
    pub after: u64,
    /// Only requests whose path begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Rule {
    /// Hits every request to the token endpoint until cleared.
    pub fn token(fault: Fault) -> Self {
        Self { kind: Kind::Token, fault, times: None, after: 0, path: None }
    }

    /// Hits every request to the API until cleared.
    pub fn api(fault: Fault) -> Self {
        Self { kind: Kind::Api, fault, times: None, after: 0, path: None }
    }

    /// Hits only so many requests.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets so many requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// Hits only paths that begin with this.
    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.path = Some(prefix.to_owned());
        self
    }
}

/// A fault in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleView {
    /// What removes it, and what the log names.
    pub id: u64,
    /// The rule, with `times` and `after` as they stand now.
    #[serde(flatten)]
    pub rule: Rule,
}

/// What the rules in force do to one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) rules: Vec<u64>,
    pub(crate) latency_ms: u64,
    pub(crate) hang: Option<Decide>,
    pub(crate) cut: Option<Cut>,
    pub(crate) answer: Option<Fault>,
    pub(crate) shape: Vec<Fault>,
}

/// Where the delivery of a body stops, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    Forever(usize),
    UntilReleased(usize),
}

impl Plan {
    /// Takes a fault in, unless an earlier one has decided what it would decide.
    pub(crate) fn take(&mut self, fault: &Fault) -> bool {
        match fault {
            Fault::Latency { ms } => self.latency_ms = self.latency_ms.saturating_add(*ms),
            Fault::Hang { decide } => self.hang = Some(*decide),
            Fault::Truncate { after_bytes } => self.cut = Some(Cut::Forever(*after_bytes)),
            Fault::Stall { after_bytes } => self.cut = Some(Cut::UntilReleased(*after_bytes)),
            Fault::ExpiresIn { .. } | Fault::Field { .. } | Fault::Token { .. } | Fault::SameToken => self.shape.push(fault.clone()),
            _ if self.answer.is_some() => return false,
            _ => self.answer = Some(fault.clone()),
        }
        true
    }
}

/// The rules in force for one vendor, in the order they were added.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    list: Vec<RuleView>,
    last_id: u64,
}

impl Rules {
    pub(crate) fn add(&mut self, vendor: Vendor, rule: Rule) -> Result<u64, ControlError> {
        validate(vendor, &rule)?;
        self.last_id += 1;
        self.list.push(RuleView { id: self.last_id, rule });
        Ok(self.last_id)
    }

    pub(crate) fn list(&self) -> Vec<RuleView> {
        self.list.clone()
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|rule| rule.id != id);
        self.list.len() < before
    }

    pub(crate) fn clear(&mut self) -> usize {
        std::mem::take(&mut self.list).len()
    }

    /// Finds what happens to a request and uses the rules up accordingly.
    pub(crate) fn plan(&mut self, kind: Kind, path: &str) -> Plan {
        let mut plan = Plan::default();
        for RuleView { id, rule } in &mut self.list {
            let matches = rule.kind == kind && rule.path.as_deref().is_none_or(|prefix| path.starts_with(prefix));
            if !matches {
                continue;
            }
            if rule.after > 0 {
                rule.after -= 1;
            } else if plan.take(&rule.fault) {
                plan.rules.push(*id);
                rule.times = rule.times.map(|times| times.saturating_sub(1));
            }
        }
        self.list.retain(|rule| rule.rule.times != Some(0));
        plan
    }
}

pub(crate) fn validate(vendor: Vendor, rule: &Rule) -> Result<(), ControlError> {
    if rule.times == Some(0) {
        return Err(ControlError::invalid("times must be 1 or more, or absent"));
    }
    if rule.kind == Kind::Options {
        return Err(ControlError::invalid("kind must be token or api"));
    }
    validate_fault(vendor, rule.kind, &rule.fault)
}

pub(crate) fn validate_fault(vendor: Vendor, kind: Kind, fault: &Fault) -> Result<(), ControlError> {
    match fault {
        Fault::Answer { status, .. } | Fault::Throttle { status, .. } if !(200..600).contains(status) => {
            Err(ControlError::invalid("status must be 200 to 599"))
        }
        Fault::Redirect { status, .. } if !matches!(status, 301..=303 | 307 | 308) => {
            Err(ControlError::invalid("status must be 301, 302, 303, 307 or 308"))
        }
        Fault::Redirect { location, .. } if hyper::header::HeaderValue::from_str(location).is_err() => {
            Err(ControlError::invalid("location is not a header value"))
        }
        Fault::Throttle { retry_after: Some(RetryAfter::Text(text)), .. } if hyper::header::HeaderValue::from_str(text).is_err() => {
            Err(ControlError::invalid("retry_after.text is not a header value"))
        }
        Fault::Answer { headers, body, .. } => validate_headers(headers).and_then(|()| validate_payload(body)),
        Fault::Documented { name } => {
            let names = vendor::documented_names(vendor);
            if names.contains(&name.as_str()) {
                return Ok(());
            }
            Err(ControlError::invalid(&format!("{} documents: {}", vendor.name(), names.join(", "))))
        }
        Fault::ExpiresIn { .. } | Fault::Field { .. } | Fault::Token { .. } | Fault::SameToken if kind == Kind::Api => {
            Err(ControlError::invalid("only the token endpoint grants tokens"))
        }
        _ => Ok(()),
    }
}

fn validate_headers(headers: &[(String, String)]) -> Result<(), ControlError> {
    use hyper::header::{HeaderName, HeaderValue};
    for (name, value) in headers {
        if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
            return Err(ControlError::invalid(&format!("headers: {name:?} is not a header")));
        }
        if ["transfer-encoding", "connection", "content-length"].contains(&name.to_ascii_lowercase().as_str()) {
            return Err(ControlError::invalid(&format!("headers: {name} belongs to the connection")));
        }
    }
    Ok(())
}

fn validate_payload(payload: &Payload) -> Result<(), ControlError> {
    match payload {
        Payload::Huge { bytes, .. } if *bytes > HUGE_LIMIT => Err(ControlError::invalid("bytes must be at most 268435456")),
        Payload::Base64(text) if crate::answer::decode_base64(text).is_none() => Err(ControlError::invalid("base64 cannot be decoded")),
        _ => Ok(()),
    }
}
