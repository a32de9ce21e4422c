//! The client level's format: clients of a provider, what is done to them and to the sandbox, and what is expected.
//!
//! `core/scenarios/README.md` describes each member for those who write files and runners.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The name of the client that a step means when it names none.
pub const MAIN: &str = "main";

/// What a client-level file has beside the common envelope.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The clients, by name; each is made when the file begins.
    pub clients: BTreeMap<String, ClientSpec>,
    /// What each reading of the entropy hook delivers, as 16 hexadecimal digits; without it draws take their lowest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entropy: Option<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// What a client is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSpec {
    /// Which provider.
    pub provider: ProviderName,
    /// The account's URL (Piwik PRO), the application's URL (Oro), or the endpoint override (Didomi).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The token endpoint (`oauth2`, `broker`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Where the token may go (`oauth2`, `broker`, `fixed`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<ApiSpec>,
    /// The surface of the API (`oro_commerce`, `custom`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<String>,
    /// The back-office's path (`oro_commerce`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend_prefix: Option<String>,
    /// How the client proves itself (`oauth2`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuthName>,
    /// How the body of the token request is written (`oauth2`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyName>,
    /// Scopes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The audience.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The descriptor (`custom`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptor: Option<Value>,
    /// The descriptor's variables (`custom`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The credentials by the names of the provider's descriptor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub credentials: BTreeMap<String, String>,
    /// The numbers of the policy that differ from the default.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub policy: Map<String, Value>,
}

/// The providers, by the names of their constructors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the provider of its name")]
pub enum ProviderName {
    PiwikPro,
    Didomi,
    OroCommerce,
    OroPlatform,
    #[default]
    Oauth2,
    Broker,
    Fixed,
    Custom,
}

/// Where the token may go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ApiSpec {
    /// One origin and path, where only a 401 means a bad token.
    Url(String),
    /// The API half of a built-in provider.
    Of(Box<ClientSpec>),
}

/// How a client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthName {
    /// HTTP Basic of form-encoded halves.
    Basic,
    /// HTTP Basic of raw halves.
    BasicRaw,
    /// In the body.
    Body,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the encoding of its name")]
pub enum BodyName {
    Form,
    Json,
}

/// One step, and perhaps a note on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What a reader should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
}

/// What a step does. After each, the runner lets client and sandbox come to rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sends a request to the sandbox's control API, which must answer 2xx.
    Control(Control),
    /// Asks for the header, in the background.
    Headers(Headers),
    /// Asks for the token alone, in the background.
    Token(Token),
    /// Calls the API, in the background.
    Request(Request),
    /// Cancels a call.
    Cancel(Cancel),
    /// Drops the held token, as a user does who knows that it is no good.
    Invalidate(OfClient),
    /// Asks to try again now.
    Retry(OfClient),
    /// Replaces the credentials.
    CredentialsChanged(CredentialsChanged),
    /// Drops the token and everything on its way.
    Logout(OfClient),
    /// Ends the client's source.
    Close(OfClient),
    /// Moves all clocks forward and fires the timers that are due on the way.
    Advance(Forward),
    /// Moves the sandbox and the clients' wall clock, as a sleep of the machine does; the monotonic clock stands still.
    Suspend(Forward),
    /// Sets the clients' wall clock forward or back; nothing else moves.
    StepWall(Either),
    /// States what must be so now.
    Expect(Expect),
}

/// A request to the control API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Such as `POST`.
    pub method: String,
    /// Below the control URL, such as `/piwik_pro/faults`.
    pub path: String,
    /// The JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// A call of `headers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headers {
    /// The call's name.
    #[serde(rename = "as")]
    pub name: String,
    /// Whose; `main` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// So many calls of this name, begun in one go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// How long the token must still live, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_valid_ms: Option<u64>,
    /// How long the call may wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience_ms: Option<u64>,
}

/// A call of `token`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The call's name.
    #[serde(rename = "as")]
    pub name: String,
    /// Whose; `main` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// So many calls of this name, begun in one go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// A call of the API through the authenticated client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The call's name.
    #[serde(rename = "as")]
    pub name: String,
    /// Whose; `main` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// So many calls of this name, begun in one go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// `GET` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A path as the vendor's documentation prints it, or a URL.
    pub path: String,
    /// The user's own headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON body, sent with the client's helper for the API's media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
    /// A text as the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// `false`: the body is a stream that cannot be sent twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayable: Option<bool>,
}

/// Which call to cancel; all of its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The call's name.
    pub call: String,
}

/// Something done to a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfClient {
    /// Whose; `main` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// New credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsChanged {
    /// Whose; `main` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The credentials by name.
    pub credentials: BTreeMap<String, String>,
    /// The held token must not be used any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop_token: bool,
}

/// A movement forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// Milliseconds.
    pub ms: u64,
}

/// A movement forward or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Either {
    /// Milliseconds; negative for back.
    pub ms: i64,
}

/// What must be so; what is not named is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The calls, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, CallIs>,
    /// How many requests the sandbox has received, by vendor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, Counts>,
    /// Requests as the sandbox has received them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
    /// The names of a client's events since they were last expected, all and in order, by client.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Vec<String>>,
    /// What `explain` says, by client.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub explain: BTreeMap<String, Explained>,
}

/// What has become of a call: exactly one of `waiting`, `cancelled`, `http_failure`, `header`, `token`, `error` and `status`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallIs {
    /// It has not returned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waiting: bool,
    /// It was cancelled, and has not returned before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// The HTTP library's own failure, of a request to the API.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub http_failure: bool,
    /// `headers` returned exactly these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<BTreeMap<String, String>>,
    /// `token` returned it, or `headers` returned one header that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The call failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorIs>,
    /// `request` returned an answer of this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The answer's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Headers of the answer, names in lower case; null for one that is absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// What is expected instead where the platform hides a fact.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hidden: BTreeMap<Hidden, CallIs>,
}

/// A fact that a platform may hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hidden {
    /// Status and Location of a redirect.
    Redirects,
    /// Headers of an answer that the server does not expose.
    UnexposedHeaders,
    /// Why a connection failed.
    NetworkErrors,
}

/// An error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorIs {
    /// Its stable code.
    pub code: String,
    /// Its class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Whether the same call may succeed later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// When the source asks again by the wall clock, in milliseconds after the file's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at_ms: Option<u64>,
    /// The status of the token endpoint's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_code: Option<String>,
    /// A part of the description or the fix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

/// How many requests; all since the beginning or the last `DELETE /log`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// At the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
    /// At the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<u64>,
}

/// A request as the sandbox has received it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// To whom.
    pub vendor: String,
    /// `token` or `api`.
    pub kind: SentKind,
    /// Which of that vendor's and kind's, from 1.
    pub nth: usize,
    /// Its method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Its path and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Headers, names in lower case; null for one that is absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// Its whole body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What the sandbox answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the kind of its name")]
pub enum SentKind {
    Token,
    Api,
}

/// What `explain` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explained {
    /// `none`, `fresh`, `window`, `hard`, `withheld` or `rejected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The held token's lifetime in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_ms: Option<u64>,
    /// `idle`, `in_flight` or `paused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight: Option<String>,
    /// Why it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many callers wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}
