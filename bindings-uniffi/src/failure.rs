//! A failure as data; the error classes are the languages' own.

use evertoken::{Code, Error, error::catalogue};

/// What failed, why, and what to do about it; nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Failure {
    /// A code of `errors.json`.
    pub code: String,
    /// The class that the code belongs to.
    pub class: String,
    /// Asking again later may help.
    pub retryable: bool,
    /// When the source itself asks again, in Unix milliseconds.
    pub retry_at_ms: Option<u64>,
    /// The status of the token endpoint's answer.
    pub status: Option<u16>,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// What happened; of bounded length, one line.
    pub description: Option<String>,
    /// What to do about it.
    pub fix: String,
    /// All of it in one line.
    pub text: String,
}

/// Thrown by what can refuse its arguments.
#[derive(Clone, Debug, uniffi::Error)]
pub enum Refusal {
    /// It failed.
    Failed {
        /// What failed.
        failure: Failure,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Failed { failure } = self;
        f.write_str(&failure.text)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed { failure: Failure::from(&error) }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code.as_str().into(),
            class: error.class().as_str().into(),
            retryable: error.retryable(),
            retry_at_ms: error.retry_at.map(|at| at.wall),
            status: error.status(),
            provider_code: error.provider_code().map(Into::into),
            description: error.description().map(Into::into),
            fix: error.fix().into(),
            text: error.to_string(),
        }
    }
}

/// Makes a failure that the host has found: a text of a library becomes one line of bounded length with nothing shaped like a token.
#[uniffi::export(default(description = None, fix = None))]
pub fn failure_of(code: String, description: Option<String>, fix: Option<String>) -> Result<Failure, Refusal> {
    Ok(Failure::from(&error_of(&code, description.as_deref(), fix)))
}

/// Returns every code with its class and fix, as JSON.
#[uniffi::export]
pub fn error_catalogue() -> Result<String, Refusal> {
    Ok(catalogue())
}

pub(crate) fn error_of(code: &str, description: Option<&str>, fix: Option<String>) -> Error {
    let error = Error::new(Code::from_name(code).unwrap_or(Code::Misuse)).with_server_text(None, description);
    fix.into_iter().fold(error, Error::with_fix)
}
