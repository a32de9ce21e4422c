//! The requests of the built-in providers, byte for byte.

use evertoken::{
    Credentials, Request, Response,
    provider::{
        BodyEncoding, ClientAuth, GrantBuilder,
        builtin::{self, OroSurface},
    },
};

use crate::bench::{self, body, client, grant};

fn request(builder: GrantBuilder, credentials: &Credentials) -> Request {
    bench::begin(&grant(builder), credentials).1
}

fn oauth2() -> GrantBuilder {
    builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com")
}

fn headers(request: &Request) -> Vec<(&str, &str)> {
    request.headers().collect()
}

const ACCEPT: (&str, &str) = ("Accept", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn basic_is_form_encoded_as_rfc_6749_says() {
    let credentials = Credentials::client("1PpG/Q 1", "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=");
    let form_encoded = request(oauth2(), &credentials);
    assert_eq!(
        form_encoded.header("authorization"),
        Some("Basic MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQlM0FYMiUyRjhiTCUyQndmRlR0MXJGdyUzRA==")
    );
    let raw = request(oauth2().client_auth(ClientAuth::BasicRaw), &credentials);
    assert_eq!(raw.header("authorization"), Some("Basic MVBwRy9RIDE6ei90WjlWd0ZacUFwbUlRK1pIMUk1cExrL3VCNHVkOlgyLzhiTCt3ZkZUdDFyRnc9"));
}

#[test]
fn generic_oauth_2_sends_a_form_with_basic() {
    let request = request(oauth2().scopes(["a", "b c"]).audience("https://aud").resource("urn:x"), &client());
    assert_eq!(request.method(), "POST");
    assert_eq!(headers(&request), [FORM, ACCEPT, ("Authorization", "Basic ZmFrZS1pZDpmYWtlLXNlY3JldA==")]);
    assert_eq!(body(&request), "grant_type=client_credentials&scope=a+b+c&audience=https%3A%2F%2Faud&resource=urn%3Ax");
    assert!(!request.same_origin_cookies());
}

#[test]
fn generic_oauth_2_leaves_out_what_was_not_asked_for() {
    assert_eq!(body(&request(oauth2(), &client())), "grant_type=client_credentials");
}

#[test]
fn generic_oauth_2_can_put_the_credentials_in_the_body() {
    let form = request(oauth2().client_auth(ClientAuth::Body), &client());
    assert_eq!(headers(&form), [FORM, ACCEPT]);
    assert_eq!(body(&form), "grant_type=client_credentials&client_id=fake-id&client_secret=fake-secret");
}

#[test]
fn generic_oauth_2_can_send_json() {
    let json = request(oauth2().body(BodyEncoding::Json).client_auth(ClientAuth::Body).scopes(["a"]).parameter("x{y}", "{z}\""), &client());
    assert_eq!(headers(&json), [JSON, ACCEPT]);
    assert_eq!(
        body(&json),
        r#"{"grant_type":"client_credentials","scope":"a","client_id":"fake-id","client_secret":"fake-secret","x{y}":"{z}\""}"#
    );
    let basic = request(oauth2().body(BodyEncoding::Json), &client());
    assert_eq!(body(&basic), r#"{"grant_type":"client_credentials"}"#);
    assert!(basic.header("Authorization").is_some());
}

#[test]
fn the_choices_may_be_made_in_any_order() {
    let one = oauth2().parameter("p", "1").body(BodyEncoding::Json).client_auth(ClientAuth::Body);
    let other = oauth2().client_auth(ClientAuth::Body).body(BodyEncoding::Json).parameter("p", "1");
    assert_eq!(body(&request(one, &client())), body(&request(other, &client())));
}

#[test]
fn a_broker_is_asked_by_post_with_an_empty_body_and_the_pages_cookies() {
    let broker = || builtin::broker("https://app.example.com/token").api_url("https://api.example.com");
    let request = request(broker(), &Credentials::default());
    assert_eq!((request.method(), request.url(), request.body()), ("POST", "https://app.example.com/token", Some(&[][..])));
    assert_eq!(headers(&request), [ACCEPT]);
    assert!(request.same_origin_cookies());
    let request = request.with_header("X-CSRF", "fake").with_header("x-csrf", "fake2");
    assert_eq!(request.header("X-CSRF"), Some("fake2"));
}

#[test]
fn a_brokers_answer_says_what_is_left() {
    let broker = grant(builtin::broker("https://app.example.com/token").api_url("https://api.example.com"));
    let answer =
        Response::new(200, r#"{"access_token":"fake","token_type":"Bearer","expires_in":42}"#).with_header("Cache-Control", "no-store");
    assert_eq!(bench::lifetime(&broker, &Credentials::default(), answer), Ok(42_000));
}

#[test]
fn an_oro_client_may_ask_for_scopes() {
    let oro = builtin::oro_commerce("https://shop.example.com", OroSurface::BackOffice).scopes(["a", "b"]);
    assert!(body(&request(oro, &client())).ends_with(r#","scope":"a b"}"#));
}

#[test]
fn a_parameter_goes_to_the_query_where_there_is_no_body() {
    let broker = builtin::broker("https://app.example.com/token").api_url("https://api.example.com").parameter("tenant", "a b");
    assert_eq!(request(broker, &Credentials::default()).url(), "https://app.example.com/token?tenant=a+b");
}

#[test]
fn the_same_grant_and_credentials_make_the_same_bytes() {
    let one = || request(oauth2().scopes(["b", "a"]).parameter("z", "1").parameter("a", "2"), &client());
    assert!(one() == one());
}

#[test]
fn a_secret_with_any_character_survives_json() {
    let secret = "\"\\/<>&'é😀{}%";
    let request = request(builtin::piwik_pro("acme.piwik.pro"), &Credentials::client("fake-id", secret));
    let parsed: serde_json::Value = serde_json::from_slice(request.body().unwrap()).unwrap();
    assert_eq!(parsed["client_secret"], secret);
}
