//! The API that a token is for: where its tokens may go, in which header, and which answers reject one.

pub(crate) mod path;
mod resolved;

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;

use crate::{
    condition::{Condition, StatusSet},
    document::{deserialize_as_document, read_members},
    error::{Code, Error},
    provider::template::{Part, Text, Values},
    url::{ParseUrl, UrlParts},
};
pub use resolved::ResolvedApi;
use resolved::{Media, Surface};

/// The `api` half of a provider descriptor; [`Api::resolve`] makes it fit an account.
///
/// Texts may name the descriptor's variables in braces: `"base_url": "{account}"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Api {
    /// What the vendor's paths are appended to; a folder in it is kept.
    base_url: Text,
    surfaces: Vec<SurfaceTemplate>,
    media_types: Vec<MediaTemplate>,
    header: Header,
    invalid_token: Vec<Condition>,
    rejection_hint: Option<Text>,
}

/// A part of the API with tokens of its own. Without surfaces the whole base URL is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SurfaceTemplate {
    name: String,
    /// The prefix of its paths, as the vendor's documentation prints them; whole segments.
    path: Text,
}

/// The media type of the paths below a prefix; the longest prefix wins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct MediaTemplate {
    path: Text,
    r#type: String,
}

/// The header that carries the token: its name and what precedes the token, with its own space, which may be empty (RFC 6750 section 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Header {
    /// The name, `Authorization` unless the descriptor says otherwise.
    pub name: String,
    /// What precedes the token, `Bearer ` unless the descriptor says otherwise; never the server's `token_type`.
    pub prefix: String,
}

impl Default for Header {
    fn default() -> Self {
        Self { name: authorization(), prefix: bearer() }
    }
}

fn authorization() -> String {
    "Authorization".into()
}

fn bearer() -> String {
    "Bearer ".into()
}

fn unauthorized() -> Vec<Condition> {
    Vec::from([Condition::status(401)])
}

read_members!(Api {
    base_url,
    surfaces = Vec::new(),
    media_types = Vec::new(),
    header = Header::default(),
    invalid_token = unauthorized(),
    rejection_hint = None,
});

read_members!(SurfaceTemplate { name, path });

read_members!(MediaTemplate {
    path = Text(Vec::new()),
    r#type as "type",
});

read_members!(Header {
    name = authorization(),
    prefix = bearer(),
});

deserialize_as_document!(Api Header);

impl Api {
    /// Makes the API half fit an account: puts the variables in, and picks the surface.
    ///
    /// `surface` may be left out where there is at most one. The base URL is taken as it is: an endpoint override changes a variable,
    /// and the API follows. A token endpoint below it is excluded with [`ResolvedApi::with_token_endpoint`].
    ///
    /// # Errors
    ///
    /// [`Code::InvalidOption`] for a missing or unknown surface and for a variable that makes no path, [`Code::InvalidEndpoint`] for a base URL that is not an absolute https URL
    /// (http for loopback addresses) without user info, query and fragment. Each begins with the name of the option.
    pub fn resolve(&self, variables: &BTreeMap<String, String>, surface: Option<&str>, parse: ParseUrl) -> Result<ResolvedApi, Error> {
        self.resolved(&Variables(variables), surface, parse)
    }

    /// Does the same for variables in any form.
    pub(crate) fn resolved(&self, values: &dyn Values, surface: Option<&str>, parse: ParseUrl) -> Result<ResolvedApi, Error> {
        let base = base(&filled(&self.base_url, values, "base_url")?, "base_url", parse)?;
        let path_of = |text: &Text, option: &str| path::below(&base, &filled(text, values, option)?, option, parse);
        let surfaces = self
            .surfaces
            .iter()
            .map(|surface| Ok(Surface { name: Some(surface.name.clone()), path: path_of(&surface.path, &surface.name)? }));
        let mut surfaces = surfaces.collect::<Result<Vec<_>, Error>>()?;
        if surfaces.is_empty() {
            surfaces.push(Surface { name: None, path: base.path.clone() });
        }
        let chosen = pick(&surfaces, surface)?;
        let mut media_types: Vec<Media> = Vec::new();
        for MediaTemplate { path, r#type } in &self.media_types {
            let path = path_of(path, "media_types")?;
            // Longer paths first; a sort would bring more code along than all of this module has.
            let at = media_types.partition_point(|other| other.path.len() >= path.len());
            media_types.insert(at, Media { path, r#type: r#type.clone() });
        }
        let hint = Surfaced(values, surfaces.get(chosen).and_then(|surface| surface.name.as_deref()));
        let rejection_hint = self.rejection_hint.as_ref().and_then(|text| text.fill(&hint)).map(|text| text.to_string());
        Ok(ResolvedApi {
            base,
            surfaces,
            chosen,
            media_types,
            header: self.header.clone(),
            inspect: self.inspect(),
            invalid_token: self.invalid_token.clone(),
            rejection_hint,
            token_endpoints: Vec::new(),
        })
    }

    /// The statuses whose answers are looked into: exactly those that a condition names.
    fn inspect(&self) -> StatusSet {
        self.invalid_token.iter().filter_map(|condition| condition.status.as_ref()).flat_map(StatusSet::ranges).collect()
    }

    /// Returns the names of the surfaces; empty where the whole base URL is one.
    pub fn surfaces(&self) -> impl Iterator<Item = &str> {
        self.surfaces.iter().map(|surface| surface.name.as_str())
    }

    /// Returns the variables that the texts name, each with the path of the field.
    pub(crate) fn names(&self) -> impl Iterator<Item = (String, &str)> {
        let surfaces = self.surfaces.iter().enumerate().map(|(index, surface)| (format!("api.surfaces[{index}].path"), &surface.path));
        let media_types = self.media_types.iter().enumerate().map(|(index, media)| (format!("api.media_types[{index}].path"), &media.path));
        let hint = self.rejection_hint.iter().map(|text| ("api.rejection_hint".to_string(), text));
        [("api.base_url".to_string(), &self.base_url)]
            .into_iter()
            .chain(surfaces)
            .chain(media_types)
            .chain(hint)
            .flat_map(|(path, text)| text.names().map(move |name| (path.clone(), name)))
            .filter(|(path, name)| !(path == "api.rejection_hint" && *name == "surface"))
    }

    /// Finds what the types cannot express; the path of the field and what is wrong with it.
    pub(crate) fn check(&self) -> Result<(), (String, String)> {
        let refuse = |path: String, reason: &str| Err((format!("api.{path}"), reason.to_string()));
        if let Some(Part::Literal(text)) = self.base_url.parts().first()
            && (!text.starts_with("https://") || text.contains(['@', '?', '#', '\\']))
        {
            return refuse(
                "base_url".into(),
                "begins with https:// and a host, or with a variable; it has no user info, query and fragment",
            );
        }
        for (index, surface) in self.surfaces.iter().enumerate() {
            if !crate::provider::template::is_name(&surface.name) {
                return refuse(format!("surfaces[{index}].name"), "is of a-z, 0-9 and _, and begins with a letter");
            }
            if self.surfaces.iter().take(index).any(|other| other.name == surface.name) {
                return refuse(format!("surfaces[{index}].name"), "is given twice");
            }
            if !is_path_template(&surface.path) {
                return refuse(format!("surfaces[{index}].path"), NO_PATH);
            }
        }
        for (index, media) in self.media_types.iter().enumerate() {
            if !is_path_template(&media.path) {
                return refuse(format!("media_types[{index}].path"), NO_PATH);
            }
            if !is_header_value(&media.r#type) || !media.r#type.contains('/') {
                return refuse(format!("media_types[{index}].type"), "is no media type");
            }
        }
        if !is_header_name(&self.header.name) {
            return refuse("header.name".into(), "is no header's name");
        }
        if !self.header.prefix.is_empty() && !is_header_value(&self.header.prefix) {
            return refuse("header.prefix".into(), "is printable ASCII");
        }
        if self.invalid_token.is_empty() {
            return refuse("invalid_token".into(), "an empty list would leave every rejected token in use");
        }
        for (index, condition) in self.invalid_token.iter().enumerate() {
            let Some(status) = &condition.status else {
                return refuse(format!("invalid_token[{index}].status"), "is missing: only answers of a named status are looked into");
            };
            if condition.json.is_empty() && (status.contains(403) || status.ranges().any(|(first, last)| first < 300 && last >= 200)) {
                return refuse(format!("invalid_token[{index}].json"), "is missing: a mere 2xx or 403 does not tell that the token is bad");
            }
        }
        Ok(())
    }
}

const NO_PATH: &str = "is empty or begins with /; no query, fragment, backslash, white space or dot segment, and no / at the end";

/// Reads a URL that an API lies below; its path has no `/` at the end.
pub(crate) fn base(text: &str, option: &str, parse: ParseUrl) -> Result<UrlParts, Error> {
    let refuse = |reason: &str| Err(Error::new(Code::InvalidEndpoint).with_description(format!("{option}: {reason}")));
    let Some(mut url) = parse(text.trim()).filter(|url| !url.host.is_empty()) else { return refuse("is no absolute URL") };
    if url.user_info {
        return refuse("carries a user name or a password");
    }
    if !url.is_secure() {
        return refuse("is not https; http is for loopback addresses alone");
    }
    if url.query.is_some() || url.fragment {
        return refuse("carries a query or a fragment");
    }
    url.path.truncate(url.path.trim_end_matches('/').len());
    if path::is_odd(&url.path) {
        return refuse("carries a path with an empty segment or an encoded /, \\ or dot");
    }
    Ok(url)
}

fn filled(text: &Text, values: &dyn Values, option: &str) -> Result<String, Error> {
    let missing = || {
        let name = text.names().find(|name| values.text(name).is_none()).unwrap_or(option);
        Error::new(Code::InvalidOption).with_description(format!("{name}: is missing"))
    };
    text.fill(values).map(|text| text.to_string()).ok_or_else(missing)
}

fn pick(surfaces: &[Surface], wanted: Option<&str>) -> Result<usize, Error> {
    let found = match wanted {
        None if surfaces.len() == 1 => Some(0),
        None => None,
        Some(name) => surfaces.iter().position(|surface| surface.name.as_deref() == Some(name)),
    };
    found.ok_or_else(|| {
        let names: Vec<_> = surfaces.iter().filter_map(|surface| surface.name.as_deref()).collect();
        let said = if wanted.is_some() { "surface: is not one of this provider's" } else { "surface: is missing" };
        let fix = match names.as_slice() {
            [] => "Leave the surface out: this provider has none.".to_string(),
            names => format!("Give one of these as surface: {}.", names.join(", ")),
        };
        Error::new(Code::InvalidOption).with_description(said).with_fix(fix)
    })
}

/// A template of a path is judged with a plain segment in the place of each variable.
fn is_path_template(text: &Text) -> bool {
    struct Plain;
    impl Values for Plain {
        fn text(&self, _: &str) -> Option<&str> {
            Some("x")
        }
    }
    text.fill(&Plain).is_some_and(|path| path::is_plain(&path))
}

/// Checks a field name (RFC 9110 section 5.1).
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_header_value(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

struct Variables<'a>(&'a BTreeMap<String, String>);

impl Values for Variables<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// The variables and `{surface}`, which a hint may name.
struct Surfaced<'a>(&'a dyn Values, Option<&'a str>);

impl Values for Surfaced<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        if name == "surface" { self.1 } else { self.0.text(name) }
    }
}
