//! A plain OAuth 2 server by the book (RFC 6749, RFC 6750), and a broker for it.

use super::parameters::{Parameters, basic, form_decoded};
use super::{Call, grant};
use crate::answer::{Answer, JSON};
use crate::keys::Identity;
use crate::tokens::Standing;

pub(super) const TOKEN_PATH: &str = "/oauth2/token";
pub(super) const BROKER_PATH: &str = "/broker/token";

pub(super) fn token(call: &mut Call<'_>) -> Answer {
    if call.request.method != "POST" {
        return Answer::empty(405).header("allow", "POST");
    }
    if call.request.path() == BROKER_PATH {
        return broker(call);
    }
    let parameters = Parameters::json_or_form(call.request);
    match parameters.text("grant_type") {
        None => return error(400, "invalid_request"),
        Some("client_credentials") => {}
        Some(_) => return error(400, "unsupported_grant_type"),
    }
    let header = basic(call.request);
    let body = parameters.text("client_id").zip(parameters.text("client_secret"));
    // A client must not use more than one method (RFC 6749 section 2.3).
    let identity = match (header, body) {
        (Some(_), Some(_)) => return error(400, "invalid_request"),
        (Some((id, secret)), None) => call.site.keys.check(&form_decoded(&id), &form_decoded(&secret)),
        (None, Some((id, secret))) => call.site.keys.check(id, secret),
        (None, None) => None,
    };
    match identity {
        Some(identity) => granted(call, &identity),
        None if call.request.header("authorization").is_some() => invalid_client().header("www-authenticate", r#"Basic realm="sandbox""#),
        None => invalid_client(),
    }
}

fn granted(call: &mut Call<'_>, identity: &Identity) -> Answer {
    let token = format!("sandbox-token-{}-{:016x}", call.site.tokens.next_serial(), fastrand::u64(..));
    let fields = fields(grant::lifetime_s(call));
    answer(grant::body(call, identity, token, &fields))
}

fn answer(body: String) -> Answer {
    Answer::new(200, JSON, body).header("cache-control", "no-store").header("pragma", "no-cache")
}

fn fields(lifetime_s: u64) -> [(&'static str, String); 3] {
    [("access_token", grant::TOKEN.to_owned()), ("token_type", r#""Bearer""#.to_owned()), ("expires_in", lifetime_s.to_string())]
}

/// Hands out the token it holds with its remaining lifetime, and gets a new one when less than a quarter is left.
fn broker(call: &mut Call<'_>) -> Answer {
    let wanted = call.site.settings.broker_header.as_deref().map(str::to_ascii_lowercase);
    if wanted.is_some_and(|name| call.request.header(&name).is_none()) {
        return error(401, "access_denied");
    }
    if !call.request.body.is_empty() {
        return error(400, "invalid_request");
    }
    let identity = Identity { id: "broker".to_owned(), name: "broker".to_owned(), surface: None };
    let held = call.site.tokens.last_of("broker").map(str::to_owned);
    let left_us = held.as_deref().and_then(|token| call.site.tokens.get(token)).filter(|token| !token.revoked);
    let left_us = left_us.map_or(0, |token| token.expires_us.saturating_sub(call.now_us));
    match held {
        Some(token) if left_us / 250 > call.site.settings.lifetime_ms => answer(grant::written(call, &token, &fields(left_us / 1_000_000))),
        _ => granted(call, &identity),
    }
}

pub(super) fn api(call: &mut Call<'_>) -> Answer {
    let Some(token) = call.request.bearer(false) else {
        return Answer::empty(401).header("www-authenticate", r#"Bearer realm="sandbox""#);
    };
    match call.site.tokens.standing(token, call.api_now_us()) {
        Standing::Valid(_) => Answer::new(200, JSON, r#"{"ok":true}"#),
        _ => invalid_token(),
    }
}

pub(super) fn invalid_token() -> Answer {
    error(401, "invalid_token").header("www-authenticate", r#"Bearer realm="sandbox", error="invalid_token""#)
}

pub(super) fn invalid_client() -> Answer {
    error(401, "invalid_client")
}

fn error(status: u16, code: &str) -> Answer {
    Answer::new(status, JSON, format!(r#"{{"error":"{code}"}}"#)).header("cache-control", "no-store")
}

/// The error codes of RFC 6749 section 5.2 and RFC 6750 section 3.1.
pub(super) const DOCUMENTED: [&str; 8] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_token",
    "insufficient_scope",
];

pub(super) fn documented(name: &str) -> Option<Answer> {
    Some(match name {
        "invalid_client" => invalid_client(),
        "invalid_token" => invalid_token(),
        "insufficient_scope" => error(403, name).header("www-authenticate", r#"Bearer realm="sandbox", error="insufficient_scope""#),
        name if DOCUMENTED.contains(&name) => error(400, name),
        _ => return None,
    })
}
