//! What a client proves itself with: missing, empty and odd credentials, and where none may ever show.

use evertoken::{
    Code, Credentials, Exchange, Next, Response,
    provider::{
        ClientAuth, GrantBuilder,
        builtin::{self, OroSurface},
    },
};

use crate::bench::{self, ARRIVED, SENT, body, client, grant};

fn refused(credentials: &Credentials) -> evertoken::Error {
    Exchange::new(grant(builtin::piwik_pro("acme.piwik.pro")), credentials, SENT).unwrap_err()
}

#[test]
fn a_missing_credential_is_named_with_its_variable_and_how_to_create_one() {
    let error = refused(&Credentials::new([("client_id", "fake-id")]));
    assert_eq!((error.code, error.description()), (Code::MissingCredentials, Some("client_secret: not given")));
    assert!(error.fix().contains("PIWIK_PRO_CLIENT_SECRET"), "{error}");
    assert!(error.fix().contains("API keys"), "{error}");
    assert_eq!(refused(&Credentials::client("", "x")).description(), Some("client_id: empty"));
}

#[test]
fn a_line_break_from_a_file_is_found_before_it_is_sent() {
    let error = refused(&Credentials::client("fake-id", "fake-secret\n"));
    assert_eq!(error.code, Code::InvalidOption);
    assert!(error.description().unwrap().starts_with("client_secret: "), "{error}");
    assert!(!format!("{error:?}").contains("fake-secret"));
}

#[test]
fn the_grant_may_name_the_client_and_the_credentials_win() {
    let named = grant(builtin::piwik_pro("acme.piwik.pro").client_id("from-grant"));
    let (_, request) = bench::begin(&named, &Credentials::new([("client_secret", "x")]));
    assert!(body(&request).contains(r#""client_id":"from-grant""#));
    let (_, request) = bench::begin(&named, &client());
    assert!(body(&request).contains(r#""client_id":"fake-id""#));
}

#[test]
fn what_was_given_stays_when_the_rest_comes_from_elsewhere() {
    let given = Credentials::new([("client_id", "given")]);
    let all = given.completed([("client_id", "elsewhere"), ("client_secret", "not-a-secret")]);
    assert_eq!(all.get("client_id").unwrap().expose(), "given");
    assert_eq!(all.get("client_secret").unwrap().expose(), "not-a-secret");
    assert!(given.get("client_secret").is_none());
}

#[test]
fn credentials_come_from_the_variables_that_the_descriptor_names() {
    let names = |provider: &str| -> Vec<String> {
        let provider = builtin::provider(provider).unwrap();
        provider.credentials().iter().filter_map(|field| field.env.clone()).collect()
    };
    assert_eq!(names("piwik_pro"), ["PIWIK_PRO_CLIENT_ID", "PIWIK_PRO_CLIENT_SECRET"]);
    assert_eq!(names("didomi"), ["DIDOMI_API_KEY", "DIDOMI_API_SECRET"]);
    assert_eq!(names("oro_commerce"), ["ORO_CLIENT_ID", "ORO_CLIENT_SECRET"]);
    assert_eq!(names("oro_platform"), ["ORO_CLIENT_ID", "ORO_CLIENT_SECRET"]);
    let provider = builtin::provider("didomi").unwrap();
    let credentials = Credentials::from_env(&provider, |name| (name == "DIDOMI_API_KEY").then(|| "k".into()));
    assert_eq!(credentials.get("key").unwrap().expose(), "k");
    assert!(credentials.get("secret").is_none());
}

#[test]
fn no_credential_shows_in_any_debug() {
    let credentials = Credentials::client("canary-id", "canary-secret");
    for auth in [ClientAuth::Basic, ClientAuth::BasicRaw, ClientAuth::Body] {
        let grant = grant(builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com").client_auth(auth));
        let (mut exchange, request) = bench::begin(&grant, &credentials);
        exchange.answer(ARRIVED, Ok(Response::new(200, r#"{"access_token":"canary-token"}"#).with_header("x", "canary-header")));
        let response = Response::new(200, "canary-body").with_header("x", "canary-header");
        let shown = format!("{credentials:?} {request:?} {exchange:?} {:?} {grant:?} {response:?}", exchange.next());
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("POST https://id.example.com/token"), "{shown}");
    }
}

#[test]
fn a_query_with_secrets_shows_in_no_debug() {
    let request = evertoken::Request::new("GET", "https://id.example.com/token?client_secret=canary");
    assert_eq!(format!("{request:?}"), "Request(GET https://id.example.com/token, redacted)");
}

#[test]
fn credentials_that_a_server_echoes_are_taken_out_of_the_error() {
    let grant = grant(builtin::piwik_pro("acme.piwik.pro"));
    let credentials = Credentials::client("canary-id", "canary secret/1");
    let echo = r#"{"error":"canary-id","error_description":"no client canary-id with canary secret/1 or canary+secret%2F1","hint":"canary secret/1"}"#;
    for status in [200, 400, 401, 402, 500] {
        let error = bench::failure(&grant, &credentials, Response::new(status, echo));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[test]
fn a_token_beside_an_error_is_taken_out_of_it() {
    let grant = grant(GrantBuilder::custom(
        r#"{"version":1,"name":"odd","title":"odd","request":{"url":"https://odd.example.com/token"},
            "response":{"token":{"pointer":"/token"}},"api":{"base_url":"https://odd.example.com"},
            "errors":{"description":["/message"],"despite_success":[{"when":{"json":[{"at":"/ok","equals":false}]},"class":"transient"}]}}"#,
    ));
    let answer = Response::new(200, r#"{"ok":false,"token":"canary-token","message":"not yet: canary-token"}"#);
    assert_eq!(bench::failure(&grant, &Credentials::default(), answer).description(), Some("not yet: (redacted)"));
}

#[test]
fn the_fix_of_rejected_credentials_says_how_to_create_new_ones() {
    let rejected = |grant, credentials| bench::failure(&grant, &credentials, Response::new(401, "")).fix().to_owned();
    let piwik = rejected(grant(builtin::piwik_pro("acme.piwik.pro")), client());
    assert!(piwik.contains("API keys") && piwik.contains("client secret for Piwik PRO") && piwik.contains("shown once"), "{piwik}");
    let didomi = rejected(grant(builtin::didomi()), Credentials::key("fake-key", "fake-secret"));
    assert!(didomi.contains("Private API keys"), "{didomi}");
    let oro = rejected(grant(builtin::oro_commerce("https://shop.example.com", OroSurface::Storefront)), client());
    assert!(oro.contains("OAuth Applications"), "{oro}");
    let broker = rejected(grant(builtin::broker("https://example.com/t").api_url("https://api.example.com")), Credentials::default());
    assert!(broker.starts_with("Log in again"), "{broker}");
}

#[test]
fn a_rejected_secret_with_reserved_characters_hints_at_the_other_encoding() {
    let grant_of = |auth| grant(builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com").client_auth(auth));
    let fix = |auth, secret: &str, status| {
        bench::failure(&grant_of(auth), &Credentials::client("fake-id", secret), Response::new(status, r#"{"error":"invalid_client"}"#))
            .fix()
            .to_owned()
    };
    assert!(fix(ClientAuth::Basic, "a/b+c", 401).contains("needs raw Basic authentication"));
    assert!(fix(ClientAuth::BasicRaw, "a/b+c", 401).contains("needs form-encoded Basic authentication"));
    assert!(!fix(ClientAuth::Basic, "abc", 401).contains("raw Basic"));
    assert!(!fix(ClientAuth::Basic, "a/b+c", 400).contains("raw Basic"));
    assert!(!fix(ClientAuth::Body, "a/b+c", 401).contains("Basic"));
}

#[test]
fn a_fixed_token_asks_no_server() {
    let grant = grant(builtin::fixed().api_url("https://api.example.com"));
    let mut exchange = Exchange::new(grant.clone(), &Credentials::token("fake-token"), SENT).unwrap();
    let Next::Done(evertoken::Outcome::Granted { token, lifetime_ms }) = exchange.next() else { panic!() };
    assert_eq!(token.header_value(), "Bearer fake-token");
    assert_eq!(lifetime_ms, evertoken::Policy::default().lifetime_max_ms);
    let error = Exchange::new(grant, &Credentials::default(), SENT).unwrap_err();
    assert_eq!(error.description(), Some("token: not given"));
}
