//! The command `evertoken` as a user runs it: what it prints, and its exit codes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::process::{Command, Output};

use evertoken_sandbox::{Fault, Kind, LogQuery, NewKey, Options, Payload, Rule, Sandbox, Vendor};

type Environment = [(&'static str, String); 2];

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the command with these words and no other environment than the given one.
fn evertoken(words: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evertoken"));
    let Output { status, stdout, stderr } = command.args(words).env_clear().envs(environment.iter().copied()).output().unwrap();
    Ran { code: status.code().unwrap(), out: String::from_utf8(stdout).unwrap(), err: String::from_utf8(stderr).unwrap() }
}

fn sandbox() -> Sandbox {
    Sandbox::start_blocking(Options::default()).unwrap()
}

fn piwik_pro(key: &NewKey) -> [(&str, &str); 2] {
    [("PIWIK_PRO_CLIENT_ID", &key.id), ("PIWIK_PRO_CLIENT_SECRET", &key.secret)]
}

fn at_piwik_pro<'a>(sandbox: &'a Sandbox, words: &[&'a str]) -> Vec<&'a str> {
    [&["--provider", "piwik-pro", "--account", &sandbox.piwik_pro.http][..], words].concat()
}

#[test]
fn it_prints_the_answer_and_nothing_else() {
    let sandbox = sandbox();
    let ran = evertoken(&at_piwik_pro(&sandbox, &["GET", "/api/apps/v2"]), &piwik_pro(&sandbox.keys.piwik_pro));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["meta"]["total"], 1);
}

#[test]
fn it_calls_every_provider() {
    let sandbox = sandbox();
    let keys = &sandbox.keys;
    let oro = |key: &'_ NewKey| [("ORO_CLIENT_ID", key.id.clone()), ("ORO_CLIENT_SECRET", key.secret.clone())];
    let (back_office, storefront) = (oro(&keys.oro_back_office), oro(&keys.oro_storefront));
    let didomi = [("DIDOMI_API_KEY", keys.didomi.id.clone()), ("DIDOMI_API_SECRET", keys.didomi.secret.clone())];
    let oauth2 = [("EVERTOKEN_CLIENT_ID", keys.oauth2.id.clone()), ("EVERTOKEN_CLIENT_SECRET", keys.oauth2.secret.clone())];
    let token_url = format!("{}/oauth2/token", sandbox.oauth2.http);
    let commerce = ["--provider", "oro-commerce", "--account", &sandbox.oro.http, "--surface"];
    let cases: [(Vec<&str>, Environment); 5] = [
        (vec!["--provider", "didomi", "--endpoint", &sandbox.didomi.http, "GET", "/v1/properties"], didomi),
        ([&commerce[..], &["back-office", "GET", "/admin/api/users"]].concat(), back_office),
        ([&commerce[..], &["storefront", "GET", "/api/products"]].concat(), storefront),
        (vec!["--provider", "oauth2", "--token-url", &token_url, "--api", &sandbox.oauth2.http, "GET", "/api/x"], oauth2.clone()),
        (
            vec![
                "--provider",
                "oauth2",
                "--token-url",
                &token_url,
                "--client-auth",
                "body",
                "--body",
                "json",
                "--api",
                &sandbox.oauth2.http,
                "get",
                "/api/x",
            ],
            oauth2,
        ),
    ];
    for (words, environment) in cases {
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ran = evertoken(&words, &environment);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{words:?}");
        assert!(serde_json::from_str::<serde_json::Value>(&ran.out).is_ok(), "{words:?}: {}", ran.out);
    }
}

#[test]
fn it_calls_the_api_of_a_descriptor_of_ones_own() {
    let sandbox = sandbox();
    let folder = std::env::temp_dir().join(format!("evertoken-command-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("own.json");
    let descriptor = serde_json::json!({
        "version": 1, "name": "own", "title": "Our own",
        "variables": { "url": { "kind": "base_url" } },
        "credentials": [{ "name": "id", "label": "id", "env": "OWN_ID" }, { "name": "secret", "label": "secret", "env": "OWN_SECRET" }],
        "request": { "url": "{url}/oauth2/token", "body": { "form": {
            "grant_type": "client_credentials", "client_id": "{id}", "client_secret": "{secret}" } } },
        "response": { "token": { "pointer": "/access_token" } },
        "api": { "base_url": "{url}" }
    });
    std::fs::write(&file, descriptor.to_string()).unwrap();
    let url = format!("url={}", sandbox.oauth2.http);
    let words = ["--provider", "custom", "--descriptor", file.to_str().unwrap(), "--var", &url, "GET", "/api/x"];
    let key = &sandbox.keys.oauth2;
    let ran = evertoken(&words, &[("OWN_ID", &key.id), ("OWN_SECRET", &key.secret)]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "{\"ok\":true}\n"), "{}", ran.err);

    std::fs::write(&file, descriptor.to_string().replace("/access_token", "access_token")).unwrap();
    let ran = evertoken(&words, &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("invalid_descriptor: response.token.pointer"), "{}", ran.err);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_body_and_headers_are_sent_as_the_api_wants_them() {
    let sandbox = sandbox();
    let words = at_piwik_pro(&sandbox, &["-H", "X-Note: a: b", "--data", r#"{"data":{}}"#, "-v", "POST", "/api/apps/v2"]);
    let ran = evertoken(&words, &piwik_pro(&sandbox.keys.piwik_pro));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.starts_with("201 Created\n") && ran.err.contains("content-type: application/vnd.api+json"), "{}", ran.err);
    let call = &sandbox.control().log(&LogQuery::of(Vendor::PiwikPro, Kind::Api))[0].request;
    assert_eq!((call.text(), call.header("x-note")), (Some(r#"{"data":{}}"#), Some("a: b")));
    assert_eq!(call.header("content-type"), Some("application/vnd.api+json"));
}

#[test]
fn explain_tells_what_happened_and_what_comes_next() {
    let sandbox = sandbox();
    let ran = evertoken(&at_piwik_pro(&sandbox, &["--explain", "GET", "/api/apps/v2"]), &piwik_pro(&sandbox.keys.piwik_pro));
    assert_eq!(ran.code, 0);
    for words in ["token request 1 is sent: no token is held", "token 1 came; it lives 30 min", "the API answered 200 OK", "next: "] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
}

#[test]
fn missing_credentials_are_named_with_how_to_create_them() {
    let ran = evertoken(&["--provider", "didomi", "GET", "/v1/properties"], &[("DIDOMI_API_KEY", "a")]);
    assert_eq!(ran.code, 2);
    for words in ["missing_credentials", "DIDOMI_API_SECRET", "Private API keys", "shown once"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    assert!(!ran.err.contains("DIDOMI_API_KEY"), "it is there: {}", ran.err);
}

#[test]
fn what_cannot_work_ends_with_2_and_says_what_to_change() {
    let credentials = [("PIWIK_PRO_CLIENT_ID", "a"), ("PIWIK_PRO_CLIENT_SECRET", "b"), ("ORO_CLIENT_ID", "a"), ("ORO_CLIENT_SECRET", "b")];
    let cases: [(&[&str], &str); 9] = [
        (&["--provider", "piwik-pro", "--account", "acme", "GET", "/api"], "acme.piwik.pro"),
        (&["--provider", "piwik-pro", "--account", "http://acme.piwik.pro", "GET", "/api"], "https"),
        (&["--provider", "piwik-pro", "GET", "/api"], "--account"),
        (&["--provider", "piwik-pro", "--account", "acme.piwik.pro", "GET", "https://example.com/api"], "origin_not_allowed"),
        (&["--provider", "piwik-pro", "--account", "acme.piwik.pro", "--surface", "storefront", "GET", "/api"], "--surface"),
        (&["--provider", "piwik-pro", "--account", "acme.piwik.pro", "--ca", "/no/such/file", "GET", "/api"], "/no/such/file"),
        (&["--provider", "piwik-pro", "--account", "acme.piwik.pro", "--data", "{", "POST", "/api"], "JSON"),
        (&["--provider", "oro-commerce", "--account", "shop.example.com", "GET", "/api"], "back-office"),
        (&["--provider", "nobody", "GET", "/api"], "piwik-pro"),
    ];
    for (words, expected) in cases {
        let ran = evertoken(words, &credentials);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}: {}", ran.err);
        assert!(ran.err.contains(expected), "{words:?}: {}", ran.err);
    }
}

#[test]
fn no_token_ends_with_3_and_the_fix() {
    let sandbox = sandbox();
    let key = NewKey { secret: "another secret".to_owned(), ..sandbox.keys.piwik_pro.clone() };
    let ran = evertoken(&at_piwik_pro(&sandbox, &["GET", "/api/apps/v2"]), &piwik_pro(&key));
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("credentials_rejected (HTTP 401): invalid_client\n  fix: "), "{}", ran.err);
    assert!(ran.err.contains("API keys") && !ran.err.contains("another secret"), "{}", ran.err);
}

#[test]
fn an_error_of_the_api_ends_with_1_and_prints_its_body() {
    let sandbox = sandbox();
    let oro = [("ORO_CLIENT_ID", sandbox.keys.oro_back_office.id.as_str()), ("ORO_CLIENT_SECRET", &sandbox.keys.oro_back_office.secret)];
    let words = ["--provider", "oro-commerce", "--account", &sandbox.oro.http, "--surface", "storefront", "GET", "/api/products"];
    let ran = evertoken(&words, &oro);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("hint: This is the storefront API"), "{}", ran.err);

    let body = Payload::Text("not today".to_owned());
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::api(Fault::Answer { status: 503, headers: Vec::new(), body })).unwrap();
    let ran = evertoken(&at_piwik_pro(&sandbox, &["GET", "/api/apps/v2"]), &piwik_pro(&sandbox.keys.piwik_pro));
    assert_eq!((ran.code, ran.out.as_str()), (1, "not today\n"));
}

#[test]
fn an_api_that_does_not_answer_ends_with_4() {
    let sandbox = sandbox();
    sandbox.control().add_fault(Vendor::PiwikPro, Rule::api(Fault::Drop)).unwrap();
    let ran = evertoken(&at_piwik_pro(&sandbox, &["GET", "/api/apps/v2"]), &piwik_pro(&sandbox.keys.piwik_pro));
    assert_eq!(ran.code, 4, "{}", ran.err);
}

#[test]
fn https_works_with_the_authority_of_a_file() {
    let sandbox = sandbox();
    let file = sandbox.ca_pem_file.to_str().unwrap().to_owned();
    for option in ["--ca", "--insecure-ca"] {
        let words = ["--provider", "piwik-pro", "--account", &sandbox.piwik_pro.https, option, &file, "GET", "/api/apps/v2"];
        assert_eq!(evertoken(&words, &piwik_pro(&sandbox.keys.piwik_pro)).code, 0);
    }
    let words = ["--provider", "piwik-pro", "--account", &sandbox.piwik_pro.https, "GET", "/api/apps/v2"];
    let ran = evertoken(&words, &piwik_pro(&sandbox.keys.piwik_pro));
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("certificate"), "{}", ran.err);
}

#[test]
fn help_tells_the_variables_the_exit_codes_and_examples() {
    for option in ["--help", "-h"] {
        let ran = evertoken(&[option], &[]);
        assert_eq!(ran.code, 0);
        for words in ["PIWIK_PRO_CLIENT_ID", "Exit codes", "--provider piwik-pro --account acme.piwik.pro GET /api/apps/v2"] {
            assert!(ran.out.contains(words), "{words}");
        }
    }
}
