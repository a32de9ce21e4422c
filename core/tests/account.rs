//! Accounts as people write them: what is accepted, and what the refusal says to do.
#![cfg(feature = "url")]
#![allow(clippy::unwrap_used, reason = "a test stops where its premise fails")]

use evertoken::{
    Code,
    account::{Form, base_url},
    url::parse,
};

fn piwik(input: &str) -> Result<String, evertoken::Error> {
    let strip = ["/auth/token".to_owned()];
    let form = Form { field: "account", suggest_domain: Some("piwik.pro"), strip: &strip, ..Form::default() };
    base_url(input, &form, parse).map(|url| url.to_string())
}

fn oro(input: &str) -> Result<String, evertoken::Error> {
    let strip = ["/oauth2-token".to_owned(), "/api".to_owned()];
    let form = Form { field: "url", suggest_domain: None, folder: true, strip: &strip, inside: Some("/admin") };
    base_url(input, &form, parse).map(|url| url.to_string())
}

#[test]
fn the_usual_forms_of_an_account_are_the_same_account() {
    for input in [
        "acme.piwik.pro",
        "ACME.piwik.pro",
        " acme.piwik.pro\n",
        "acme.piwik.pro/",
        "acme.piwik.pro:443",
        "https://acme.piwik.pro",
        "HTTPS://acme.piwik.pro/",
        "https://acme.piwik.pro:443//",
        "https://acme.piwik.pro/auth/token",
        "https://acme.piwik.pro/auth/token/",
        "acme.piwik.pro/auth/token",
        "https://acme.piwik.pro?",
    ] {
        assert_eq!(piwik(input).as_deref(), Ok("https://acme.piwik.pro"), "{input}");
    }
}

#[test]
fn other_hosts_and_ports_are_kept() {
    for (input, expected) in [
        ("name.eu.piwik.pro", "https://name.eu.piwik.pro"),
        ("analytics.example.com:8443", "https://analytics.example.com:8443"),
        ("https://analytics.example.com:8443/", "https://analytics.example.com:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://intranet", "https://intranet"),
        ("192.0.2.7", "https://192.0.2.7"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ] {
        assert_eq!(piwik(input).as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn http_is_for_loopback_addresses_alone() {
    for input in ["http://localhost:8080", "http://127.0.0.1:8080", "http://127.8.9.10", "http://[::1]:8080"] {
        assert_eq!(piwik(input).as_deref(), Ok(input));
    }
    for input in
        ["http://acme.piwik.pro", "HTTP://acme.piwik.pro/auth/token", "http://127.0.0.1.example.com", "http://localhost.example.com"]
    {
        let error = piwik(input).unwrap_err();
        assert_eq!(error.code, Code::InvalidAccount, "{input}");
        assert!(error.fix().contains("Give https://"), "{error}");
    }
    assert!(piwik("http://acme.piwik.pro").unwrap_err().fix().contains("https://acme.piwik.pro;"));
    assert!(piwik("ftp://acme.piwik.pro").is_err());
}

#[test]
fn a_bare_name_is_refused_and_the_full_one_suggested() {
    for input in ["acme", "acme/", "Acme", "acme:443", "acme/auth/token"] {
        let error = piwik(input).unwrap_err();
        assert_eq!(error.code, Code::InvalidAccount);
        assert_eq!(error.description(), Some("account is a bare name, not a host name"), "{input}");
        assert_eq!(error.fix(), "Give acme.piwik.pro, if that is your account's host name.", "{input}");
    }
    assert_eq!(piwik("1234").unwrap_err().fix(), "Give 1234.piwik.pro, if that is your account's host name.");
    assert_eq!(piwik("localhost").as_deref(), Ok("https://localhost"));
    assert_eq!(oro("shop").unwrap_err().fix(), "Give the application's URL, such as https://shop.example.com.");
}

#[test]
fn a_secret_given_as_the_account_is_not_repeated() {
    let secret = "kT9fakefakefakefakefakefakefakefake";
    for input in [
        secret.to_owned(),
        format!("https://me:{secret}@acme.piwik.pro"),
        format!("acme.piwik.pro?{secret}"),
        format!("a.b#{secret}"),
        format!("a b{secret}"),
    ] {
        let error = piwik(&input).unwrap_err();
        assert!(!format!("{error} {error:?}").to_lowercase().contains(&secret.to_lowercase()), "{error}");
    }
}

#[test]
fn user_info_query_fragment_and_pages_are_refused_with_the_url_to_give() {
    for (input, part) in [
        ("https://me@acme.piwik.pro", "a user name or a password"),
        ("https://me:pw@acme.piwik.pro/", "a user name or a password"),
        ("me@acme.piwik.pro", "a user name or a password"),
        ("https://acme.piwik.pro/?x=1", "a query"),
        ("https://acme.piwik.pro/#x", "a fragment"),
        ("https://acme.piwik.pro/login", "a path"),
        ("https://acme.piwik.pro/auth/token/x", "a path"),
        ("https://acme.piwik.pro/xauth/token", "a path"),
        ("https://acme.piwik.pro/%61uth/token", "a path"),
    ] {
        let error = piwik(input).unwrap_err();
        assert_eq!(error.code, Code::InvalidAccount);
        assert_eq!(error.description(), Some(format!("account carries {part}").as_str()), "{input}");
        assert!(error.fix().contains("https://acme.piwik.pro"), "{error}");
        assert!(!error.fix().contains("pw") && !error.fix().contains("x=1"));
    }
}

#[test]
fn what_is_no_host_at_all_is_refused() {
    for input in [
        "",
        " ",
        "\t",
        "https://",
        "https:///",
        "https://a b.example",
        "acme piwik.pro",
        "a\u{0}b.example",
        "https://[::1",
        "http://999.1.1.1.1.1:99999",
        "mailto:me@x.y",
        "://",
        "\u{202e}",
    ] {
        assert_eq!(piwik(input).map_err(|error| error.code), Err(Code::InvalidAccount), "{input:?}");
    }
}

#[test]
fn the_folder_of_an_application_is_kept() {
    for (input, expected) in [
        ("https://host.example/shop", "https://host.example/shop"),
        ("host.example/shop/", "https://host.example/shop"),
        ("https://host.example/a/b/../c//", "https://host.example/a/c"),
        ("https://host.example/shop/oauth2-token", "https://host.example/shop"),
        ("https://host.example/administration", "https://host.example/administration"),
    ] {
        assert_eq!(oro(input).as_deref(), Ok(expected), "{input}");
    }
    for input in ["https://host.example/a//b", "https://host.example/a%2fb", "https://host.example/a%5Cb"] {
        assert!(oro(input).unwrap_err().description().unwrap().contains("empty segment"), "{input}");
    }
}

#[test]
fn the_back_office_prefix_is_cut_off_the_end() {
    for input in [
        "https://host.example/admin",
        "https://host.example/admin/",
        "https://host.example/admin/oauth2-token",
        "https://host.example/admin/api",
    ] {
        assert_eq!(oro(input).as_deref(), Ok("https://host.example"), "{input}");
    }
    assert_eq!(oro("https://host.example/shop/admin").as_deref(), Ok("https://host.example/shop"));
}

#[test]
fn a_page_of_the_back_office_is_refused_with_the_applications_url() {
    for (input, fix) in [
        ("https://host.example/admin/user/login", "Give https://host.example."),
        ("https://host.example/shop/admin/user/login", "Give https://host.example/shop."),
    ] {
        let error = oro(input).unwrap_err();
        assert_eq!((error.code, error.fix()), (Code::InvalidAccount, fix));
        assert!(error.description().unwrap().starts_with("url "), "{error}");
    }
}

#[test]
fn paths_to_strip_that_are_none_strip_nothing() {
    for odd in ["", "/", "//", "x", "auth/token"] {
        let strip = [odd.to_owned()];
        let form = Form { field: "url", suggest_domain: None, folder: true, strip: &strip, inside: Some(odd) };
        assert_eq!(base_url("https://h.example/a/x", &form, parse).unwrap().path, "/a/x", "{odd}");
    }
}
