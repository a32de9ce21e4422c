//! OroCommerce and OroPlatform: `/oauth2-token`, and APIs whose tokens are not interchangeable.

use super::league::{self, Refusal, UNSUPPORTED_GRANT};
use super::{Call, Fixed, grant};
use crate::answer::{Answer, JSON, JSON_API, JSON_UTF8};
use crate::jwt::{fractional_seconds, quoted};
use crate::keys::Surface;
use crate::settings::Application;
use crate::tokens::Standing;

pub(super) const TOKEN_PATH: &str = "/oauth2-token";

/// The folder under which the same application is also reachable.
pub(crate) const FOLDER: &str = "/shop";

pub(super) const INVALID_CLIENT: Fixed = Fixed {
    status: 401,
    content_type: JSON,
    body: r#"{"error":"invalid_client","error_description":"Client authentication failed","message":"Client authentication failed"}"#,
};
const INVALID_GRANT: Fixed = Fixed {
    status: 400,
    content_type: JSON,
    body: r#"{"error":"invalid_grant","error_description":"The user credentials were incorrect.","message":"The user credentials were incorrect."}"#,
};
const NO_ENCRYPTION_KEY: Fixed = Fixed {
    status: 401,
    content_type: JSON,
    body: r#"{"error":"no_encryption_key","error_description":"The encryption key does not exist.","message":"The encryption key does not exist."}"#,
};
const REFRESH_TOKEN: Fixed = Fixed {
    status: 401,
    content_type: JSON,
    body: r#"{"error":"invalid_request","error_description":"The refresh token is invalid.","message":"The refresh token is invalid."}"#,
};
const SERVER_ERROR: Fixed = Fixed {
    status: 500,
    content_type: JSON,
    body: r#"{"error":"server_error","error_description":"The authorization server encountered an unexpected condition which prevented it from fulfilling the request: Internal error","message":"The authorization server encountered an unexpected condition which prevented it from fulfilling the request: Internal error"}"#,
};

/// Takes the folder off a path.
pub(super) fn below_folder(path: &str) -> &str {
    path.strip_prefix(FOLDER).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

pub(super) fn token(call: &mut Call<'_>) -> Answer {
    if call.request.method != "POST" {
        return Answer::empty(405).header("allow", "POST");
    }
    let identity = match league::check(call, false) {
        Ok(identity) => identity,
        Err(Refusal::UnsupportedGrant) => return UNSUPPORTED_GRANT.answer(),
        Err(Refusal::Missing(name)) => return Answer::new(400, JSON, league::missing_parameter("invalid_request", name)),
        Err(Refusal::InvalidClient) => {
            let challenge = call.request.header("authorization").is_some();
            let answer = INVALID_CLIENT.answer();
            return if challenge { answer.header("www-authenticate", r#"Basic realm="OAuth""#) } else { answer };
        }
    };
    if let Some(scope) = league::scope(call) {
        return invalid_scope(&scope);
    }
    let lifetime_us = grant::lifetime_s(call) * 1_000_000;
    let iat = fractional_seconds(call.now_us);
    let claims = format!(
        r#"{{"aud":{},"jti":"{:032x}{:048x}","iat":{iat},"nbf":{iat},"exp":{},"sub":"","scopes":[]}}"#,
        quoted(&identity.id),
        fastrand::u128(..),
        call.site.tokens.next_serial(),
        fractional_seconds(call.now_us + lifetime_us),
    );
    let jwt = call.signer.rs256(&claims);
    let shown_s = grant::lifetime_s(call).saturating_sub(u64::from(call.site.settings.expires_in_short));
    let fields = [("token_type", r#""Bearer""#.to_owned()), ("expires_in", shown_s.to_string()), ("access_token", grant::TOKEN.to_owned())];
    let body = grant::body(call, &identity, jwt, &fields);
    Answer::new(200, JSON_UTF8, body).header("cache-control", "no-store").header("pragma", "no-cache")
}

fn invalid_scope(scope: &str) -> Answer {
    const TEXT: &str = "The requested scope is invalid, unknown, or malformed";
    let hint = quoted(&format!("Check the `{scope}` scope"));
    Answer::new(400, JSON, format!(r#"{{"error":"invalid_scope","error_description":"{TEXT}","hint":{hint},"message":"{TEXT}"}}"#))
}

pub(super) fn api(call: &mut Call<'_>) -> Answer {
    let path = below_folder(call.request.path());
    let Some(surface) = surface_of(call, path) else {
        return Answer::new(404, "text/html; charset=UTF-8", "<!DOCTYPE html><title>Not Found</title>");
    };
    let Some(token) = call.request.bearer(true) else {
        return Answer::empty(401).header("www-authenticate", "Bearer");
    };
    match call.site.tokens.standing(token, call.api_now_us()) {
        Standing::Valid(of) if of == Some(surface) => {}
        _ => return Answer::empty(401),
    }
    if call.request.writes() && call.request.media_type() != JSON_API {
        return error(415, "unsupported media type http exception");
    }
    resource(call.request.method.as_str(), path)
}

/// Which clients an API is for; none if there is no API at this path.
fn surface_of(call: &Call<'_>, path: &str) -> Option<Surface> {
    let settings = &call.site.settings;
    let is_api = |path: &str| path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match settings.application {
        Application::Platform => is_api(path).then_some(Surface::BackOffice),
        Application::Commerce if is_api(path) => Some(Surface::Storefront),
        Application::Commerce => {
            let below = path.strip_prefix('/').and_then(|rest| rest.strip_prefix(settings.backend_prefix.as_str()));
            below.filter(|rest| is_api(rest)).map(|_| Surface::BackOffice)
        }
    }
}

fn resource(method: &str, path: &str) -> Answer {
    let name = path.rsplit("/api/").next().and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let item = format!(r#"{{"type":{},"id":"1","attributes":{{"name":"Sandbox"}}}}"#, quoted(name));
    match method {
        "DELETE" => Answer::empty(204),
        "POST" => Answer::new(201, JSON_API, format!(r#"{{"data":{item}}}"#)),
        "PATCH" | "PUT" => Answer::new(200, JSON_API, format!(r#"{{"data":{item}}}"#)),
        _ => Answer::new(200, JSON_API, format!(r#"{{"data":[{item}]}}"#)),
    }
}

fn error(status: u16, title: &str) -> Answer {
    Answer::new(status, JSON_API, format!(r#"{{"errors":[{{"status":"{status}","title":"{title}"}}]}}"#))
}

pub(super) const DOCUMENTED: [&str; 10] = [
    "invalid_client",
    "missing_client_id",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_grant",
    "refresh_token",
    "no_encryption_key",
    "server_error",
    "unauthorized",
    "forbidden",
];

pub(super) fn documented(name: &str) -> Option<Answer> {
    Some(match name {
        "invalid_client" => INVALID_CLIENT.answer(),
        "missing_client_id" => Answer::new(400, JSON, league::missing_parameter("invalid_request", "client_id")),
        "unsupported_grant_type" => UNSUPPORTED_GRANT.answer(),
        "invalid_scope" => invalid_scope("x"),
        "invalid_grant" => INVALID_GRANT.answer(),
        "refresh_token" => REFRESH_TOKEN.answer(),
        "no_encryption_key" => NO_ENCRYPTION_KEY.answer(),
        "server_error" => SERVER_ERROR.answer(),
        "unauthorized" => Answer::empty(401),
        "forbidden" => error(403, "access denied exception"),
        _ => return None,
    })
}
