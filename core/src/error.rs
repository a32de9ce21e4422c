//! Failures: nine classes that decide what happens next, and finer codes that say what to fix.

use alloc::{boxed::Box, string::String};
use core::fmt;
use serde::{Deserialize, Serialize};

use crate::time::Instant;

/// What kind of failure it is; the machine's policy depends on nothing finer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Class {
    /// The account behind the credentials is refused: no licence, disabled.
    Account,
    /// The run was given up by its host; nothing is known of the server.
    Cancelled,
    /// What the program was set up with is wrong.
    Configuration,
    /// The server does not accept the credentials.
    Credentials,
    /// A time limit ran out.
    Deadline,
    /// The server's answer is not what its descriptor says.
    Protocol,
    /// The server asks for fewer requests.
    Throttled,
    /// The server failed in a way that passes.
    Transient,
    /// No answer came: connection, name resolution, TLS.
    Transport,
}

impl Class {
    /// Returns the stable name, snake_case on every platform.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Cancelled => "cancelled",
            Self::Configuration => "configuration",
            Self::Credentials => "credentials",
            Self::Deadline => "deadline",
            Self::Protocol => "protocol",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Transport => "transport",
        }
    }

    /// Says whether only a change of configuration, credentials or account mends it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Configuration | Self::Credentials | Self::Account)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $variant:ident $name:literal $class:ident $fix:literal;)+) => {
        /// What exactly failed; stable, snake_case on every platform (`errors.json`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Code {
            /// Every code, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the stable name, such as `credentials_rejected`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the class that the code belongs to.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)+ }
            }

            /// Returns the general one-line fix; an [`Error`] may carry a more exact one.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$variant => $fix,)+ }
            }
        }
    };
}

codes! {
    /// The account is refused: no licence, disabled, suspended.
    AccountRefused "account_refused" Account "Ask the provider about the account: its licence or its access is off.";
    /// The answer's body is larger than the limit.
    AnswerTooLarge "answer_too_large" Protocol "Check that the token endpoint is right: its answer is larger than any token.";
    /// The token request had no answer within its deadline.
    AttemptDeadline "attempt_deadline" Deadline "Check the network path to the token endpoint: it does not answer in time.";
    /// The run was given up by its host, or its caller was.
    Cancelled "cancelled" Cancelled "Nothing to fix: the call was cancelled.";
    /// The source was closed.
    Closed "closed" Configuration "Make a new source: this one was closed.";
    /// The server does not accept the credentials.
    CredentialsRejected "credentials_rejected" Credentials "Check the credentials; if they were deleted or replaced, create new ones.";
    /// The caller's patience ran out before a token came.
    Deadline "deadline" Deadline "Try again, or give the call more patience.";
    /// The account's name or URL cannot be used.
    InvalidAccount "invalid_account" Configuration "Give the account as its host name, such as acme.piwik.pro.";
    /// The provider descriptor is wrong; the description begins with the path of the field.
    InvalidDescriptor "invalid_descriptor" Configuration "Correct the named field of the provider descriptor.";
    /// An endpoint's URL cannot be used.
    InvalidEndpoint "invalid_endpoint" Configuration "Give an absolute https URL without user info, query and fragment.";
    /// The answer states a lifetime that is none.
    InvalidLifetime "invalid_lifetime" Protocol "Report it to the provider: the lifetime in its answer is not usable.";
    /// An option is wrong; the description begins with its name.
    InvalidOption "invalid_option" Configuration "Correct the named option.";
    /// The answer carries a token that cannot stand in a header.
    InvalidToken "invalid_token" Protocol "Report it to the provider: the token in its answer is not usable.";
    /// The answer cannot be read as the descriptor says.
    MalformedAnswer "malformed_answer" Protocol "Check that the token endpoint is right: it answers with something else.";
    /// A credential is missing; the description begins with its name.
    MissingCredentials "missing_credentials" Configuration "Give the named credential.";
    /// The answer carries no token.
    MissingToken "missing_token" Protocol "Check that the token endpoint is right: its answer carries no token.";
    /// The source was used against its contract.
    Misuse "misuse" Configuration "Report it: the host program broke the contract of the token machine.";
    /// The platform hides why no answer came: the network, or a CORS refusal.
    NetworkOrCors "network_or_cors" Transport "Check the network; in a browser also that the endpoint allows this page's origin (CORS).";
    /// The URL is outside of the API that the token is for.
    OriginNotAllowed "origin_not_allowed" Configuration "Call a URL of the provider's API, or configure the API that you call.";
    /// The token endpoint redirects; following it would carry the secret elsewhere.
    RedirectRefused "redirect_refused" Configuration "Configure the token endpoint's final URL.";
    /// A token was asked for from within the transport's own call.
    Reentrant "reentrant" Configuration "Give the token request a transport of its own, without this source.";
    /// The server refuses the request's form: its grant type, scope or parameters.
    RequestRefused "request_refused" Configuration "Check the endpoint, the grant's options and the descriptor: the server refuses the request's form.";
    /// The server failed.
    ServerError "server_error" Transient "Nothing to fix here: the token endpoint fails and is asked again.";
    /// The server asks for fewer requests.
    Throttled "throttled" Throttled "Wait until the given time; share one source so that fewer tokens are asked for.";
    /// The token's life was over when it came, while another is held.
    TokenDeadOnArrival "token_dead_on_arrival" Transient "Check the clocks of this machine and of the server.";
    /// The server hands out a token again that its API has rejected.
    TokenRejectedAgain "token_rejected_again" Transient "Check that the credentials may use this API: its server hands out a token that the API rejects.";
    /// The connection to the token endpoint failed.
    TransportFailed "transport_failed" Transport "Check the network, the endpoint's name and its certificate.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure with everything that helps to mend it and nothing secret.
///
/// Two errors are equal when all their fields are. Server texts in it are sanitised and of bounded length.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Error {
    /// What failed.
    pub code: Code,
    /// When the source itself asks again, if it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Box<Detail>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Detail {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// The longest text from a server that an error keeps, in characters.
pub const MAX_SERVER_TEXT: usize = 200;

impl Error {
    /// Makes an error of a code.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, retry_at: None, detail: None }
    }

    /// Adds our own description, on one line; for a text from a server see [`Error::with_server_text`].
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.detail_mut().description = Some(on_one_line(description.into()));
        self
    }

    /// Adds the server's own error code and description, sanitised: printable, on one line, at most 200 characters.
    #[must_use]
    pub fn with_server_text(mut self, provider_code: Option<&str>, description: Option<&str>) -> Self {
        if let Some(text) = provider_code.and_then(sanitised) {
            self.detail_mut().provider_code = Some(text);
        }
        if let Some(text) = description.and_then(sanitised) {
            self.detail_mut().description = Some(text);
        }
        self
    }

    /// Adds the HTTP status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.detail_mut().status = Some(status);
        self
    }

    /// Replaces the code's general fix by a more exact one.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.detail_mut().fix = Some(on_one_line(fix.into()));
        self
    }

    /// Says when the source itself asks again.
    #[must_use]
    pub const fn with_retry_at(mut self, at: Instant) -> Self {
        self.retry_at = Some(at);
        self
    }

    fn detail_mut(&mut self) -> &mut Detail {
        self.detail.get_or_insert_default()
    }

    /// Returns the class, which decides what happens next.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.code.class()
    }

    /// Says whether the same call may succeed later without a change by the user.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        !self.class().is_terminal()
    }

    /// Returns the HTTP status of the token endpoint's answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.detail.as_ref()?.status
    }

    /// Returns the server's own error code, such as `invalid_client`.
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.detail.as_ref()?.provider_code.as_deref()
    }

    /// Returns what is known beyond the code, on one line.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.detail.as_ref()?.description.as_deref()
    }

    /// Returns what to do about it, on one line.
    #[must_use]
    pub fn fix(&self) -> &str {
        self.detail.as_ref().and_then(|detail| detail.fix.as_deref()).unwrap_or_else(|| self.code.fix())
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        if let Some(status) = self.status() {
            write!(f, " (HTTP {status})")?;
        }
        if let Some(provider_code) = self.provider_code() {
            write!(f, " {provider_code}")?;
        }
        if let Some(description) = self.description() {
            write!(f, ": {description}")?;
        }
        write!(f, ". {}", self.fix())
    }
}

impl core::error::Error for Error {}

/// Our own texts may repeat an option, and an option may have line breaks in it.
fn on_one_line(text: String) -> String {
    if text.contains(char::is_control) { text.replace(char::is_control, " ") } else { text }
}

/// Makes a server's text harmless: one line of printable characters, bounded, without anything shaped like a token.
fn sanitised(text: &str) -> Option<String> {
    let mut clean = String::new();
    for word in words(text) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(if looks_secret(&word) { "(redacted)" } else { &word });
    }
    if clean.chars().count() > MAX_SERVER_TEXT {
        clean = clean.chars().take(MAX_SERVER_TEXT - 1).collect::<String>() + "…";
    }
    if clean.is_empty() { None } else { Some(clean) }
}

/// Returns what people see of a text, on one line; what is looked for in a server's text is looked for in this.
pub(crate) fn visible(text: &str) -> String {
    words(text).collect::<alloc::vec::Vec<_>>().join(" ")
}

/// Returns the words of a text without what nobody sees; a word of nothing else is none.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.map(|word| word.chars().filter(|c| !is_invisible(*c)).collect()).filter(|word: &String| !word.is_empty())
}

/// A server may echo what it was sent: long runs of key-like characters are kept out of errors.
fn looks_secret(word: &str) -> bool {
    word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/' | '=' | '~')))
        .any(|run| run.starts_with("eyJ") || (run.len() >= 24 && run.bytes().any(|b| b.is_ascii_digit())))
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Returns the catalogue of codes as JSON, the content of `errors.json`, against which every language's list is checked.
#[must_use]
pub fn catalogue() -> String {
    let entries: alloc::vec::Vec<_> = Code::ALL
        .iter()
        .map(|code| {
            serde_json::json!({
                "code": code.as_str(),
                "class": code.class(),
                "retryable": !code.class().is_terminal(),
                "fix": code.fix(),
            })
        })
        .collect();
    serde_json::to_string_pretty(&entries).unwrap_or_default() + "\n"
}

impl Code {
    /// Finds a code by its stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}
