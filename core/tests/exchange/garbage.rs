//! Whatever a server answers, an exchange ends with a token or a typed error that repeats no credential, and never with a panic.

use std::sync::Arc;

use evertoken::{Credentials, Exchange, Grant, Instant, Next, Outcome, Response};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{bench::SENT, fixtures::Fixture};

fn everyone() -> Vec<(Arc<Grant>, Credentials)> {
    Fixture::all().iter().map(|fixture| (fixture.grant(), fixture.credentials())).collect()
}

/// Values that JSON parsers and date readers stumble over.
fn value() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "null",
        "true",
        "0",
        "-1",
        "3600.0",
        "1e400",
        "NaN",
        "-Infinity",
        "\"\"",
        "\"3600\"",
        "\"-1\"",
        "\"2025-11-21T09:00:00Z\"",
        "\"9999-12-31T23:59:60Z\"",
        "\"+999999-01-01T00:00:00Z\"",
        "18446744073709551616",
        "9007199254740993",
        "\"a\\r\\nb\"",
        "\"\\ud800\"",
        "[]",
        "{}",
        "\"eyJ.eyJ.x\"",
    ]);
    prop_oneof![odd.prop_map(ToOwned::to_owned), "\"\\PC{0,20}\"", "\\PC{0,12}", any::<f64>().prop_map(|n| n.to_string())]
}

const NAMES: [&str; 18] = [
    "access_token",
    "expires_in",
    "token",
    "data",
    "response",
    "credentials",
    "expires",
    "expires_at",
    "expires_on",
    "expiration",
    "error",
    "error_description",
    "hint",
    "message",
    "error_id",
    "success",
    "ok",
    "errors",
];

fn object(depth: u32) -> BoxedStrategy<String> {
    let member = if depth == 0 { value().boxed() } else { prop_oneof![3 => value(), 1 => object(depth - 1)].boxed() };
    let members = vec((select(NAMES.to_vec()), member), 0..6);
    members
        .prop_map(|members| {
            format!("{{{}}}", members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(","))
        })
        .boxed()
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => object(2).prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..200),
        1 => "(access_token|expires|error)=\\PC{0,10}&\\PC{0,10}".prop_map(String::into_bytes),
        1 => "\\PC{0,100}".prop_map(String::into_bytes),
    ]
}

fn header() -> impl Strategy<Value = (String, String)> {
    let name = select(vec![
        "Retry-After",
        "RateLimit",
        "X-RateLimit-Reset",
        "Location",
        "Date",
        "X-Subject-Token",
        "Authorization",
        "x-expires",
        "Content-Type",
    ]);
    let value = prop_oneof![
        select(vec![
            "",
            "0",
            "-1",
            "1e9",
            "99999999999999999999",
            "Sun Nov  6 08:49:37 1994",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:60 GMT",
            "//",
            "https://x@y:z/?q",
            "limit=1;t=,reset=-5"
        ])
        .prop_map(ToOwned::to_owned),
        "\\PC{0,40}",
        any::<i64>().prop_map(|n| n.to_string()),
    ];
    (name.prop_map(ToOwned::to_owned), value)
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![3 => select(vec![200, 201, 204, 301, 302, 400, 401, 402, 403, 404, 429, 500, 503]), 1 => any::<u16>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_an_exchange_panic_or_tell_a_secret(
        status in status(), headers in vec(header(), 0..4), body in body(), truncated in any::<bool>(), clocks in any::<[u64; 4]>(),
    ) {
        thread_local!(static EVERYONE: Vec<(Arc<Grant>, Credentials)> = everyone());
        EVERYONE.with(|everyone| {
            for (grant, credentials) in everyone {
                for (sent, now) in [(SENT, SENT), (Instant { mono: clocks[0], wall: clocks[1] }, Instant { mono: clocks[2], wall: clocks[3] })] {
                    let mut exchange = Exchange::new(grant.clone(), credentials, sent).unwrap();
                    prop_assert!(matches!(exchange.next(), Next::Send(_)));
                    let mut response = Response::new(status, body.clone());
                    response.headers.clone_from(&headers);
                    response.truncated = truncated && status % 2 == 0;
                    exchange.answer(now, Ok(response));
                    match exchange.next() {
                        Next::Done(Outcome::Granted { token, .. }) => prop_assert!(token.header_value().bytes().all(|byte| (b' '..=b'~').contains(&byte)) && !token.token().is_empty()),
                        Next::Done(Outcome::Failed { error, .. }) => {
                            let shown = error.to_string();
                            prop_assert!(!shown.contains("fake-secret") && !shown.contains('\n') && shown.chars().count() < 2_000, "{}", shown);
                        }
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
            }
            Ok(())
        })?;
    }
}
