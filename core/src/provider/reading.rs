//! How a descriptor is read: the names of its members, and what holds where one is missing.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::{
    descriptor::{
        AnswerFormat, Basic, BasicEncoding, Body, BodyFormat, CredentialField, Descriptor, ErrorFormat, ErrorRule, Help, LifetimeSource,
        Method, Odd, Pointer, Rate, RequestTemplate, RetryHeader, RuleClass, ScopeStyle, TokenPlace, Unit, Variable, VariableKind, Zero,
    },
    template::{Members, Text, Tree},
};
use crate::document::{Document, Read, Wrong, deserialize_as_document, ordered, read_members, read_name, unknown};

impl Read for Descriptor {
    fn read(document: &Document) -> Result<Self, Wrong> {
        let members = document.members(&[
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
        ])?;
        // For editors alone.
        members.given::<Option<String>>("$schema")?;
        Ok(Self {
            version: members.wanted("version")?,
            name: members.wanted("name")?,
            title: members.wanted("title")?,
            docs: members.given("docs")?.unwrap_or_default(),
            variables: members.given("variables")?.unwrap_or_default(),
            credentials: members.given("credentials")?.unwrap_or_default(),
            request: members.given("request")?.flatten(),
            response: members.wanted("response")?,
            errors: members.given("errors")?.unwrap_or_default(),
            rate: members.given("rate")?.unwrap_or_default(),
            api: members.given("api")?.flatten(),
            help: members.given("help")?.unwrap_or_default(),
        })
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
    fn read(document: &Document) -> Result<Self, Wrong> {
        match document.variant()? {
            ("separator", Some(content)) => read_within("separator", content).map(Self::Separator),
            ("array", None) => Ok(Self::Array),
            (name, _) => Err(unknown("variant", name, &["separator", "array"])),
        }
    }
}

impl Read for Body {
    fn read(document: &Document) -> Result<Self, Wrong> {
        match document.variant()? {
            ("none", None) => Ok(Self::None),
            ("empty", None) => Ok(Self::Empty),
            ("form", Some(content)) => read_within("form", content).map(Self::Form),
            ("json", Some(content)) => read_within("json", content).map(Self::Json),
            (name, _) => Err(unknown("variant", name, &["none", "empty", "form", "json"])),
        }
    }
}

read_members!(AnswerFormat {
    statuses = [(200, 299)].into_iter().collect(),
    format = BodyFormat::default(),
    token,
    lifetime = Vec::new(),
    lifetime_cap_ms = None,
    metadata = BTreeMap::new(),
});

read_name!(BodyFormat {
    "json" Json,
    "form" Form,
    "text" Text,
});

impl Read for TokenPlace {
    fn read(document: &Document) -> Result<Self, Wrong> {
        match document.variant()? {
            ("pointer", Some(content)) => read_within("pointer", content).map(Self::Pointer),
            ("header", Some(content)) => {
                let read = || {
                    let members = content.members(&["name", "prefix"])?;
                    Ok(Self::Header { name: members.wanted("name")?, prefix: members.given("prefix")?.unwrap_or_default() })
                };
                read().map_err(|wrong: Wrong| wrong.within("header"))
            }
            ("body", None) => Ok(Self::Body),
            ("credential", Some(content)) => read_within("credential", content).map(Self::Credential),
            (name, _) => Err(unknown("variant", name, &["pointer", "header", "body", "credential"])),
        }
    }
}

impl Read for LifetimeSource {
    fn read(document: &Document) -> Result<Self, Wrong> {
        match document.variant()? {
            ("field", Some(content)) => {
                let read = || {
                    let members = content.members(&["pointer", "unit", "zero", "negative", "null"])?;
                    Ok(Self::Field {
                        pointer: members.wanted("pointer")?,
                        unit: members.wanted("unit")?,
                        zero: members.given("zero")?.unwrap_or_default(),
                        negative: members.given("negative")?.unwrap_or_default(),
                        null: members.given("null")?.unwrap_or(Odd::Unknown),
                    })
                };
                read().map_err(|wrong: Wrong| wrong.within("field"))
            }
            ("header", Some(content)) => {
                let read = || {
                    let members = content.members(&["name", "unit"])?;
                    Ok(Self::Header { name: members.wanted("name")?, unit: members.wanted("unit")? })
                };
                read().map_err(|wrong: Wrong| wrong.within("header"))
            }
            ("jwt", None) => Ok(Self::Jwt),
            ("fixed_ms", Some(content)) => read_within("fixed_ms", content).map(Self::FixedMs),
            ("longest", None) => Ok(Self::Longest),
            (name, _) => Err(unknown("variant", name, &["field", "header", "jwt", "fixed_ms", "longest"])),
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
    fn read(document: &Document) -> Result<Self, Wrong> {
        Self::new(document.text()?).ok_or_else(|| Wrong::new("a JSON Pointer begins with /"))
    }
}

impl Read for Text {
    fn read(document: &Document) -> Result<Self, Wrong> {
        Self::parse(document.text()?).map_err(Wrong::new)
    }
}

impl Read for Members {
    fn read(document: &Document) -> Result<Self, Wrong> {
        ordered(document.object()?).map(Self)
    }
}

impl Read for Tree {
    fn read(document: &Document) -> Result<Self, Wrong> {
        Ok(match document {
            Document::Null => Self::Null,
            Document::Bool(value) => Self::Bool(*value),
            Document::Number(number) => Self::Number(number.clone()),
            Document::Text(_) => Self::Text(Text::read(document)?),
            Document::List(_) => Self::List(Vec::read(document)?),
            Document::Object(members) => Self::Object(ordered(members)?),
        })
    }
}

deserialize_as_document!(CredentialField Help);

fn read_within<T: Read>(variant: &str, content: &Document) -> Result<T, Wrong> {
    T::read(content).map_err(|wrong| wrong.within(variant))
}
