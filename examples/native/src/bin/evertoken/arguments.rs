//! What the user types.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

const EXAMPLES: &str = "\
Credentials come from the environment; which variables, says the error when they are missing:
  piwik-pro                    PIWIK_PRO_CLIENT_ID, PIWIK_PRO_CLIENT_SECRET
  didomi                       DIDOMI_API_KEY, DIDOMI_API_SECRET
  oro-commerce, oro-platform   ORO_CLIENT_ID, ORO_CLIENT_SECRET

Examples:
  evertoken --provider piwik-pro --account acme.piwik.pro GET /api/apps/v2
  evertoken --provider didomi GET '/v1/properties?organization_id=acme'
  evertoken --provider oro-commerce --account shop.example.com --surface back-office GET /admin/api/users
  evertoken --provider oro-platform --account crm.example.com POST /api/users --data @user.json
  evertoken --provider oauth2 --token-url https://login.example.com/token --api https://api.example.com GET /v1/me
  evertoken --provider custom --descriptor xandr.json GET /member
  evertoken --provider fixed --api https://api.example.com GET /v1/me

Exit codes:
  0  the API answered with a status below 400
  1  the API answered with 400 or more
  2  what was typed or configured cannot work: options, account, URL, missing credentials
  3  there is no token: credentials refused, account refused, token endpoint out of reach or failing
  4  the call to the API brought no answer: network, TLS, time-out

The body goes to standard output, everything else to standard error. Nothing printed shows a secret or a token.";

/// Calls an API with a valid access token.
///
/// It fetches a token with your credentials, makes the call with it, and once more with another token if the API rejects the
/// first.
#[derive(Debug, Parser)]
#[command(name = "evertoken", version, after_long_help = EXAMPLES, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whose API it is.
    #[arg(long, value_enum)]
    pub(crate) provider: ProviderName,

    /// The account's host or the application's URL, such as acme.piwik.pro (piwik-pro, oro-commerce, oro-platform).
    #[arg(long, value_name = "HOST")]
    pub(crate) account: Option<String>,

    /// The part of the API that the client's tokens are for (oro-commerce).
    #[arg(long, value_enum)]
    pub(crate) surface: Option<Surface>,

    /// The first path segment of the back-office (oro-commerce); `admin` unless the shop's administrator has changed it.
    #[arg(long, value_name = "SEGMENT")]
    pub(crate) backend_prefix: Option<String>,

    /// The token endpoint's URL (oauth2).
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,

    /// The URL of the API (oauth2, fixed): the token goes to this origin and below this path only.
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,

    /// Replaces the provider's address, for a test server or a private installation.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// How the client proves itself (oauth2).
    #[arg(long, value_enum)]
    pub(crate) client_auth: Option<ClientAuthName>,

    /// How the token request's body is written (oauth2).
    #[arg(long, value_enum)]
    pub(crate) body: Option<BodyName>,

    /// A scope to ask for; may be given several times.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,

    /// The audience to ask a token for (Auth0 and others).
    #[arg(long)]
    pub(crate) audience: Option<String>,

    /// A provider descriptor (custom).
    #[arg(long, value_name = "FILE")]
    pub(crate) descriptor: Option<PathBuf>,

    /// A variable of the descriptor; may be given several times.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) variables: Vec<(String, String)>,

    /// A header of the call; may be given several times.
    #[arg(short = 'H', long = "header", value_name = "K: V", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,

    /// A JSON body, @FILE to read it from a file, @- to read it from standard input.
    #[arg(short, long, value_name = "JSON|@FILE")]
    pub(crate) data: Option<String>,

    /// How long the whole call may take.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) time_out: Duration,

    /// Trusts the certificate authorities of this PEM file as well.
    #[arg(long, value_name = "FILE", visible_alias = "insecure-ca")]
    pub(crate) ca: Option<PathBuf>,

    /// Prints what the token machine did, with times, and what it will do next.
    #[arg(long)]
    pub(crate) explain: bool,

    /// Prints the answer's status and headers.
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// GET, POST, PUT, PATCH, DELETE, ..
    #[arg(value_name = "METHOD", value_parser = method)]
    pub(crate) method: reqwest::Method,

    /// A path as the vendor's documentation prints it, or a URL of the API.
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    /// Piwik PRO
    PiwikPro,
    /// Didomi
    Didomi,
    /// OroCommerce, which has a storefront
    OroCommerce,
    /// OroPlatform and OroCRM, without a storefront
    OroPlatform,
    /// Any OAuth 2 client credentials endpoint (RFC 6749 section 4.4)
    Oauth2,
    /// A descriptor of your own
    Custom,
    /// A token that you have already, for a test
    Fixed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Surface {
    /// `/admin/api`, for users of the back-office
    BackOffice,
    /// `/api`, for customer users
    Storefront,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientAuthName {
    /// HTTP Basic, form-encoded first (RFC 6749 section 2.3.1)
    Basic,
    /// HTTP Basic of the raw values, for servers that do not decode them
    BasicRaw,
    /// `client_id` and `client_secret` in the body
    Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BodyName {
    /// application/x-www-form-urlencoded
    Form,
    /// application/json
    Json,
}

fn method(text: &str) -> Result<reqwest::Method, String> {
    reqwest::Method::from_bytes(text.to_ascii_uppercase().as_bytes()).map_err(|_| "it is no HTTP method".to_owned())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is written as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a variable is written as name=value")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|_| "it is no number of seconds")?;
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero()).ok_or_else(|| "it is no time to wait".to_owned())
}
