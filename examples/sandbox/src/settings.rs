//! How a vendor behaves when nothing goes wrong.

use serde::{Deserialize, Serialize};

use crate::vendor::Vendor;

/// How a vendor behaves. Fields that are not for a vendor have no effect there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How long new tokens live, in milliseconds. `expires_in` shows whole seconds.
    pub lifetime_ms: u64,
    /// How far the API's clock is ahead of the token endpoint's, in milliseconds: it takes tokens for expired so much earlier.
    pub api_skew_ms: i64,
    /// Answers requests from pages of other origins. None: it knows nothing of CORS.
    pub cors: Option<Cors>,
    /// Answers plain http with a 301 to https (Didomi does).
    pub redirect_http: bool,
    /// Didomi: hands out the documentation's own sample token, which carries no times.
    pub sample_token: bool,
    /// Didomi: answers with `type` and `key` beside the token.
    pub echo: bool,
    /// Didomi: the status of a granted token, 200 or 201.
    pub granted_status: u16,
    /// Didomi: counts API calls and answers 429 beyond the limit; also shows `RateLimit` headers.
    pub rate_limit: Option<RateLimit>,
    /// Oro: which application it is.
    pub application: Application,
    /// OroCommerce: the first path segment of the back-office.
    pub backend_prefix: String,
    /// Oro: says one second less in `expires_in`, as the real one does when a second passes meanwhile.
    pub expires_in_short: bool,
    /// Broker: requests need this header, with any value.
    pub broker_header: Option<String>,
}

/// Which of Oro's applications is played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Application {
    /// Two APIs: `/admin/api` for the back-office and `/api` for the storefront.
    #[default]
    Commerce,
    /// One API for the back-office: `/api`.
    Platform,
}

/// How many API calls are allowed in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Calls in a window.
    pub limit: u64,
    /// The window, in seconds.
    pub window_s: u64,
}

/// What pages of other origins may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cors {
    /// Origins, or `*`.
    pub allow_origins: Vec<String>,
    /// Request headers a page may send; `*` for all that it asks for.
    pub allow_headers: Vec<String>,
    /// Methods beside the simple ones; empty for the one that is asked for.
    pub allow_methods: Vec<String>,
    /// Answer headers a page may read.
    pub expose_headers: Vec<String>,
    /// Whether cookies may be sent.
    pub allow_credentials: bool,
    /// For how many seconds a preflight is good.
    pub max_age_s: Option<u64>,
}

impl Settings {
    pub(crate) fn of(vendor: Vendor) -> Self {
        let lifetime_s = if vendor == Vendor::PiwikPro { 1800 } else { 3600 };
        Self {
            lifetime_ms: lifetime_s * 1000,
            api_skew_ms: 0,
            cors: None,
            redirect_http: false,
            sample_token: false,
            echo: false,
            granted_status: 200,
            rate_limit: None,
            application: Application::Commerce,
            backend_prefix: "admin".to_owned(),
            expires_in_short: false,
            broker_header: None,
        }
    }
}
