//! Why there is no token: the descriptor's rules first, then RFC 6749, then the status.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{answer::scalar, redaction::redacted, request};
use crate::{
    document::Document,
    error::{Class, Code, Error},
    http::{Response, without_query},
    io::Outcome,
    provider::{
        Credentials, Grant,
        descriptor::{BasicEncoding, Body, Descriptor, ErrorRule, Pointer, TokenPlace},
    },
    retry_after::{self, RetryKind},
    time::Instant,
};

/// An answer that grants nothing.
pub(super) struct Failure<'a> {
    pub(super) grant: &'a Grant,
    pub(super) credentials: &'a Credentials,
    pub(super) response: &'a Response,
    pub(super) now: Instant,
}

impl Failure<'_> {
    /// Classifies an answer of a status that is not accepted.
    pub(super) fn refused(&self, body: Option<&Document>) -> Outcome {
        let status = self.response.status;
        if (300..400).contains(&status) {
            return self.of(self.redirected());
        }
        let rule = matching(&self.descriptor().errors.rules, status, body);
        let code = rule.map_or_else(|| by_status_and_code(status, self.provider_code(body).as_deref()), |rule| rule.class.code());
        self.told(code, rule, body)
    }

    /// Finds an error in an answer of an accepted status.
    pub(super) fn despite_success(&self, body: Option<&Document>) -> Option<Outcome> {
        let rule = matching(&self.descriptor().errors.despite_success, self.response.status, body)?;
        Some(self.told(rule.class.code(), Some(rule), body))
    }

    /// Classifies an answer of an accepted status without a token; one that says why is an error like any other, as some servers answer 200.
    pub(super) fn without_token(&self, error: Error, body: Option<&Document>) -> Outcome {
        let provider_code = self.provider_code(body);
        let rule = provider_code.as_ref().and_then(|_| matching(&self.descriptor().errors.rules, self.response.status, body));
        match rule.map(|rule| rule.class.code()).or_else(|| provider_code.as_deref().and_then(by_code)) {
            Some(code) if error.code == Code::MissingToken => self.told(code, rule, body),
            _ => self.of(error),
        }
    }

    /// Completes an error of our own.
    pub(super) fn of(&self, error: Error) -> Outcome {
        let retry_after_ms = self.retry_after(error.class());
        Outcome::Failed { error: error.with_status(self.response.status), retry_after_ms }
    }

    fn told(&self, code: Code, rule: Option<&ErrorRule>, body: Option<&Document>) -> Outcome {
        let provider_code = self.provider_code(body);
        let mut error = Error::new(code).with_server_text(provider_code.as_deref(), self.description(body).as_deref());
        if let Some(fix) = rule.and_then(|rule| rule.fix.clone()).or_else(|| self.fix(code, provider_code.as_deref())) {
            error = error.with_fix(fix);
        }
        self.of(error)
    }

    fn descriptor(&self) -> &Descriptor {
        self.grant.provider().descriptor()
    }

    fn provider_code(&self, body: Option<&Document>) -> Option<String> {
        self.text_at(&self.descriptor().errors.code, body)
    }

    fn description(&self, body: Option<&Document>) -> Option<String> {
        let errors = &self.descriptor().errors;
        let (hint, description) = (self.text_at(&errors.hint, body), self.text_at(&errors.description, body));
        // The hint first: it is what helps, and a long text is cut at its end.
        match (hint, description) {
            (Some(hint), Some(description)) if hint != description => Some(format!("{hint}. {description}")),
            (hint, description) => hint.or(description),
        }
    }

    fn text_at(&self, pointers: &[Pointer], body: Option<&Document>) -> Option<String> {
        let body = body?;
        let text = pointers.iter().find_map(|pointer| scalar(pointer.find(body)?))?;
        let mut text = redacted(&text, self.credentials);
        if let TokenPlace::Pointer(pointer) = &self.descriptor().response.token
            && let Some(token) = pointer.find(body).and_then(Document::as_str).filter(|token| !token.is_empty())
        {
            text = text.replace(token, "(redacted)");
        }
        Some(text)
    }

    fn fix(&self, code: Code, provider_code: Option<&str>) -> Option<String> {
        match code {
            Code::CredentialsRejected => self.credentials_fix(),
            Code::RequestRefused => self.encoding_fix(provider_code),
            _ => None,
        }
    }

    fn credentials_fix(&self) -> Option<String> {
        let provider = self.grant.provider();
        let mut sentences = Vec::new();
        if !provider.credentials().is_empty() {
            let names: Vec<&str> = provider.credentials().iter().map(|field| field.label.as_str()).collect();
            sentences.push(format!(
                "Check the {} for {}; if they were deleted or replaced, create new ones.",
                names.join(" and "),
                provider.title()
            ));
        }
        sentences.extend(provider.help().create.clone());
        if provider.help().secret_shown_once {
            sentences.push("The secret is shown once.".into());
        }
        if let (401, Some(basic)) = (self.response.status, self.descriptor().request.as_ref().and_then(|request| request.basic.as_ref()))
            && request::encoding_matters(basic, self.grant, self.credentials)
        {
            let sent = match basic.encoding {
                BasicEncoding::Form => "form-encoded, as RFC 6749 wants: a server that does not decode them needs raw Basic authentication",
                BasicEncoding::Raw => "sent as they are: a server that follows RFC 6749 needs form-encoded Basic authentication",
            };
            sentences.push(format!("They have reserved characters in them, which were {sent}."));
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// A server that cannot read the body finds no grant type in it.
    fn encoding_fix(&self, provider_code: Option<&str>) -> Option<String> {
        if self.response.status != 415 && provider_code != Some("unsupported_grant_type") {
            return None;
        }
        let (sent, other) = match self.descriptor().request.as_ref()?.body {
            Body::Json(_) => ("JSON", "a form"),
            Body::Form(_) => ("a form", "JSON"),
            Body::None | Body::Empty => return None,
        };
        Some(format!("The server may not read {sent} bodies: if the grant type is right, send {other}. Check the endpoint too."))
    }

    fn redirected(&self) -> Error {
        let error = Error::new(Code::RedirectRefused);
        let Some(location) = self.response.header("location") else { return error.with_description("the target is not shown") };
        let target = harmless(&redacted(&target(self.grant.endpoint(), location), self.credentials));
        let fix = match self.grant.address_for(&target) {
            Some((label, address)) => format!("If {address} is right, give it as the {label}."),
            None => format!("If {target} is right, configure it as the token endpoint."),
        };
        error.with_description(format!("points to {target}")).with_fix(fix)
    }

    fn retry_after(&self, class: Class) -> Option<u64> {
        let rate = &self.descriptor().rate;
        let headers = rate.headers.iter().filter(|header| {
            // Other headers than Retry-After stand in every answer and tell of a limit that may be far off.
            class == Class::Throttled || (class != Class::Protocol && matches!(header.kind, RetryKind::RetryAfter | RetryKind::HttpDate))
        });
        let read = |name: &str, kind| retry_after::read(kind, self.response.header(name)?, self.response, self.now.wall);
        let mut headers = headers.filter_map(|header| read(&header.name, header.kind));
        headers.next().or(if class == Class::Throttled { rate.default_ms } else { None })
    }
}

fn matching<'a>(rules: &'a [ErrorRule], status: u16, body: Option<&Document>) -> Option<&'a ErrorRule> {
    rules.iter().find(|rule| rule.when.meets(status, body))
}

/// With a 401 these mean a wrong secret to Auth0 and to Keycloak, whatever RFC 6749 says.
const AMBIGUOUS: [&str; 2] = ["access_denied", "unauthorized_client"];

fn by_status_and_code(status: u16, provider_code: Option<&str>) -> Code {
    match status {
        408 | 425 | 500..=599 => Code::ServerError,
        429 => Code::Throttled,
        400..=499 => provider_code.filter(|code| !(status == 401 && AMBIGUOUS.contains(code))).and_then(by_code).unwrap_or(match status {
            401 => Code::CredentialsRejected,
            402 | 403 => Code::AccountRefused,
            _ => Code::RequestRefused,
        }),
        _ => Code::MalformedAnswer,
    }
}

/// The error codes of RFC 6749 section 5.2 and of its extensions.
fn by_code(provider_code: &str) -> Option<Code> {
    Some(match provider_code {
        "invalid_client" | "invalid_grant" => Code::CredentialsRejected,
        "invalid_request" | "invalid_scope" | "invalid_target" | "unauthorized_client" | "unsupported_grant_type" => Code::RequestRefused,
        "access_denied" => Code::AccountRefused,
        "server_error" | "temporarily_unavailable" => Code::ServerError,
        "slow_down" => Code::Throttled,
        _ => return None,
    })
}

/// Makes an address fit to be shown, segment by segment: as a whole it would look like a secret.
fn harmless(address: &str) -> String {
    const LONGEST: usize = 150;
    let segments = address.split('/').map(|segment| {
        let error = Error::new(Code::RedirectRefused).with_server_text(None, Some(segment));
        error.description().unwrap_or_default().to_string()
    });
    segments.collect::<Vec<_>>().join("/").chars().take(LONGEST).collect()
}

/// Returns where a `Location` points, as origin and path (RFC 9110 section 10.2.2); no query, no user info.
fn target(endpoint: &str, location: &str) -> String {
    let location = without_query(location.trim());
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    let host = rest.split('/').next().unwrap_or_default();
    let absolute = |scheme: &str, rest: &str| {
        let (authority, path) = rest.split_at(rest.find(['/', '\\']).unwrap_or(rest.len()));
        format!("{scheme}://{}{path}", authority.rsplit('@').next().unwrap_or_default())
    };
    if let Some((scheme, rest)) = location.split_once("://") {
        absolute(scheme, rest)
    } else if let Some(rest) = location.strip_prefix("//") {
        absolute(scheme, rest)
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else {
        let folder = endpoint.rsplit_once('/').map_or(endpoint, |(folder, _)| folder);
        format!("{folder}/{location}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirects_target_is_shown_as_origin_and_path() {
        let from = |location| target("https://a.example/auth/token", location);
        assert_eq!(from("https://b.example:8443/auth/token?code=1#x"), "https://b.example:8443/auth/token");
        assert_eq!(from("https://user:pass@b.example"), "https://b.example");
        assert_eq!(from("//b.example/x"), "https://b.example/x");
        assert_eq!(from("/login?next=/"), "https://a.example/login");
        assert_eq!(from("token/"), "https://a.example/auth/token/");
    }
}
