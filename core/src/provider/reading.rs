//! How a descriptor is read: the names of its members, and what holds where one is missing.

use alloc::{string::String, vec::Vec};

use super::{
    descriptor::{
        AnswerFormat, Basic, BasicEncoding, Body, BodyFormat, CredentialField, Descriptor, ErrorFormat, ErrorRule, Help, LifetimeSource,
        Method, Odd, Pointer, Rate, RequestTemplate, RetryHeader, RuleClass, ScopeStyle, TokenPlace, Unit, Variable, VariableKind, Zero,
    },
    template::{Members, Text, Tree},
};
use crate::{
    document::{Document, Read, Reader, deserialize_as_document, read_members, read_name},
    named::Named,
};

impl Read for Descriptor {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let mut members = reader.members(
            document,
            &[
                "$schema",
                "version",
                "name",
                "title",
                "docs",
                "variables",
                "credentials",
                "request",
                "response",
                "errors",
                "rate",
                "api",
                "help",
            ],
        );
        // For editors alone.
        members.given::<Option<String>>("$schema");
        Self {
            version: members.wanted("version"),
            name: members.wanted("name"),
            title: members.wanted("title"),
            docs: members.given("docs").unwrap_or_default(),
            variables: members.given("variables").unwrap_or_default(),
            credentials: members.given("credentials").unwrap_or_default(),
            request: members.given("request").flatten(),
            response: members.wanted("response"),
            errors: members.given("errors").unwrap_or_default(),
            rate: members.given("rate").unwrap_or_default(),
            api: members.given("api").flatten(),
            help: members.given("help").unwrap_or_default(),
        }
    }
}

read_members!(Variable {
    kind,
    label = None,
    default = None,
    suggest_domain = None,
    strip = Vec::new(),
    folder = false,
    inside = None,
});

read_name!(VariableKind {
    "base_url" BaseUrl,
    "endpoint" Endpoint,
    "segment" Segment,
    "text" Text,
});

read_members!(CredentialField {
    name,
    label,
    env = None,
    identity = false,
});

read_members!(RequestTemplate {
    url,
    method = Method::default(),
    query = Members::default(),
    headers = Members::default(),
    basic = None,
    scope = ScopeStyle::default(),
    body = Body::default(),
    same_origin_cookies = false,
});

read_name!(Method {
    "GET" Get,
    "POST" Post,
    "PUT" Put,
    "PATCH" Patch,
});

read_members!(Basic {
    username,
    password,
    encoding,
    header = "Authorization".into(),
    scheme = "Basic".into(),
});

read_name!(BasicEncoding {
    "form" Form,
    "raw" Raw,
});

impl Read for ScopeStyle {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        match reader.variant(document) {
            ("separator", Some(content)) => Self::Separator(reader.within("separator", content)),
            ("array", None) => Self::Array,
            (name, _) => {
                reader.unknown("variant", name, &["separator", "array"]);
                Self::default()
            }
        }
    }
}

impl Read for Body {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        match reader.variant(document) {
            ("none", None) => Self::None,
            ("empty", None) => Self::Empty,
            ("form", Some(content)) => Self::Form(reader.within("form", content)),
            ("json", Some(content)) => Self::Json(reader.within("json", content)),
            (name, _) => {
                reader.unknown("variant", name, &["none", "empty", "form", "json"]);
                Self::default()
            }
        }
    }
}

read_members!(AnswerFormat {
    statuses = [(200, 299)].into_iter().collect(),
    format = BodyFormat::default(),
    token,
    lifetime = Vec::new(),
    lifetime_cap_ms = None,
    metadata = Named::default(),
});

read_name!(BodyFormat {
    "json" Json,
    "form" Form,
    "text" Text,
});

impl Read for TokenPlace {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        match reader.variant(document) {
            ("pointer", Some(content)) => Self::Pointer(reader.within("pointer", content)),
            ("header", Some(content)) => reader.inside("header", |reader| {
                let mut members = reader.members(content, &["name", "prefix"]);
                Self::Header { name: members.wanted("name"), prefix: members.given("prefix").unwrap_or_default() }
            }),
            ("body", None) => Self::Body,
            ("credential", Some(content)) => Self::Credential(reader.within("credential", content)),
            (name, _) => {
                reader.unknown("variant", name, &["pointer", "header", "body", "credential"]);
                Self::Body
            }
        }
    }
}

impl Read for LifetimeSource {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        match reader.variant(document) {
            ("field", Some(content)) => reader.inside("field", |reader| {
                let mut members = reader.members(content, &["pointer", "unit", "zero", "negative", "null"]);
                Self::Field {
                    pointer: members.wanted("pointer"),
                    unit: members.wanted("unit"),
                    zero: members.given("zero").unwrap_or_default(),
                    negative: members.given("negative").unwrap_or_default(),
                    null: members.given("null").unwrap_or(Odd::Unknown),
                }
            }),
            ("header", Some(content)) => reader.inside("header", |reader| {
                let mut members = reader.members(content, &["name", "unit"]);
                Self::Header { name: members.wanted("name"), unit: members.wanted("unit") }
            }),
            ("jwt", None) => Self::Jwt,
            ("fixed_ms", Some(content)) => Self::FixedMs(reader.within("fixed_ms", content)),
            ("longest", None) => Self::Longest,
            (name, _) => {
                reader.unknown("variant", name, &["field", "header", "jwt", "fixed_ms", "longest"]);
                Self::Jwt
            }
        }
    }
}

read_name!(Unit {
    "seconds" Seconds,
    "millis" Millis,
    "epoch_seconds" EpochSeconds,
    "epoch_millis" EpochMillis,
    "iso_8601" Iso8601,
    "auto" Auto,
});

read_name!(Zero {
    "single_use" SingleUse,
    "unknown" Unknown,
    "invalid" Invalid,
});

read_name!(Odd {
    "unknown" Unknown,
    "invalid" Invalid,
});

read_members!(ErrorFormat {
    rules = Vec::new(),
    despite_success = Vec::new(),
    code = Self::default().code,
    description = Self::default().description,
    hint = Vec::new(),
});

read_members!(ErrorRule {
    when,
    class,
    fix = None,
});

read_name!(RuleClass {
    "account" Account,
    "configuration" Configuration,
    "credentials" Credentials,
    "protocol" Protocol,
    "throttled" Throttled,
    "transient" Transient,
});

read_members!(Rate {
    headers = Self::default().headers,
    default_ms = None,
});

read_members!(RetryHeader { name, kind });

read_members!(Help {
    create = None,
    revoke = None,
    secret_shown_once = false,
});

impl Read for Pointer {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        Self::new(reader.text(document)).unwrap_or_else(|| {
            reader.refuse("a JSON Pointer begins with /");
            Self::default()
        })
    }
}

impl Read for Text {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        Self::parse(reader.text(document)).unwrap_or_else(|reason| {
            reader.refuse(reason);
            Self::default()
        })
    }
}

impl Read for Members {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        let members = reader.object(document);
        Self(reader.ordered(members))
    }
}

impl Read for Tree {
    fn read(document: &Document, reader: &mut Reader) -> Self {
        match document {
            Document::Null => Self::Null,
            Document::Bool(value) => Self::Bool(*value),
            Document::Number(number) => Self::Number(number.clone()),
            Document::Text(_) => Self::Text(Text::read(document, reader)),
            Document::List(_) => Self::List(Vec::read(document, reader)),
            Document::Object(members) => Self::Object(reader.ordered(members)),
        }
    }
}

deserialize_as_document!(CredentialField Help);
