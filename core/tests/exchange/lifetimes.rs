//! How long a token lives, whatever the answer says of it.

use evertoken::{
    Code, Credentials, Error, Exchange, Next, Outcome, Policy, Response,
    provider::builtin::{self, OroSurface},
};

use crate::bench::{self, ARRIVED, SENT, client, grant};

fn piwik(expires_in: &str) -> Result<u64, Error> {
    let body = format!(r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":"fake"}}"#);
    bench::lifetime(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), Response::new(200, body))
}

#[test]
fn integers_integral_floats_and_numeric_strings_are_accepted() {
    for text in ["3600", "3600.0", "\"3600\"", "\" 3600 \"", "36e2", "\"3600.0\""] {
        assert_eq!(piwik(text), Ok(3_600_000), "{text}");
    }
    assert_eq!(piwik("1"), Ok(1_000));
    assert_eq!(piwik("0.5"), Ok(500));
}

#[test]
fn zero_is_a_token_for_a_single_use() {
    for text in ["0", "0.0", "\"0\"", "-0", "-0.0"] {
        assert_eq!(piwik(text), Ok(0), "{text}");
    }
}

#[test]
fn what_is_no_lifetime_is_refused_with_the_name_of_the_field_and_the_fix() {
    for (text, reason) in [
        ("-1", "negative"),
        ("-0.5", "negative"),
        ("\"-1\"", "negative"),
        ("-1e308", "negative"),
        ("\"soon\"", "not a number"),
        ("\"NaN\"", "not a number"),
        ("\"1e400\"", "not a number"),
        ("true", "not a number"),
        ("[]", "not a number"),
        ("{}", "not a number"),
        ("NaN", "not a number that JSON can hold"),
        ("nan", "not a number that JSON can hold"),
        ("Infinity", "not a number that JSON can hold"),
        ("-Infinity", "not a number that JSON can hold"),
        ("1e400", "not a number that JSON can hold"),
        ("-1e400", "not a number that JSON can hold"),
        ("0x10", "not a number that JSON can hold"),
    ] {
        let error = piwik(text).unwrap_err();
        assert_eq!(error.code, Code::InvalidLifetime, "{text}: {error}");
        assert_eq!(error.description(), Some(format!("expires_in: {reason}").as_str()), "{text}");
        assert!(error.fix().contains("`expires_in`"), "{error}");
        assert_eq!(error.status(), Some(200));
    }
}

#[test]
fn a_field_that_is_not_the_descriptors_own_is_not_repeated() {
    let body = r#"{"access_token":"fake","x_secret_name":NaN}"#;
    let error = bench::failure(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), Response::new(200, body));
    assert_eq!(error.code, Code::MalformedAnswer);
    assert!(!error.to_string().contains("x_secret_name"), "{error}");
}

#[test]
fn null_and_an_empty_text_say_nothing_so_that_the_next_source_is_asked() {
    assert_eq!(piwik("null"), Ok(1_800_000));
    assert_eq!(piwik("\"\""), Ok(1_800_000));
    let absent = Response::new(200, r#"{"access_token":"fake"}"#);
    assert_eq!(bench::lifetime(&grant(builtin::piwik_pro("acme.piwik.pro")), &client(), absent), Ok(1_800_000));
}

#[test]
fn an_absurd_lifetime_is_cut_to_the_longest_that_is_believed() {
    let longest = Policy::default().lifetime_max_ms;
    for text in ["1e300", "99999999999999999999999", "31536001"] {
        assert_eq!(piwik(text), Ok(longest), "{text}");
    }
}

#[test]
fn the_policy_sets_the_longest_and_the_unknown_lifetime() {
    let policy = Policy { default_lifetime_ms: 7_000, lifetime_max_ms: 9_000, ..Policy::default() };
    let oauth2 = grant(builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com"));
    let lifetime = |body: &str| {
        let mut exchange = Exchange::new(oauth2.clone(), &client(), SENT).unwrap().with_policy(&policy);
        assert!(matches!(exchange.next(), Next::Send(_)));
        exchange.answer(ARRIVED, Ok(Response::new(200, body)));
        let Next::Done(Outcome::Granted { lifetime_ms, .. }) = exchange.next() else { panic!("{body}") };
        lifetime_ms
    };
    assert_eq!(lifetime(r#"{"access_token":"fake"}"#), 7_000);
    assert_eq!(lifetime(r#"{"access_token":"fake","expires_in":3600}"#), 9_000);
}

/// A JWT of these claims, without a signature.
fn jwt(claims: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
}

fn didomi(claims: &str) -> Result<u64, Error> {
    let body = format!(r#"{{"access_token":"{}"}}"#, jwt(claims));
    bench::lifetime(&grant(builtin::didomi()), &Credentials::key("fake-key", "fake-secret"), Response::new(200, body))
}

#[test]
fn a_jwt_says_how_long_it_lives() {
    assert_eq!(didomi(r#"{"iat":1763712000,"exp":1763713800}"#), Ok(1_800_000));
    assert_eq!(didomi(r#"{"iat":1763712000.5,"exp":1763713800.75}"#), Ok(1_800_250));
    assert_eq!(didomi(r#"{"exp":1763713800}"#), Ok(1_800_000), "against the wall clock at sending");
}

#[test]
fn a_descriptor_caps_a_lifetime() {
    assert_eq!(didomi(r#"{"iat":1763712000,"exp":1763798400}"#), Ok(3_600_000));
}

#[test]
fn a_jwt_with_odd_times_falls_back_to_the_documented_lifetime() {
    for claims in [r#"{"iat":2,"exp":1}"#, r#"{"exp":"soon"}"#, "{}", "[]", "not JSON"] {
        assert_eq!(didomi(claims), Ok(3_600_000), "{claims}");
    }
}

#[test]
fn expires_in_beats_the_jwt() {
    let body = format!(r#"{{"expires_in":60,"access_token":"{}"}}"#, jwt(r#"{"iat":1763712000,"exp":1763713800}"#));
    let oro = grant(builtin::oro_commerce("https://shop.example.com", OroSurface::Storefront));
    assert_eq!(bench::lifetime(&oro, &client(), Response::new(200, body)), Ok(60_000));
}
