//! Where a token is asked for: accounts, endpoints, overrides, options.

use evertoken::{
    Code, Grant,
    provider::{
        BodyEncoding, ClientAuth, GrantBuilder,
        builtin::{self, OroSurface},
    },
    url,
};

use crate::bench::{self, code};

fn built(builder: GrantBuilder) -> Grant {
    builder.build(url::parse).unwrap()
}

#[test]
fn the_token_url_is_below_the_account() {
    for account in ["acme.piwik.pro", "https://acme.piwik.pro", "https://acme.piwik.pro/", "acme.piwik.pro/auth/token", " acme.piwik.pro "]
    {
        assert_eq!(built(builtin::piwik_pro(account)).endpoint(), "https://acme.piwik.pro/auth/token", "{account}");
    }
    assert_eq!(built(builtin::didomi()).endpoint(), "https://api.didomi.io/v1/sessions");
}

#[test]
fn the_token_url_of_oro_keeps_the_applications_folder_and_never_has_the_back_office_prefix() {
    let endpoint = |url: &str| built(builtin::oro_commerce(url, OroSurface::BackOffice)).endpoint().to_owned();
    assert_eq!(endpoint("https://shop.example.com"), "https://shop.example.com/oauth2-token");
    assert_eq!(endpoint("https://example.com/shop/"), "https://example.com/shop/oauth2-token");
    assert_eq!(endpoint("https://example.com/shop/admin"), "https://example.com/shop/oauth2-token");
    let staff = builtin::oro_commerce("https://shop.example.com/staff", OroSurface::BackOffice).variable("backend_prefix", "staff");
    assert_eq!(built(staff).endpoint(), "https://shop.example.com/oauth2-token");
}

#[test]
fn surfaces_have_prefixes_of_their_own() {
    let storefront = built(builtin::oro_commerce("https://shop.example.com", OroSurface::Storefront));
    assert_eq!((storefront.api().base_url().as_str(), storefront.api().prefix()), ("https://shop.example.com", "/api"));
    assert_eq!(built(builtin::oro_commerce("https://shop.example.com", OroSurface::BackOffice)).api().prefix(), "/admin/api");
    let moved = builtin::oro_commerce("https://shop.example.com", OroSurface::BackOffice).variable("backend_prefix", "staff");
    assert_eq!(built(moved).api().prefix(), "/staff/api");
}

#[test]
fn an_endpoint_override_moves_the_api_along() {
    for builder in [builtin::piwik_pro("acme.piwik.pro"), builtin::didomi(), builtin::oro_platform("https://crm.example.com")] {
        let grant = built(builder.endpoint("http://127.0.0.1:8080"));
        assert!(grant.endpoint().starts_with("http://127.0.0.1:8080/"), "{grant:?}");
        assert!(grant.api().base_url().starts_with("http://127.0.0.1:8080"), "{grant:?}");
    }
}

#[test]
fn a_bare_name_is_refused_with_the_host_name_that_was_probably_meant() {
    let error = builtin::piwik_pro("acme").build(url::parse).unwrap_err();
    assert_eq!(error.code, Code::InvalidAccount);
    assert!(error.fix().contains("acme.piwik.pro"), "{error}");
    assert!(error.description().unwrap().starts_with("account"), "{error}");
}

#[test]
fn an_endpoint_that_would_show_secrets_is_refused() {
    let endpoint = |url: &str| builtin::oauth2(url).api_url("https://api.example.com").build(url::parse).unwrap_err();
    for (url, said) in [
        ("http://id.example.com/token", "http://"),
        ("https://user:pass@id.example.com/token", "user name"),
        ("https://id.example.com/token?x=1", "query"),
        ("https://id.example.com/token#x", "fragment"),
        ("ftp://id.example.com/token", "ftp://"),
        ("/token", "not an absolute URL"),
        ("", "not an absolute URL"),
    ] {
        let error = endpoint(url);
        assert_eq!(error.code, Code::InvalidEndpoint, "{url}");
        assert!(error.description().unwrap().starts_with("endpoint: ") && error.description().unwrap().contains(said), "{url}: {error}");
        assert!(!error.to_string().contains("pass@"), "{error}");
    }
    assert!(endpoint("http://id.example.com/token").fix().contains("https://id.example.com"));
    assert_eq!(code(builtin::piwik_pro("http://acme.piwik.pro")), Code::InvalidAccount);
    assert_eq!(code(builtin::piwik_pro("https://user@acme.piwik.pro")), Code::InvalidAccount);
}

#[test]
fn http_is_accepted_for_a_loopback_address() {
    for url in ["http://localhost:8080/token", "http://127.0.0.1/token", "http://[::1]:9/token"] {
        assert_eq!(built(builtin::oauth2(url).api_url("http://localhost:1")).endpoint(), url);
    }
}

#[test]
fn what_has_no_api_of_its_own_wants_one() {
    for builder in [builtin::oauth2("https://id.example.com/token"), builtin::broker("https://example.com/token"), builtin::fixed()] {
        let error = builder.build(url::parse).unwrap_err();
        assert_eq!((error.code, error.description()), (Code::InvalidOption, Some("api: not given")));
    }
}

#[test]
fn a_broker_takes_the_api_half_of_a_provider() {
    let api = builtin::piwik_pro("acme.piwik.pro").build_api(url::parse).unwrap();
    let grant = built(builtin::broker("https://app.example.com/token").api(api));
    assert_eq!(grant.endpoint(), "https://app.example.com/token");
    assert_eq!(grant.api().base_url(), "https://acme.piwik.pro");
    assert!(grant.api().inspects(403));
}

#[test]
fn an_option_without_a_place_in_the_request_is_refused() {
    let refused = |builder: GrantBuilder| builder.build(url::parse).unwrap_err().description().unwrap().to_owned();
    let piwik = || builtin::piwik_pro("acme.piwik.pro");
    assert_eq!(refused(piwik().scopes(["x"])), "scope: piwik_pro takes none");
    assert_eq!(refused(piwik().audience("x")), "audience: piwik_pro takes none");
    assert_eq!(refused(piwik().parameter("client_id", "x")), "client_id: is set by the descriptor");
    assert_eq!(refused(piwik().client_auth(ClientAuth::Basic)), "client_auth: this provider knows one way alone");
    assert_eq!(refused(piwik().body(BodyEncoding::Form)), "body: this provider knows one way alone");
    assert_eq!(refused(piwik().variable("acount", "x")), "acount: is no variable of piwik_pro, which has [account]");
    assert_eq!(refused(piwik().parameter("x", "a\nb")), "x: has a control character in it");
    assert_eq!(refused(builtin::fixed().parameter("x", "y")), "parameters: this provider asks no server");
    assert_eq!(refused(builtin::fixed().endpoint("https://x.example")), "endpoint: the provider's address is fixed");
}

#[test]
fn a_missing_account_is_named() {
    let provider = builtin::provider("piwik_pro").unwrap();
    let error = provider.grant().build(url::parse).unwrap_err();
    assert_eq!((error.code, error.description()), (Code::InvalidAccount, Some("account: not given")));
}

#[test]
fn grants_that_differ_anywhere_are_different() {
    let base = || builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com");
    let all = [
        base(),
        base().client_id("a"),
        base().client_id("b"),
        base().scopes(["a"]),
        base().scopes(["a", "b"]),
        base().audience("a"),
        base().resource("a"),
        base().parameter("a", "b"),
        base().client_auth(ClientAuth::BasicRaw),
        base().client_auth(ClientAuth::Body),
        base().body(BodyEncoding::Json),
        base().api_url("https://api.example.com/v2"),
        base().endpoint("https://id.example.com/other"),
        builtin::oro_commerce("https://shop.example.com", OroSurface::BackOffice),
        builtin::oro_commerce("https://shop.example.com", OroSurface::Storefront),
    ]
    .map(built);
    for (i, one) in all.iter().enumerate() {
        for (j, other) in all.iter().enumerate() {
            assert_eq!(one == other, i == j, "{one:?} {other:?}");
        }
    }
    assert_eq!(built(base().client_auth(ClientAuth::Basic).body(BodyEncoding::Form)), built(base()));
}

#[test]
fn the_credentials_name_the_client_of_a_grant() {
    let credentials = bench::client();
    let grant = built(builtin::piwik_pro("acme.piwik.pro").identified_by(&credentials));
    assert_eq!(grant.client_id(), Some("fake-id"));
    assert!(!format!("{grant:?}").contains("fake-secret"));
}

#[test]
fn an_unknown_builtin_is_refused_with_the_known_ones() {
    let error = builtin::provider("piwik").unwrap_err();
    assert_eq!(error.code, Code::InvalidOption);
    assert!(error.fix().contains("piwik_pro"), "{error}");
}
