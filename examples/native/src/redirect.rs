//! Where an API's redirect leads, and what may go along.

use evertoken::{api::ResolvedApi, url};
use reqwest::{Method, Request, Response, StatusCode, Url, header};

/// How many redirects a call follows; the next one is the caller's answer.
pub(crate) const MAX_HOPS: usize = 10;

/// What goes along to another origin: nothing that a user may have put a secret in.
const HARMLESS: [header::HeaderName; 4] = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::RANGE, header::USER_AGENT];

/// The next request of a redirected call.
pub(crate) struct Hop {
    pub(crate) request: Request,
    /// The token still belongs to where it goes.
    pub(crate) with_token: bool,
}

/// Makes the next request of a redirected call, without a token; `None` when the redirect is the caller's to judge.
///
/// Followed are redirects within the API, and those of a request without a body to another origin, which gets neither the
/// token nor the user's own headers. Never followed are those to plain http or with user info.
pub(crate) fn hop(asked: Request, answer: &Response, with_token: bool, api: &ResolvedApi) -> Option<Hop> {
    let target = target(&answer.status(), answer, asked.url())?;
    let parts = url::parse(target.as_str())?;
    if parts.user_info || !parts.is_secure() || (asked.url().scheme() == "https" && target.scheme() != "https") {
        return None;
    }
    let same_origin = target.origin() == asked.url().origin();
    let mut request = asked;
    if becomes_get(answer.status(), request.method()) {
        *request.method_mut() = Method::GET;
        *request.body_mut() = None;
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TRANSFER_ENCODING] {
            request.headers_mut().remove(name);
        }
    }
    if !same_origin {
        if !request.method().is_safe() || request.body().is_some() {
            return None;
        }
        let kept = HARMLESS.into_iter().filter_map(|name| Some((name.clone(), request.headers().get(name)?.clone()))).collect();
        *request.headers_mut() = kept;
    }
    *request.url_mut() = target;
    Some(Hop { request, with_token: with_token && same_origin && api.allows(&parts).is_ok() })
}

fn target(status: &StatusCode, answer: &Response, from: &Url) -> Option<Url> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    let mut target = from.join(location).ok()?;
    target.set_fragment(None);
    Some(target)
}

/// Says whether the next request is a GET, as browsers have it (Fetch standard, HTTP-redirect fetch, step 12).
fn becomes_get(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        301 | 302 => method == Method::POST,
        303 => method != Method::GET && method != Method::HEAD,
        _ => false,
    }
}
