//! Any descriptor: refused with the place, or one that can be used without harm.

use evertoken::{Code, Credentials, Exchange, Next, Outcome, Provider, Request, Response, url};

use crate::subject::{ARRIVED, SENT, canaries};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let provider = match Provider::from_json(text) {
        Ok(provider) => provider,
        Err(error) => {
            assert_eq!(error.code, Code::InvalidDescriptor);
            assert!(error.description().is_some_and(|description| description.contains(": ")), "no place: {error}");
            return;
        }
    };
    assert!(Provider::from_json(text).is_ok_and(|again| again == provider), "the same text is the same provider");
    let mut builder = provider.grant();
    for (name, value) in variables(text) {
        builder = builder.variable(name, value);
    }
    let Ok(grant) = builder.build(url::parse) else { return };
    let credentials = Credentials::new(canaries(&provider));
    let Ok(mut exchange) = Exchange::new(std::sync::Arc::new(grant.clone()), &credentials, SENT) else { return };
    let shown = format!("{grant:?} {provider:?} {exchange:?} {credentials:?}");
    assert!(!shown.contains("canary/"), "Debug tells a secret: {shown}");
    match exchange.next() {
        Next::Send(request) => {
            can_be_sent(&request);
            assert_ne!(grant.endpoint(), "");
            let endpoint = url::parse(request.url()).unwrap_or_else(|| panic!("no URL: {request:?}"));
            assert!(endpoint.is_secure(), "{request:?}");
            assert!(grant.api().allows(&url::parse(grant.endpoint()).unwrap()).is_err(), "a token may go to its own endpoint: {grant:?}");
            answer(exchange, grant.api().header().name.as_str());
        }
        Next::Done(Outcome::Granted { token, lifetime_ms }) => {
            assert!(!token.token().is_empty() && lifetime_ms <= evertoken::Policy::default().lifetime_max_ms);
        }
        Next::Done(Outcome::Failed { error, .. }) => assert_ne!(error.code, Code::Misuse, "{error}"),
        other => panic!("{other:?}"),
    }
}

/// Gives every variable that the descriptor may have a value, guessed by its kind.
fn variables(text: &str) -> Vec<(String, &'static str)> {
    let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let declared = json.get("variables").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
    let value = |kind: &str| match kind {
        "base_url" => "https://acme.example.com",
        "endpoint" => "https://id.example.com/token",
        "segment" => "a b/c",
        _ => "some text",
    };
    declared.iter().map(|(name, variable)| (name.clone(), value(variable["kind"].as_str().unwrap_or_default()))).collect()
}

/// A request that every HTTP library takes, and that ends where it should.
fn can_be_sent(request: &Request) {
    assert!(matches!(request.method(), "GET" | "POST" | "PUT" | "PATCH"));
    for (name, value) in request.headers() {
        assert!(
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)),
            "{name:?}"
        );
        assert!(value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)), "{name}: {value:?}");
    }
    assert!(!format!("{request:?}").contains("canary/"), "{request:?}");
}

/// Brings it answers that many providers give; each is a token or a typed failure.
fn answer(mut exchange: Exchange, header: &str) {
    let token = "header-token-0123456789";
    let body = r#"{"access_token":"body-token-0123456789","token":"body-token-0123456789","expires_in":3600,"success":true,"error":null}"#;
    exchange.answer(ARRIVED, Ok(Response::new(200, body).with_header(header, token).with_header("X-Subject-Token", token)));
    match exchange.next() {
        Next::Done(Outcome::Granted { token, lifetime_ms }) => {
            assert!(lifetime_ms <= evertoken::Policy::default().lifetime_max_ms);
            assert!(token.header_value().bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", token.header_value());
        }
        Next::Done(Outcome::Failed { error, .. }) => {
            assert!(!error.to_string().contains("body-token-0123456789"), "{error}");
            assert_ne!(error.code, Code::Misuse, "{error}");
        }
        other => panic!("no end: {other:?}"),
    }
}
