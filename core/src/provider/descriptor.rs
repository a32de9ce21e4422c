//! The descriptor language: what a provider's JSON file may say. `provider.schema.json` publishes the same; `reading.rs` knows the names and
//! the defaults.

use alloc::{string::String, vec::Vec};

use super::template::{Members, Text, Tree};
use crate::{
    api::Api,
    condition::{Condition, StatusSet},
    document::{Document, unescaped},
    error::Code,
    named::Named,
    retry_after::RetryKind,
};

/// The version of the language that this library reads.
pub(crate) const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Descriptor {
    pub(crate) version: u32,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) docs: Vec<String>,
    pub(crate) variables: Named<Variable>,
    pub(crate) credentials: Vec<CredentialField>,
    pub(crate) request: Option<RequestTemplate>,
    pub(crate) response: AnswerFormat,
    pub(crate) errors: ErrorFormat,
    pub(crate) rate: Rate,
    pub(crate) api: Option<Api>,
    pub(crate) help: Help,
}

/// A value that the user gives or that has a default, such as the account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Variable {
    pub(crate) kind: VariableKind,
    pub(crate) label: Option<String>,
    pub(crate) default: Option<String>,
    /// A bare name without a dot is refused with the suggestion `NAME.` + this.
    pub(crate) suggest_domain: Option<String>,
    /// Paths that people paste along, such as `/auth/token`; they are cut off.
    pub(crate) strip: Vec<String>,
    /// It may be a folder of its host, `https://host/shop`.
    pub(crate) folder: bool,
    /// A path of the application itself, such as `/{backend_prefix}`, which is no folder.
    pub(crate) inside: Option<Text>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum VariableKind {
    /// An https URL of a host and maybe a folder: whatever of the provider's URLs is not fixed. An endpoint override replaces it.
    BaseUrl,
    /// The token endpoint's whole URL.
    Endpoint,
    /// One segment of a path, percent-encoded.
    Segment,
    /// Any text, for bodies, queries and headers.
    Text,
}

/// A credential that a provider asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CredentialField {
    /// The name by which [`Credentials`](super::Credentials) holds it, such as `client_id`.
    pub name: String,
    /// What the provider calls it in its own user interface.
    pub label: String,
    /// The environment variable that hosts read it from.
    pub env: Option<String>,
    /// It names the client and is no secret; it is part of the [`Grant`](super::Grant).
    pub identity: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RequestTemplate {
    pub(crate) url: Text,
    pub(crate) method: Method,
    pub(crate) query: Members,
    pub(crate) headers: Members,
    pub(crate) basic: Option<Basic>,
    pub(crate) scope: ScopeStyle,
    pub(crate) body: Body,
    pub(crate) same_origin_cookies: bool,
}

impl RequestTemplate {
    /// Says whether a name stands anywhere in the request.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let used = |text: &Text| text.names().any(|other| other == name);
        let in_members = |members: &Members| members.iter().any(|(_, text)| used(text));
        let in_body = match &self.body {
            Body::None | Body::Empty => false,
            Body::Form(form) => in_members(form),
            Body::Json(tree) => tree.any_text(&used),
        };
        let in_basic = self.basic.as_ref().is_some_and(|basic| used(&basic.username) || used(&basic.password));
        in_body || in_basic || used(&self.url) || in_members(&self.query) || in_members(&self.headers)
    }

    /// Returns what stands between scopes, unless they are an array.
    pub(crate) fn scope_separator(&self) -> Option<&str> {
        if let ScopeStyle::Separator(separator) = &self.scope { Some(separator) } else { None }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Method {
    Get,
    #[default]
    Post,
    Put,
    Patch,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

/// A header with `base64(username:password)` (RFC 7617), whatever its name and scheme.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Basic {
    pub(crate) username: Text,
    pub(crate) password: Text,
    pub(crate) encoding: BasicEncoding,
    pub(crate) header: String,
    pub(crate) scheme: String,
}

/// Whether both halves are form-encoded first (RFC 6749 section 2.3.1); some servers decode, others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum BasicEncoding {
    Form,
    Raw,
}

/// How several scopes stand in `{scope}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum ScopeStyle {
    Separator(String),
    Array,
}

impl Default for ScopeStyle {
    fn default() -> Self {
        Self::Separator(" ".into())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum Body {
    /// No body at all.
    #[default]
    None,
    /// A body of length 0.
    Empty,
    Form(Members),
    Json(Tree),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AnswerFormat {
    pub(crate) statuses: StatusSet,
    pub(crate) format: BodyFormat,
    pub(crate) token: TokenPlace,
    pub(crate) lifetime: Vec<LifetimeSource>,
    pub(crate) lifetime_cap_ms: Option<u64>,
    pub(crate) metadata: Named<Pointer>,
}

/// How an answer's body is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum BodyFormat {
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`; its fields are found as if they were strings of a JSON object.
    Form,
    /// Not read, except as a token.
    Text,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum TokenPlace {
    Pointer(Pointer),
    Header {
        name: String,
        prefix: String,
    },
    /// The whole body, without white space around it.
    Body,
    /// A credential is the token: nothing is asked of any server.
    Credential(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum LifetimeSource {
    Field {
        pointer: Pointer,
        unit: Unit,
        zero: Zero,
        negative: Odd,
        null: Odd,
    },
    Header {
        name: String,
        unit: Unit,
    },
    /// `exp - iat` of a token that is a JWT.
    Jwt,
    FixedMs(u64),
    /// It lives as long as lifetimes are believed; said aloud, so that nothing lasts for ever by accident.
    Longest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum Unit {
    Seconds,
    Millis,
    EpochSeconds,
    EpochMillis,
    Iso8601,
    /// Told apart by form and magnitude: seconds, either epoch, or ISO 8601.
    Auto,
}

/// What a lifetime of 0 means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Zero {
    #[default]
    SingleUse,
    Unknown,
    Invalid,
}

/// What an odd lifetime means: nothing known, so that the next source is asked, or an answer that cannot be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Odd {
    Unknown,
    #[default]
    Invalid,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ErrorFormat {
    /// For answers of a status that is not accepted; the first that matches decides.
    pub(crate) rules: Vec<ErrorRule>,
    /// For answers of an accepted status that are errors all the same.
    pub(crate) despite_success: Vec<ErrorRule>,
    /// The provider's own error code; RFC 6749's `error` unless the descriptor says otherwise.
    pub(crate) code: Vec<Pointer>,
    pub(crate) description: Vec<Pointer>,
    pub(crate) hint: Vec<Pointer>,
}

impl Default for ErrorFormat {
    fn default() -> Self {
        Self { rules: Vec::new(), despite_success: Vec::new(), code: error(), description: error_description(), hint: Vec::new() }
    }
}

fn error() -> Vec<Pointer> {
    Vec::from([Pointer("/error".into())])
}

fn error_description() -> Vec<Pointer> {
    Vec::from([Pointer("/error_description".into())])
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ErrorRule {
    pub(crate) when: Condition,
    pub(crate) class: RuleClass,
    pub(crate) fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RuleClass {
    Account,
    Configuration,
    Credentials,
    Protocol,
    Throttled,
    Transient,
}

impl RuleClass {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Account => Code::AccountRefused,
            Self::Configuration => Code::RequestRefused,
            Self::Credentials => Code::CredentialsRejected,
            Self::Protocol => Code::MalformedAnswer,
            Self::Throttled => Code::Throttled,
            Self::Transient => Code::ServerError,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rate {
    pub(crate) headers: Vec<RetryHeader>,
    /// How long to wait when throttled without a word of how long.
    pub(crate) default_ms: Option<u64>,
}

impl Default for Rate {
    fn default() -> Self {
        Self { headers: retry_after(), default_ms: None }
    }
}

fn retry_after() -> Vec<RetryHeader> {
    Vec::from([RetryHeader { name: "Retry-After".into(), kind: RetryKind::RetryAfter }])
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RetryHeader {
    pub(crate) name: String,
    pub(crate) kind: RetryKind,
}

/// How a user comes by credentials, and loses them; the fix of credentials errors tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Help {
    /// How to create credentials.
    pub create: Option<String>,
    /// How to revoke them.
    pub revoke: Option<String>,
    /// The secret cannot be looked up later.
    pub secret_shown_once: bool,
}

/// A JSON Pointer (RFC 6901) such as `/data/token`; the empty one is the whole body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// Takes a pointer that is empty or begins with `/`.
    pub(crate) fn new(text: &str) -> Option<Self> {
        (text.is_empty() || text.starts_with('/')).then(|| Self(text.into()))
    }

    pub(crate) fn find<'a>(&self, body: &'a Document) -> Option<&'a Document> {
        body.at(&self.0)
    }

    /// Returns the pointer as people read it, such as `data.token`.
    pub(crate) fn path(&self) -> String {
        if self.0.is_empty() { "body".into() } else { self.segments().collect::<Vec<_>>().join(".") }
    }

    /// Returns the last member's name.
    pub(crate) fn last(&self) -> Option<String> {
        self.segments().last()
    }

    fn segments(&self) -> impl Iterator<Item = String> {
        self.0.split('/').skip(1).map(unescaped)
    }
}
