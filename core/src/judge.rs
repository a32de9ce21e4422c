//! Does an API's answer reject the token, or does it tell of something else?

use crate::{api::ResolvedApi, document::Document};

/// The longest body that is looked into, in bytes; a longer one meets no predicate.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// What an API's answer says of the token that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// The API does not accept the token: report it with [`Input::Rejected`](crate::Input::Rejected).
    TokenRejected,
    /// The answer is the caller's: a success, or a failure for which the token is not to blame.
    Fine,
}

/// Judges the answer of an API to a request that carried our token.
///
/// A host calls it for a status that [`ResolvedApi::inspects`], with the headers that it sees and with the body as far as [`reads_body`]
/// says; `None` as body is one that was not read or is longer than [`MAX_BODY_BYTES`]. A 401 to a request without our token is no rejection and is not judged.
#[must_use]
pub fn judge(api: &ResolvedApi, status: u16, headers: &[(impl AsRef<str>, impl AsRef<str>)], body: Option<&[u8]>) -> Judgement {
    let readable = body.filter(|body| body.len() <= MAX_BODY_BYTES && reads_body(api, status, headers));
    let body = readable.and_then(|body| serde_json::from_str::<Document>(core::str::from_utf8(body).ok()?).ok());
    let rejected = api.invalid_token().iter().any(|condition| condition.meets(status, body.as_ref()));
    if rejected { Judgement::TokenRejected } else { Judgement::Fine }
}

/// Says whether a host should read the body of an answer, up to [`MAX_BODY_BYTES`], before it calls [`judge`].
///
/// A success may be a stream without end: its body is only read if it is JSON of a stated length within the limit.
#[must_use]
pub fn reads_body(api: &ResolvedApi, status: u16, headers: &[(impl AsRef<str>, impl AsRef<str>)]) -> bool {
    if !api.invalid_token().iter().any(|condition| condition.needs_body(status)) {
        return false;
    }
    let header =
        |wanted: &str| headers.iter().find(|(name, _)| name.as_ref().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_ref());
    let length = header("content-length").map(|value| value.trim().parse::<usize>());
    if (200..300).contains(&status) {
        matches!(length, Some(Ok(length)) if length <= MAX_BODY_BYTES) && header("content-type").is_some_and(is_json)
    } else {
        !matches!(length, Some(Ok(length)) if length > MAX_BODY_BYTES)
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
