//! Answers that are no answers: each gets a typed error, none a panic, none a raw body.

use evertoken::{Code, Credentials, Error, Exchange, Next, Outcome, Policy, Response, provider::builtin};

use crate::bench::{self, ARRIVED, SENT, client, grant};

fn answered(response: Response) -> Error {
    bench::failure(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), response)
}

fn ok(body: impl Into<Vec<u8>>) -> Error {
    answered(Response::new(200, body))
}

fn said(error: &Error) -> (Code, &str) {
    (error.code, error.description().unwrap_or_default())
}

#[test]
fn an_empty_body_is_named() {
    for body in ["", " ", "\r\n", "\u{feff}"] {
        assert_eq!(said(&ok(body)), (Code::MalformedAnswer, "body: empty"), "{body:?}");
    }
    assert_eq!(said(&answered(Response::new(204, ""))), (Code::MalformedAnswer, "body: empty"));
}

#[test]
fn html_is_named() {
    let error = ok("<!doctype html><html><title>canary</title>");
    assert_eq!(said(&error), (Code::MalformedAnswer, "body: HTML or XML, not JSON"));
    assert!(error.fix().contains("endpoint"), "{error}");
}

#[test]
fn invalid_utf_8_is_named() {
    assert_eq!(said(&ok(b"{\"access_token\":\"\xff\xfe\"}".to_vec())), (Code::MalformedAnswer, "body: not UTF-8"));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let body = "\u{feff}{\"access_token\":\"fake\",\"expires_in\":60}";
    assert_eq!(bench::lifetime(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), Response::new(200, body)), Ok(60_000));
}

#[test]
fn json_that_is_cut_off_or_wrong_is_named_without_its_text() {
    assert_eq!(said(&ok(r#"{"access_token":"canary"#)), (Code::MalformedAnswer, "body: JSON that is cut off"));
    assert_eq!(said(&ok("canary")), (Code::MalformedAnswer, "body: not JSON, at line 1 column 1"));
    assert_eq!(said(&ok(r#"{"access_token":"x"} canary"#)), (Code::MalformedAnswer, "body: not JSON, at line 1 column 22"));
}

#[test]
fn a_header_that_the_host_adds_is_sent_and_stays_out_of_what_a_server_repeats() {
    let broker = grant(builtin::broker("https://app.example/token").api_url("https://api.example"));
    let mut exchange = Exchange::new(broker, &Credentials::default(), SENT).unwrap();
    let session = "not-a-real-session-41c7";
    let headers = [("X-Session".to_owned(), session.to_owned()), ("X-Why".to_owned(), "absent".to_owned())];
    let Next::Send(request) = exchange.next_with(headers) else { panic!("no request") };
    assert_eq!((request.header("x-session"), request.header("x-why")), (Some(session), Some("absent")));
    let body = format!(r#"{{"error":"invalid_request","error_description":"absent rights for {session}"}}"#);
    exchange.answer(ARRIVED, Ok(Response::new(400, body)));
    let Next::Done(Outcome::Failed { error, .. }) = exchange.next() else { panic!("no failure") };
    assert_eq!(error.description(), Some("absent rights for (redacted)"));
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let mut cut = Response::new(200, "{".repeat(1_000));
    cut.truncated = true;
    assert_eq!(said(&answered(cut)), (Code::AnswerTooLarge, "body: more than 1048576 bytes"));
    let whole = Response::new(200, vec![b'a'; 10 << 20]);
    assert_eq!(answered(whole).code, Code::AnswerTooLarge, "whether or not the host stopped reading");
}

#[test]
fn the_policy_sets_the_limit() {
    let policy = Policy { body_limit_bytes: 10, ..Policy::default() };
    let mut exchange = Exchange::new(grant(builtin::piwik_pro("acme.piwik.pro")), &client(), SENT).unwrap().with_policy(&policy);
    assert!(matches!(exchange.next(), Next::Send(_)));
    exchange.answer(ARRIVED, Ok(Response::new(200, r#"{"access_token":"fake"}"#)));
    let Next::Done(Outcome::Failed { error, .. }) = exchange.next() else { panic!() };
    assert_eq!(error.code, Code::AnswerTooLarge);
}

#[test]
fn a_huge_body_of_a_failure_does_not_hide_the_failure() {
    let mut cut = Response::new(503, "x").with_header("Retry-After", "3");
    cut.truncated = true;
    assert_eq!(answered(cut).code, Code::ServerError);
    let mut cut = Response::new(401, "x");
    cut.truncated = true;
    assert_eq!(answered(cut).code, Code::CredentialsRejected);
}

#[test]
fn a_failures_body_over_the_limit_is_not_looked_at() {
    let padded = format!(r#"{{"error":"invalid_client"}}{}"#, " ".repeat(2 << 20));
    let error = answered(Response::new(400, padded));
    assert_eq!((error.code, error.provider_code()), (Code::RequestRefused, None));
}

#[test]
fn a_token_of_another_type_is_missing() {
    for (token, reason) in [
        ("null", "missing"),
        ("5", "not a string"),
        ("true", "not a string"),
        ("[\"x\"]", "not a string"),
        ("{}", "not a string"),
        ("\"\"", "empty"),
    ] {
        let error = ok(format!(r#"{{"access_token":{token},"expires_in":60}}"#));
        assert_eq!(said(&error), (Code::MissingToken, format!("access_token: {reason}").as_str()), "{token}");
    }
    for body in ["{}", "[]", "null", "5", "\"text\"", r#"{"token":"x"}"#] {
        assert_eq!(ok(body).code, Code::MissingToken, "{body}");
    }
}

#[test]
fn a_token_that_would_end_its_header_is_refused() {
    for token in ["a\\r\\nX-Evil: 1", "a\\nb", "a\\u0000", "a\\u007f", "\\u0085", "é", "tab\\t", " lead", "trail "] {
        let error = ok(format!(r#"{{"access_token":"{token}","expires_in":60}}"#));
        assert_eq!(said(&error), (Code::InvalidToken, "access_token: has a character that no header may carry"), "{token}");
    }
}

#[test]
fn deep_nesting_is_no_stack_overflow() {
    for body in ["[".repeat(500_000), "{\"a\":".repeat(200_000), format!("{{\"access_token\":{}1{}}}", "[".repeat(120), "]".repeat(120))] {
        assert!(matches!(ok(body).code, Code::MalformedAnswer | Code::MissingToken));
    }
}

#[test]
fn an_unknown_field_harms_nothing() {
    let body =
        r#"{"access_token":"fake","expires_in":60,"scope":null,"x":{"y":[1,2,{"z":null}]},"not-before-policy":0,"refresh_expires_in":-1}"#;
    assert_eq!(bench::lifetime(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), Response::new(200, body)), Ok(60_000));
}

#[test]
fn a_status_that_is_none_is_a_malformed_answer() {
    for status in [0, 1, 99, 100, 101, 199, 600, 999, u16::MAX] {
        assert_eq!(answered(Response::new(status, "")).code, Code::MalformedAnswer, "{status}");
    }
}

#[test]
fn a_status_tells_what_no_body_does() {
    for (status, code) in [
        (400, Code::RequestRefused),
        (401, Code::CredentialsRejected),
        (402, Code::AccountRefused),
        (403, Code::AccountRefused),
        (404, Code::RequestRefused),
        (405, Code::RequestRefused),
        (408, Code::ServerError),
        (415, Code::RequestRefused),
        (422, Code::RequestRefused),
        (425, Code::ServerError),
        (429, Code::Throttled),
        (500, Code::ServerError),
        (501, Code::ServerError),
        (503, Code::ServerError),
        (599, Code::ServerError),
    ] {
        for body in ["", "<html>", "{", "null", "[]", r#"{"error":{"nested":true}}"#] {
            assert_eq!(answered(Response::new(status, body)).code, code, "{status} {body}");
        }
    }
}

#[test]
fn the_error_codes_of_rfc_6749_tell_more_than_a_400() {
    for (error, code) in [
        ("invalid_client", Code::CredentialsRejected),
        ("invalid_grant", Code::CredentialsRejected),
        ("invalid_request", Code::RequestRefused),
        ("invalid_scope", Code::RequestRefused),
        ("invalid_target", Code::RequestRefused),
        ("unauthorized_client", Code::RequestRefused),
        ("unsupported_grant_type", Code::RequestRefused),
        ("access_denied", Code::AccountRefused),
        ("server_error", Code::ServerError),
        ("temporarily_unavailable", Code::ServerError),
        ("slow_down", Code::Throttled),
        ("made_up", Code::RequestRefused),
    ] {
        let oauth2 = grant(builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com"));
        let failed = |status| bench::failure(&oauth2, &client(), Response::new(status, format!(r#"{{"error":"{error}"}}"#))).code;
        assert_eq!(failed(400), code, "{error}");
        assert_eq!(failed(503), Code::ServerError, "a 5xx is the server's fault: {error}");
        assert_eq!(failed(429), Code::Throttled, "{error}");
    }
}

#[test]
fn an_unread_body_hints_at_the_other_encoding() {
    for response in [Response::new(415, ""), Response::new(400, r#"{"error":"unsupported_grant_type"}"#)] {
        let error = answered(response);
        assert!(error.fix().contains("may not read JSON bodies"), "{error}");
    }
}

#[test]
fn retry_after_is_read_from_failures_and_nonsense_is_ignored() {
    let retry = |status, value: &str| {
        let response = Response::new(status, "").with_header("retry-after", value);
        match bench::outcome(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), response) {
            Outcome::Failed { retry_after_ms, .. } => retry_after_ms,
            Outcome::Granted { .. } => panic!(),
        }
    };
    assert_eq!(retry(429, "120"), Some(120_000));
    assert_eq!(retry(503, "Fri, 21 Nov 2025 08:02:00 GMT"), Some(119_750), "counted from the arrival");
    assert_eq!(retry(503, "Friday, 21-Nov-25 08:02:00 GMT"), Some(119_750));
    assert_eq!(retry(401, "5"), Some(5_000));
    for nonsense in ["", "soon", "-1", "0", "NaN", "1e400", "Thu, 99 Foo 2025", "\u{1}", &"9".repeat(400)] {
        assert!(matches!(retry(429, nonsense), None | Some(_)), "{nonsense}");
    }
    for nonsense in ["", "soon", "-1", "0", "NaN", "1e400", "Thu, 99 Foo 2025"] {
        assert_eq!(retry(429, nonsense), None, "{nonsense}");
    }
}

#[test]
fn a_servers_text_is_bounded_and_on_one_line() {
    let text = format!("first\\r\\n\\u0000\\u202e{}", "long ".repeat(1_000));
    let error = answered(Response::new(400, format!(r#"{{"error":"{text}","error_description":"{text}","hint":"{text}"}}"#)));
    let shown = error.to_string();
    assert!(shown.chars().count() < 1_000 && !shown.contains(['\r', '\n', '\0', '\u{202e}']), "{shown}");
}

#[test]
fn a_transports_failure_passes_as_it_is() {
    for code in [Code::TransportFailed, Code::NetworkOrCors, Code::Cancelled, Code::AttemptDeadline] {
        let (mut exchange, _) = bench::begin(&grant(builtin::piwik_pro("acme.piwik.pro")), &client());
        exchange.answer(ARRIVED, Err(Error::new(code)));
        let Next::Done(Outcome::Failed { error, retry_after_ms: None }) = exchange.next() else { panic!("{code}") };
        assert_eq!(error, Error::new(code));
    }
}

#[test]
fn use_against_the_contract_is_a_typed_error() {
    let grant = grant(builtin::piwik_pro("acme.piwik.pro"));
    let (mut twice, _) = bench::begin(&grant, &client());
    assert!(matches!(twice.next(), Next::Done(Outcome::Failed { error, .. }) if error.code == Code::Misuse));
    let mut early = Exchange::new(grant.clone(), &client(), SENT).unwrap();
    early.answer(ARRIVED, Ok(Response::new(200, "")));
    assert!(matches!(early.next(), Next::Done(Outcome::Failed { error, .. }) if error.code == Code::Misuse));
    let (mut late, _) = bench::begin(&grant, &client());
    late.answer(ARRIVED, Ok(Response::new(200, r#"{"access_token":"fake"}"#)));
    late.answer(ARRIVED, Ok(Response::new(500, "")));
    assert!(matches!(late.next(), Next::Done(Outcome::Granted { .. })));
    assert!(matches!(late.next(), Next::Done(Outcome::Granted { .. })), "it stays done");
}
