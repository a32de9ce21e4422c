//! Cross-origin requests of pages: preflights and answer headers.

use crate::answer::Answer;
use crate::settings::Cors;
use crate::vendor::Received;

type Header = (String, String);

/// Answers a preflight: without headers where CORS is off or the origin is not allowed.
pub(crate) fn preflight(cors: Option<&Cors>, request: &Received) -> Answer {
    let Some(cors) = cors else { return Answer::empty(405) };
    let mut answer = Answer::empty(204);
    if allowed_origin(cors, request).is_none() {
        return answer;
    }
    let asked = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let list = |allowed: &[String], asked: String| match allowed {
        [] => asked,
        [all] if all == "*" => asked,
        _ => allowed.join(", "),
    };
    let methods = list(&cors.allow_methods, asked("access-control-request-method"));
    answer = answer.header("access-control-allow-methods", methods);
    let headers = match cors.allow_headers.as_slice() {
        [] => String::new(),
        some => list(some, asked("access-control-request-headers")),
    };
    if !headers.is_empty() {
        answer = answer.header("access-control-allow-headers", headers);
    }
    if let Some(max_age_s) = cors.max_age_s {
        answer = answer.header("access-control-max-age", max_age_s.to_string());
    }
    answer
}

/// The headers that every answer carries, errors and faults included.
pub(crate) fn headers(cors: &Cors, request: &Received) -> Vec<Header> {
    let Some(origin) = allowed_origin(cors, request) else { return Vec::new() };
    let mut headers = vec![("access-control-allow-origin".to_owned(), origin), ("vary".to_owned(), "origin".to_owned())];
    if cors.allow_credentials {
        headers.push(("access-control-allow-credentials".to_owned(), "true".to_owned()));
    }
    if !cors.expose_headers.is_empty() {
        headers.push(("access-control-expose-headers".to_owned(), cors.expose_headers.join(", ")));
    }
    headers
}

fn allowed_origin(cors: &Cors, request: &Received) -> Option<String> {
    let origin = request.header("origin")?;
    let allowed = cors.allow_origins.iter().any(|allowed| allowed == "*" || allowed == origin);
    allowed.then(|| origin.to_owned())
}
