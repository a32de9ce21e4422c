//! The vendors that are played, and what they have in common.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, JSON, JSON_API, TEXT};
use crate::fault::Fault;
use crate::jwt::Signer;
use crate::site::Site;

mod didomi;
mod elsewhere;
mod grant;
mod league;
mod oauth2;
mod oro;
mod parameters;
mod piwik_pro;

pub(crate) use oro::FOLDER as ORO_FOLDER;

/// One of the servers that the sandbox plays. Each has a port of its own for http and for https.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Piwik PRO.
    PiwikPro,
    /// Didomi.
    Didomi,
    /// OroCommerce or OroPlatform.
    Oro,
    /// A plain OAuth 2 server with an API, and a broker.
    Oauth2,
    /// Another origin, for redirects: answers everything with 200 and knows no credentials.
    Elsewhere,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::PiwikPro, Self::Didomi, Self::Oro, Self::Oauth2, Self::Elsewhere];

    /// The name in URLs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PiwikPro => "piwik_pro",
            Self::Didomi => "didomi",
            Self::Oro => "oro",
            Self::Oauth2 => "oauth2",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// Finds a vendor by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name)
    }
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request to the token endpoint.
    Token,
    /// A request to anything else.
    Api,
    /// A CORS preflight.
    Options,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// Such as `POST`.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Headers in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as sent.
    pub body: Bytes,
}

impl Received {
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// The body as text, if it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    /// The media type of the body, in lower case and without parameters.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Whether the body of this request means something to the server.
    pub(crate) fn writes(&self) -> bool {
        matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") || (self.method == "DELETE" && !self.body.is_empty())
    }

    /// The token in the `Authorization` header, if its scheme is Bearer. Oro is strict about upper and lower case.
    pub(crate) fn bearer(&self, strict: bool) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let is_bearer = if strict { scheme == "Bearer" } else { scheme.eq_ignore_ascii_case("bearer") };
        is_bearer.then(|| token.trim())
    }
}

/// One request at one vendor, and all that its answer depends on.
pub(crate) struct Call<'a> {
    pub(crate) site: &'a mut Site,
    pub(crate) signer: &'a Signer,
    pub(crate) now_us: u64,
    pub(crate) request: &'a Received,
    pub(crate) shape: &'a [Fault],
    pub(crate) https_origin: &'a str,
    pub(crate) granted: bool,
}

impl Call<'_> {
    /// The API's own idea of the time.
    fn api_now_us(&self) -> u64 {
        self.now_us.saturating_add_signed(self.site.settings.api_skew_ms.saturating_mul(1000))
    }
}

/// Tells a token request from an API call.
pub(crate) fn kind(site: &Site, request: &Received) -> Kind {
    if request.method == "OPTIONS" && request.header("access-control-request-method").is_some() {
        return Kind::Options;
    }
    let path = request.path();
    let token = match site.vendor {
        Vendor::PiwikPro => path == piwik_pro::TOKEN_PATH,
        Vendor::Didomi => path == didomi::TOKEN_PATH,
        Vendor::Oro => oro::below_folder(path) == oro::TOKEN_PATH,
        Vendor::Oauth2 => [oauth2::TOKEN_PATH, oauth2::BROKER_PATH].contains(&path),
        Vendor::Elsewhere => path == elsewhere::TOKEN_PATH,
    };
    if token { Kind::Token } else { Kind::Api }
}

/// Decides the answer to a request, or that the connection is closed.
pub(crate) fn decide(call: &mut Call<'_>, kind: Kind, fault: Option<&Fault>) -> Option<Answer> {
    let vendor = call.site.vendor;
    let answer = match fault {
        Some(Fault::Drop) => return None,
        Some(Fault::Answer { status, headers, body }) => Answer::chosen(*status, headers, body),
        Some(Fault::Throttle { status, retry_after }) => throttled(call, *status).retry_after(retry_after.as_ref(), call.now_us),
        Some(Fault::Redirect { status, location }) => Answer::empty(*status).header("location", location),
        Some(Fault::Reject) => rejected(vendor, kind, call.request.path()),
        Some(Fault::Documented { name }) => documented(vendor, name, call.request.path()).unwrap_or_else(|| Answer::empty(500)),
        _ => usual(call, kind),
    };
    Some(answer)
}

fn usual(call: &mut Call<'_>, kind: Kind) -> Answer {
    if call.site.settings.redirect_http && call.request.scheme == "http" {
        return Answer::empty(301).header("location", format!("{}{}", call.https_origin, call.request.target));
    }
    match (call.site.vendor, kind) {
        (Vendor::PiwikPro, Kind::Token) => piwik_pro::token(call),
        (Vendor::PiwikPro, _) => piwik_pro::api(call),
        (Vendor::Didomi, Kind::Token) => didomi::token(call),
        (Vendor::Didomi, _) => didomi::api(call),
        (Vendor::Oro, Kind::Token) => oro::token(call),
        (Vendor::Oro, _) => oro::api(call),
        (Vendor::Oauth2, Kind::Token) => oauth2::token(call),
        (Vendor::Oauth2, _) => oauth2::api(call),
        (Vendor::Elsewhere, Kind::Token) => elsewhere::token(call),
        (Vendor::Elsewhere, _) => elsewhere::api(),
    }
}

/// The vendor's words for a bad credential or a bad token.
fn rejected(vendor: Vendor, kind: Kind, path: &str) -> Answer {
    match (vendor, kind) {
        (Vendor::PiwikPro, Kind::Token) => piwik_pro::INVALID_CLIENT.answer(),
        (Vendor::PiwikPro, _) => piwik_pro::unauthorized(path, "Expired JWT Token"),
        (Vendor::Didomi, Kind::Token) => didomi::bad_credentials(),
        (Vendor::Didomi, _) => didomi::unauthorized(),
        (Vendor::Oro, Kind::Token) => oro::INVALID_CLIENT.answer(),
        (Vendor::Oauth2, Kind::Token) => oauth2::invalid_client(),
        (Vendor::Oauth2, _) => oauth2::invalid_token(),
        (Vendor::Oro | Vendor::Elsewhere, _) => Answer::empty(401),
    }
}

fn throttled(call: &Call<'_>, status: u16) -> Answer {
    match (call.site.vendor, status) {
        (Vendor::Didomi, _) => didomi::throttled(status, call.site.settings.rate_limit),
        (Vendor::PiwikPro, 429) => Answer::new(429, TEXT, "API Quota Exhaustion"),
        (Vendor::Oro, 429) => Answer::new(429, JSON_API, r#"{"errors":[{"status":"429","title":"too many requests http exception"}]}"#),
        (_, 429) => Answer::new(429, JSON, r#"{"error":"too_many_requests"}"#),
        (_, 503) => Answer::new(503, TEXT, "Service Unavailable"),
        _ => Answer::empty(status),
    }
}

/// Names of the answers that a vendor documents.
pub(crate) fn documented_names(vendor: Vendor) -> Vec<&'static str> {
    match vendor {
        Vendor::PiwikPro => piwik_pro::DOCUMENTED.to_vec(),
        Vendor::Didomi => didomi::DOCUMENTED.to_vec(),
        Vendor::Oro => oro::DOCUMENTED.to_vec(),
        Vendor::Oauth2 => oauth2::DOCUMENTED.to_vec(),
        Vendor::Elsewhere => Vec::new(),
    }
}

fn documented(vendor: Vendor, name: &str, path: &str) -> Option<Answer> {
    match vendor {
        Vendor::PiwikPro => piwik_pro::documented(name, path),
        Vendor::Didomi => didomi::documented(name),
        Vendor::Oro => oro::documented(name),
        Vendor::Oauth2 => oauth2::documented(name),
        Vendor::Elsewhere => None,
    }
}

/// An answer whose text never changes.
pub(crate) struct Fixed {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: &'static str,
}

impl Fixed {
    pub(crate) fn answer(&self) -> Answer {
        Answer::new(self.status, self.content_type, self.body)
    }
}
