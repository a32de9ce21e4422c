//! Didomi: a session with key and secret, and an API with one envelope for all errors.

use super::parameters::Parameters;
use super::{Call, grant};
use crate::answer::Answer;
use crate::jwt::quoted;
use crate::settings::RateLimit;
use crate::tokens::Standing;

pub(super) const TOKEN_PATH: &str = "/v1/sessions";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// The token that the vendor's documentation shows. It carries no times.
const SAMPLE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ";

pub(super) fn token(call: &mut Call<'_>) -> Answer {
    if call.request.method != "POST" {
        return error(405, "Method not allowed", "MethodNotAllowed").header("allow", "POST");
    }
    let parameters = Parameters::json(call.request);
    let given = (parameters.text("type"), parameters.text("key"), parameters.text("secret"));
    let identity = match given {
        (Some("api-key"), Some(key), Some(secret)) => call.site.keys.check(key, secret),
        _ => None,
    };
    let Some(identity) = identity else { return bad_credentials() };

    let iat = call.now_us / 1_000_000;
    let claims = format!(
        r#"{{"sub":{},"iat":{iat},"exp":{},"jti":"{}"}}"#,
        quoted(&identity.id),
        iat + grant::lifetime_s(call),
        call.site.tokens.next_serial()
    );
    let jwt = if call.site.settings.sample_token { SAMPLE.to_owned() } else { call.signer.hs256(&claims) };
    let mut fields = vec![("access_token", grant::TOKEN.to_owned())];
    if call.site.settings.echo {
        fields.splice(0..0, [("type", quoted("api-key")), ("key", quoted(&identity.id))]);
    }
    let body = grant::body(call, &identity, jwt, &fields);
    Answer::new(call.site.settings.granted_status, CONTENT_TYPE, body)
}

pub(super) fn api(call: &mut Call<'_>) -> Answer {
    let standing = call.request.bearer(false).map(|token| call.site.tokens.standing(token, call.api_now_us()));
    if !matches!(standing, Some(Standing::Valid(_))) {
        return unauthorized();
    }
    let Some(RateLimit { limit, window_s }) = call.site.settings.rate_limit else { return resource(call) };
    let (remaining, reset_s) = call.site.window.count(call.now_us, limit, window_s);
    let answer = match remaining {
        Some(_) => resource(call),
        None => too_many_requests().header("retry-after", reset_s.to_string()),
    };
    rate_headers(answer, limit, window_s, remaining.unwrap_or(0), reset_s)
}

fn rate_headers(answer: Answer, limit: u64, window_s: u64, remaining: u64, reset_s: u64) -> Answer {
    let answer = answer.header("ratelimit", format!("limit={limit}, remaining={remaining}, reset={reset_s}"));
    answer.header("ratelimit-policy", format!("{limit};w={window_s}"))
}

fn resource(call: &Call<'_>) -> Answer {
    match (call.request.method.as_str(), call.request.path()) {
        ("GET" | "HEAD", "/v1/properties") => Answer::new(
            200,
            CONTENT_TYPE,
            r#"{"total":1,"limit":100,"skip":0,"data":[{"id":"sandbox-property","name":"Sandbox","organization_id":"sandbox"}]}"#,
        ),
        (method, path) if path.starts_with("/v1/") => {
            Answer::new(if method == "POST" { 201 } else { 200 }, CONTENT_TYPE, r#"{"total":0,"limit":100,"skip":0,"data":[]}"#)
        }
        _ => error(404, "Page not found", "NotFound"),
    }
}

fn error(code: u16, message: &str, name: &str) -> Answer {
    Answer::new(code, CONTENT_TYPE, format!(r#"{{"code":{code},"errors":{{}},"message":"{message}","name":"{name}"}}"#))
}

pub(super) fn bad_credentials() -> Answer {
    error(400, "Invalid authentication information", "BadRequest")
}

pub(super) fn unauthorized() -> Answer {
    error(401, "Invalid authentication token", "NotAuthenticated")
}

fn too_many_requests() -> Answer {
    error(429, "Too many requests", "TooManyRequests")
}

pub(super) fn throttled(status: u16, limit: Option<RateLimit>) -> Answer {
    if status != 429 {
        return error(status, "Service unavailable", "Unavailable");
    }
    let RateLimit { limit, window_s } = limit.unwrap_or(RateLimit { limit: 100, window_s: 15 });
    rate_headers(too_many_requests(), limit, window_s, 0, window_s)
}

pub(super) const DOCUMENTED: [&str; 3] = ["bad_credentials", "unauthorized", "too_many_requests"];

pub(super) fn documented(name: &str) -> Option<Answer> {
    Some(match name {
        "bad_credentials" => bad_credentials(),
        "unauthorized" => unauthorized(),
        "too_many_requests" => throttled(429, None).header("retry-after", "15"),
        _ => return None,
    })
}
