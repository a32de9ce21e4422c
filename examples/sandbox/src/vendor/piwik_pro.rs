//! Piwik PRO: `/auth/token`, and a gallery of modules that each refuse in their own way.

use super::league::{self, Refusal, UNSUPPORTED_GRANT};
use super::{Call, Fixed, Received, grant};
use crate::answer::{Answer, JSON, JSON_API, JSON_UTF8, TEXT};
use crate::jwt::quoted;
use crate::tokens::Standing;

pub(super) const TOKEN_PATH: &str = "/auth/token";

pub(super) const INVALID_CLIENT: Fixed = Fixed { status: 401, content_type: JSON, body: r#"{"error":"invalid_client"}"# };
const LICENCE: Fixed =
    Fixed { status: 402, content_type: JSON, body: r#"{"code":402,"message":"There is no active license for \"default\" organization"}"# };

pub(super) fn token(call: &mut Call<'_>) -> Answer {
    if call.request.method != "POST" {
        return Answer::empty(405).header("allow", "POST");
    }
    let identity = match league::check(call, true) {
        Ok(identity) => identity,
        Err(Refusal::UnsupportedGrant) => return UNSUPPORTED_GRANT.answer(),
        Err(Refusal::Missing(name)) => return missing_parameter(name),
        Err(Refusal::InvalidClient) => return INVALID_CLIENT.answer(),
    };
    let iat = call.now_us / 1_000_000;
    let lifetime_s = grant::lifetime_s(call);
    let claims = format!(
        r#"{{"iss":"oauth","aud":{},"iat":{iat},"exp":{},"sub":"00000000-0000-4000-8000-000000000000","org":"default","eml":"sandbox@example.com","jti":"{}"}}"#,
        quoted(&identity.name),
        iat + lifetime_s,
        call.site.tokens.next_serial(),
    );
    let jwt = call.signer.rs256(&claims);
    let fields =
        [("token_type", r#""Bearer""#.to_owned()), ("expires_in", lifetime_s.to_string()), ("access_token", grant::TOKEN.to_owned())];
    let body = grant::body(call, &identity, jwt, &fields);
    Answer::new(200, JSON_UTF8, body).header("cache-control", "no-store").header("pragma", "no-cache")
}

fn missing_parameter(name: &str) -> Answer {
    Answer::new(400, JSON, league::missing_parameter("invalid_client", name))
}

/// How a module of the API refuses, and what it speaks.
struct Module {
    prefix: &'static str,
    unauthorized: Refused,
    forbidden: Refused,
    json_api: bool,
}

enum Refused {
    /// This text, under this status and content type.
    With(Fixed),
    /// Neither body nor content type.
    Bare(u16),
    /// A JSON:API error in the words of the vendor's FAQ.
    Faq,
}

const fn with(status: u16, content_type: &'static str, body: &'static str) -> Refused {
    Refused::With(Fixed { status, content_type, body })
}

const TAG_401: &str = r#"{"errors":[{"code":"UNAUTHORIZED_ERROR","detail":"Access token not authorized"}]}"#;
const ANALYTICS_401: &str = r#"{"errors":[{"status":"401","detail":"No valid credentials provided."}]}"#;
const ANALYTICS_403: &str = r#"{"errors":[{"status":"403","detail":"No valid license found."}]}"#;
const MESSAGE_401: &str = r#"{"message":"Unauthorized"}"#;
const TRACKER_403: &str =
    r#"{"errors":[{"status":"403","code":"not_authenticated","title":"Authentication credentials were not provided."}]}"#;
const USERS_403: &str = r#"{"errors":[{"status":"403","title":"Forbidden","code":"error.default"}]}"#;
const MAINTENANCE: &str =
    r#"{"errors":[{"code":"SERVICE_UNAVAILABLE","detail":"Maintenance mode enabled for organization (organization: default)"}]}"#;

const MODULES: [Module; 16] = [
    module("/api/apps/v2", Refused::Faq, Refused::Bare(403), true),
    module("/api/tag/v1", with(401, JSON_API, TAG_401), Refused::Bare(403), true),
    module("/api/container-settings/v1", with(401, JSON_API, TAG_401), Refused::Bare(403), true),
    module("/api/analytics/v1/manage", with(401, JSON, ANALYTICS_401), Refused::Bare(403), false),
    module("/api/analytics/v1", with(401, JSON, ANALYTICS_401), with(403, JSON, ANALYTICS_403), false),
    module("/api/cdp/profiles", with(401, TEXT, ""), with(403, TEXT, "403 forbidden"), false),
    module("/api/cdp", with(401, TEXT, ""), with(403, TEXT, "403 forbidden"), false),
    module("/api/tracker/v1", with(401, TEXT, ""), Refused::Bare(403), true),
    module("/api/tracker/v2", with(403, JSON_API, TRACKER_403), Refused::Bare(403), true),
    module("/api/access-control/v2", Refused::Bare(401), Refused::Bare(403), true),
    module("/api/user-groups/v1", Refused::Bare(401), Refused::Bare(403), true),
    module("/api/users/v2", with(403, JSON_API, USERS_403), with(403, JSON_API, USERS_403), true),
    module("/api/audit-log/v1", with(401, JSON, MESSAGE_401), Refused::Bare(403), true),
    module("/api/modules/v1", with(401, JSON, MESSAGE_401), Refused::Bare(403), true),
    module("/api/meta-sites/v1", Refused::Bare(401), Refused::Bare(403), true),
    module("/api", Refused::Faq, Refused::Bare(403), true),
];

const fn module(prefix: &'static str, unauthorized: Refused, forbidden: Refused, json_api: bool) -> Module {
    Module { prefix, unauthorized, forbidden, json_api }
}

fn module_of(path: &str) -> Option<&'static Module> {
    let within = |module: &&Module| path.strip_prefix(module.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // The list has the more particular prefixes first.
    MODULES.iter().find(within)
}

pub(super) fn api(call: &mut Call<'_>) -> Answer {
    let path = call.request.path();
    let Some(module) = module_of(path) else {
        return Answer::new(404, "text/html; charset=UTF-8", "<!DOCTYPE html><title>Not Found</title>");
    };
    let Some(token) = call.request.bearer(false) else {
        return unauthorized(path, "JWT not found");
    };
    match call.site.tokens.standing(token, call.api_now_us()) {
        Standing::Valid(_) => {}
        Standing::Expired => return unauthorized(path, "Expired JWT Token"),
        Standing::Revoked | Standing::Unknown => return unauthorized(path, "access token not authorized"),
    }
    let refusal = call.request.writes().then(|| wrong_media_type(call.request, module)).flatten();
    refusal.unwrap_or_else(|| resource(call.request, module))
}

fn wrong_media_type(request: &Received, module: &Module) -> Option<Answer> {
    let media_type = request.media_type();
    match module.json_api {
        true if media_type != JSON_API => {
            let detail = format!("\"{media_type}\" is not a valid JSON API Content-Type header, use \"{JSON_API}\" instead");
            let body = format!(r#"{{"errors":[{{"status":"415","title":"Unsupported Media Type","detail":{}}}]}}"#, quoted(&detail));
            Some(Answer::new(415, JSON_API, body))
        }
        false if media_type != JSON => Some(Answer::new(415, TEXT, "Unsupported Media Type")),
        _ => None,
    }
}

fn resource(request: &Received, module: &Module) -> Answer {
    const APP: &str = r#"{"type":"ppms/app","id":"985ed9d7-b652-47b8-b9cf-c17d62735261","attributes":{"name":"Sandbox"}}"#;
    let media_type = if module.json_api { JSON_API } else { JSON };
    match (request.method.as_str(), module.prefix) {
        ("DELETE", _) => Answer::empty(204),
        ("POST" | "PUT" | "PATCH", _) if module.json_api => {
            let status = if request.method == "POST" { 201 } else { 200 };
            Answer::new(status, media_type, format!(r#"{{"data":{APP}}}"#))
        }
        (_, "/api/apps/v2") => Answer::new(200, media_type, format!(r#"{{"meta":{{"total":1}},"data":[{APP}]}}"#)),
        _ => Answer::new(200, media_type, r#"{"data":[],"meta":{}}"#),
    }
}

/// What a module answers to a bad token. `message` is what the vendor's FAQ calls the reason.
pub(super) fn unauthorized(path: &str, message: &str) -> Answer {
    module_of(path).map_or_else(|| Answer::empty(401), |module| refused(&module.unauthorized, message))
}

fn refused(refused: &Refused, message: &str) -> Answer {
    match refused {
        Refused::With(fixed) => fixed.answer(),
        Refused::Bare(status) => Answer::empty(*status),
        Refused::Faq => {
            let body = format!(r#"{{"errors":[{{"status":"401","title":"Unauthorized","detail":{}}}]}}"#, quoted(message));
            Answer::new(401, JSON_API, body)
        }
    }
}

pub(super) const DOCUMENTED: [&str; 12] = [
    "invalid_client",
    "invalid_client_400",
    "missing_client_id",
    "unsupported_grant_type",
    "licence",
    "unauthorized",
    "not_authenticated",
    "forbidden",
    "licence_403",
    "module_disabled",
    "quota",
    "maintenance",
];

pub(super) fn documented(name: &str, path: &str) -> Option<Answer> {
    Some(match name {
        "invalid_client" => INVALID_CLIENT.answer(),
        "invalid_client_400" => Answer::new(400, JSON, INVALID_CLIENT.body),
        "missing_client_id" => missing_parameter("client_id"),
        "unsupported_grant_type" => UNSUPPORTED_GRANT.answer(),
        "licence" => LICENCE.answer(),
        "unauthorized" => unauthorized(path, "access token not authorized"),
        "not_authenticated" => Answer::new(403, JSON_API, TRACKER_403),
        "forbidden" => module_of(path).map_or_else(|| Answer::empty(403), |module| refused(&module.forbidden, "")),
        "licence_403" => Answer::new(403, JSON, ANALYTICS_403),
        "module_disabled" => Answer::new(402, TEXT, "Module disabled."),
        "quota" => Answer::new(429, TEXT, "API Quota Exhaustion"),
        "maintenance" => Answer::new(503, JSON_API, MAINTENANCE),
        _ => return None,
    })
}
