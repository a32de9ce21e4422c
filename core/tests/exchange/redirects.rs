//! A token request never follows a redirect; the error says where it pointed and what to configure.

use evertoken::{
    Code, Credentials, Error, Response,
    provider::{
        GrantBuilder,
        builtin::{self, OroSurface},
    },
};

use crate::bench::{self, client, grant};

fn redirected(builder: GrantBuilder, status: u16, location: &str) -> Error {
    bench::failure(&grant(builder), &client(), Response::new(status, "").with_header("Location", location))
}

#[test]
fn every_redirect_is_refused() {
    for status in [300, 301, 302, 303, 304, 307, 308, 399] {
        let error = redirected(builtin::piwik_pro("acme.piwik.pro"), status, "https://new.piwik.pro/auth/token");
        assert_eq!((error.code, error.status()), (Code::RedirectRefused, Some(status)));
        assert_eq!(error.description(), Some("points to https://new.piwik.pro/auth/token"));
        assert_eq!(error.fix(), "If https://new.piwik.pro is right, give it as the account.");
    }
}

#[test]
fn the_query_fragment_and_user_info_of_a_target_are_not_shown() {
    let error = redirected(builtin::piwik_pro("acme.piwik.pro"), 302, "https://user:canary@login.example.com/sso?token=canary#canary");
    assert_eq!(error.description(), Some("points to https://login.example.com/sso"));
    assert!(error.fix().contains("https://login.example.com/sso"), "{error}");
    assert!(!format!("{error:?}").contains("canary"));
}

#[test]
fn a_credential_in_a_target_is_taken_out() {
    let error = redirected(builtin::piwik_pro("acme.piwik.pro"), 302, "https://login.example.com/fake-secret/fake-id");
    assert!(!format!("{error:?} {error}").contains("fake-"), "{error}");
}

#[test]
fn a_relative_target_is_completed() {
    let error = redirected(builtin::oro_commerce("https://example.com/shop", OroSurface::Storefront), 302, "/shop/user/login?x=1");
    assert_eq!(error.description(), Some("points to https://example.com/shop/user/login"));
    let moved = redirected(builtin::oro_commerce("https://example.com/shop", OroSurface::Storefront), 308, "/store/oauth2-token");
    assert_eq!(moved.fix(), "If https://example.com/store is right, give it as the application's URL.");
}

#[test]
fn a_target_for_a_whole_endpoint_names_the_endpoint() {
    let error = redirected(
        builtin::oauth2("https://id.example.com/token").api_url("https://api.example.com"),
        301,
        "https://id.example.com/token/",
    );
    assert_eq!(error.fix(), "If https://id.example.com/token/ is right, configure it as the token endpoint.");
}

#[test]
fn a_redirect_without_a_target_is_refused_too() {
    let error = bench::failure(&grant(builtin::didomi()), &Credentials::key("fake-key", "fake-secret"), Response::new(302, ""));
    assert_eq!((error.code, error.description()), (Code::RedirectRefused, Some("the target is not shown")));
}

#[test]
fn a_hostile_target_is_made_harmless() {
    for location in [
        "",
        " ",
        "javascript:alert(1)",
        "https://",
        "//",
        "\u{0}\r\nX: y",
        "https://a b/\u{202e}",
        "\\\\evil",
        &"a".repeat(100_000),
        &"https://".repeat(50),
    ] {
        let error = redirected(builtin::piwik_pro("acme.piwik.pro"), 302, location);
        assert_eq!(error.code, Code::RedirectRefused);
        assert!(error.to_string().chars().count() < 1_000 && !error.to_string().contains(['\r', '\n', '\u{202e}']), "{error}");
    }
}
