use evertoken::{
    Class, Code,
    provider::{Credentials, builtin},
};
use evertoken_native::{Client, Error};
use evertoken_sandbox::{Fault, Payload, RetryAfter, Rule, Vendor};

use crate::stage::{SECOND, Stage, TestClock};

fn answer(status: u16, body: Payload) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body }
}

fn text(text: &str) -> Payload {
    Payload::Text(text.to_owned())
}

fn expires_in(raw: &str) -> Fault {
    Fault::ExpiresIn { raw: Some(raw.to_owned()) }
}

fn token(value: &str) -> Fault {
    Fault::Token { value: value.to_owned() }
}

/// What a token endpoint may answer that is of no use, and the code of it.
fn useless() -> Vec<(&'static str, Fault, Code)> {
    vec![
        ("empty body", answer(200, Payload::Empty), Code::MalformedAnswer),
        ("a page of HTML", answer(200, Payload::Html), Code::MalformedAnswer),
        ("a page of HTML with an error status", answer(502, Payload::Html), Code::ServerError),
        ("10 MB", answer(200, Payload::Huge { bytes: 10 << 20, chunked: true }), Code::AnswerTooLarge),
        ("10 MB with a length", answer(200, Payload::Huge { bytes: 10 << 20, chunked: false }), Code::AnswerTooLarge),
        ("invalid UTF-8", answer(200, Payload::InvalidUtf8), Code::MalformedAnswer),
        ("fields of wrong types", answer(200, Payload::WrongTypes), Code::MissingToken),
        ("JSON that is no object", answer(200, text("[1]")), Code::MissingToken),
        ("half of an object", answer(200, text(r#"{"access_token":"#)), Code::MalformedAnswer),
        ("no token", answer(200, text(r#"{"token_type":"Bearer","expires_in":1800}"#)), Code::MissingToken),
        ("an empty token", token(""), Code::MissingToken),
        ("a token with CR LF", token("a\r\nX-Injected: 1"), Code::InvalidToken),
        ("a token with a line feed", token("a\nb"), Code::InvalidToken),
        ("expires_in -1", expires_in("-1"), Code::InvalidLifetime),
        ("expires_in NaN", expires_in("NaN"), Code::InvalidLifetime),
        ("expires_in 1e400", expires_in("1e400"), Code::InvalidLifetime),
        ("expires_in text", expires_in(r#""soon""#), Code::InvalidLifetime),
        ("expires_in object", expires_in("{}"), Code::InvalidLifetime),
        ("connection closed", Fault::Drop, Code::TransportFailed),
        ("connection closed in the body", Fault::Truncate { after_bytes: 10 }, Code::TransportFailed),
    ]
}

async fn failure(client: &Client<TestClock>) -> evertoken::Error {
    match client.get("/api/apps/v2").send().await.unwrap_err() {
        Error::Token(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_no_use_is_a_typed_error_with_a_fix() {
    let stage = Stage::open().await;
    for (name, fault, code) in useless() {
        stage.control().clear_faults(Vendor::PiwikPro);
        stage.fault(Vendor::PiwikPro, Rule::token(fault));
        let error = failure(&stage.piwik_pro()).await;
        assert_eq!(error.code, code, "{name}: {error}");
        assert!(!error.fix().is_empty(), "{name}");
        match code {
            Code::InvalidLifetime => assert!(error.description().unwrap().starts_with("expires_in"), "{name}: {error}"),
            Code::MissingToken | Code::InvalidToken => assert!(error.description().unwrap().starts_with("access_token"), "{name}: {error}"),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_no_use_costs_nothing_that_is_held() {
    let stage = Stage::open().await;
    for (name, fault, code) in useless() {
        let client = stage.piwik_pro();
        let held = client.source().token().await.unwrap();
        stage.fault(Vendor::PiwikPro, Rule::token(fault));
        stage.advance(1_400 * SECOND);
        let requests = stage.token_requests(Vendor::PiwikPro);
        assert_eq!(client.source().token().await.unwrap(), held, "{name}");
        crate::stage::eventually(name, || matches!(client.source().explain().flight, evertoken::machine::FlightView::Paused { .. })).await;
        let picture = client.source().explain();
        let evertoken::machine::FlightView::Paused { error: Some(error), .. } = &picture.flight else { panic!("{name}: {picture}") };
        assert_eq!(error.code, code, "{name}");
        assert_eq!(stage.token_requests(Vendor::PiwikPro), requests + 1, "{name}");
        assert_eq!(client.source().token().await.unwrap(), held, "{name}");
        assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200, "{name}");
        stage.control().clear_faults(Vendor::PiwikPro);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lifetime_is_understood_in_every_form_that_makes_sense() {
    let stage = Stage::open().await;
    // Without a lifetime in the answer, the sandbox's token tells: it is a JWT of 1800 s.
    for (raw, lifetime_s) in [(r#""3600""#, 3600), ("3600.0", 3600), ("36e2", 3600), ("null", 1800), ("7200", 7200)] {
        stage.control().clear_faults(Vendor::PiwikPro);
        stage.fault(Vendor::PiwikPro, Rule::token(expires_in(raw)));
        let snapshot = stage.piwik_pro().source().headers().await.unwrap();
        assert_eq!(snapshot.lifetime_ms, lifetime_s * SECOND, "{raw}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lifetime_of_nothing_serves_who_waits_and_is_kept_for_nobody() {
    let stage = Stage::open().await;
    stage.fault(Vendor::PiwikPro, Rule::token(expires_in("0")));
    let client = stage.piwik_pro();
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);
    assert!(client.source().snapshot().is_none());
    assert_eq!(client.get("/api/apps/v2").send().await.unwrap().status(), 200);
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_after_is_obeyed_in_both_forms_and_nonsense_is_none() {
    let cases = [
        (Some(RetryAfter::Seconds(40)), 35..=40),
        (Some(RetryAfter::DateInS(40)), 35..=41),
        (Some(RetryAfter::Text("soon".to_owned())), 0..=5),
        (Some(RetryAfter::Text("-5".to_owned())), 0..=5),
        (Some(RetryAfter::Text("1e9".to_owned())), 0..=5),
        (Some(RetryAfter::Text("99999999999999999999999".to_owned())), 0..=3600),
        (Some(RetryAfter::DateInS(-40)), 0..=5),
        (None, 0..=5),
    ];
    let stage = Stage::open().await;
    for (retry_after, expected) in cases {
        stage.control().clear_faults(Vendor::PiwikPro);
        stage.fault(Vendor::PiwikPro, Rule::token(Fault::Throttle { status: 429, retry_after: retry_after.clone() }));
        let error = failure(&stage.piwik_pro()).await;
        assert_eq!((error.code, error.class(), error.status()), (Code::Throttled, Class::Throttled, Some(429)));
        let left_s = error.retry_at.unwrap().left_ms(evertoken::driver::Clock::now(&stage.clock)) / SECOND;
        assert!(expected.contains(&left_s), "{retry_after:?}: {left_s} s");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_would_show_the_secret_is_refused_before_anything_is_sent() {
    let stage = Stage::open().await;
    let credentials = || Credentials::client("id", "secret");
    let refused = |grant| stage.built(grant, credentials()).unwrap_err();
    let port = stage.sandbox.piwik_pro.http.rsplit(':').next().unwrap().to_owned();
    let cases = [
        ("http://", refused(builtin::piwik_pro("http://acme.piwik.pro")), Code::InvalidAccount, "https"),
        ("user info", refused(builtin::piwik_pro(format!("http://user:password@127.0.0.1:{port}"))), Code::InvalidAccount, "user"),
        ("bare name", refused(builtin::piwik_pro("acme")), Code::InvalidAccount, "acme.piwik.pro"),
        ("query", refused(builtin::piwik_pro("https://acme.piwik.pro/?a=b")), Code::InvalidAccount, "query"),
        (
            "http:// token endpoint",
            refused(builtin::oauth2("http://login.example.com/token").api_url("https://api.example.com")),
            Code::InvalidEndpoint,
            "https",
        ),
        (
            "token endpoint with user info",
            refused(builtin::oauth2("https://user:password@login.example.com/token").api_url("https://api.example.com")),
            Code::InvalidEndpoint,
            "user",
        ),
        (
            "http:// API",
            refused(builtin::oauth2("https://login.example.com/token").api_url("http://api.example.com")),
            Code::InvalidEndpoint,
            "https",
        ),
    ];
    for (name, error, code, word) in cases {
        assert_eq!(error.code, code, "{name}: {error}");
        assert!(error.to_string().contains(word), "{name}: {error}");
        assert!(!error.to_string().contains("password@") && !error.to_string().contains("user:password"), "{name}: {error}");
    }
    let counts = stage.control().counts();
    assert!(counts.values().all(|count| count.token + count.api == 0), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_missing_or_broken_are_named() {
    let stage = Stage::open().await;
    for (credentials, code, word) in [
        (Credentials::default(), Code::MissingCredentials, "PIWIK_PRO_CLIENT_ID"),
        (Credentials::client("id", ""), Code::MissingCredentials, "PIWIK_PRO_CLIENT_SECRET"),
        (Credentials::client("id", "from-a-file\n"), Code::InvalidOption, "client_secret"),
    ] {
        let error = failure(&stage.client(builtin::piwik_pro(&stage.sandbox.piwik_pro.http), credentials)).await;
        assert_eq!(error.code, code);
        assert!(error.to_string().contains(word), "{error}");
        assert!(!error.to_string().contains("from-a-file"), "{error}");
    }
    assert_eq!(stage.token_requests(Vendor::PiwikPro), 0);
}
