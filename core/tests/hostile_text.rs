//! Texts that nobody meant: whatever is typed or answered, nothing panics and no token goes astray.
#![cfg(all(feature = "url", feature = "builtin-providers"))]
#![allow(clippy::unwrap_used, reason = "a test stops where its premise fails")]

use std::sync::LazyLock;

use evertoken::{
    Condition, Judgement, ResolvedApi, UrlParts,
    account::{Form, base_url},
    judge::{judge, reads_body},
    provider::builtin::{self, OroSurface},
    url::parse,
};
use proptest::prelude::*;

static APIS: LazyLock<Vec<ResolvedApi>> = LazyLock::new(|| {
    [
        builtin::piwik_pro("acme.piwik.pro"),
        builtin::didomi(),
        builtin::oro_commerce("https://host.example/shop", OroSurface::BackOffice),
        builtin::oro_commerce("https://host.example", OroSurface::Storefront),
        builtin::fixed().api_url("http://[::1]:9000/a/b"),
    ]
    .map(|grant| grant.build_api(parse).unwrap())
    .into()
});

/// Pieces that parsers and servers read in different ways.
const PIECES: &[&str] = &[
    "/",
    "//",
    "\\",
    ".",
    "..",
    "/..",
    "/../",
    "%2e",
    "%2E%2e",
    "%2f",
    "%2F",
    "%5c",
    "%25",
    "%252e",
    "%252f",
    "%",
    "%%",
    "%0a",
    "%00",
    "@",
    ":",
    "?",
    "#",
    ";",
    "a",
    "api",
    "/api",
    "/admin/api",
    "/v1",
    "/shop",
    "sessions",
    "oauth2-token",
    "https://",
    "http:",
    "HTTPS:",
    "acme.piwik.pro",
    "api.didomi.io",
    "host.example",
    "[::1]:9000",
    "evil.example",
    "\t",
    "\n",
    "\u{0}",
    " ",
    "ß",
    "\u{202e}",
    "。",
    "x:y@",
    "%C3%9F",
    ":443",
    ":8443",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::collection::vec(prop::sample::select(PIECES), 0..12).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

/// How a server reads a path: how often it decodes it, and what else it does before it resolves dot segments.
#[derive(Clone, Copy, Debug)]
struct Server {
    decodes: usize,
    merges_slashes: bool,
    knows_backslashes: bool,
    cuts_parameters: bool,
}

fn servers() -> impl Iterator<Item = Server> {
    (0..4 * 8).map(|n| Server { decodes: n / 8, merges_slashes: n & 1 == 0, knows_backslashes: n & 2 == 0, cuts_parameters: n & 4 == 0 })
}

impl Server {
    fn reads(self, path: &str) -> Vec<Vec<u8>> {
        let mut bytes = path.as_bytes().to_vec();
        for _ in 0..self.decodes {
            bytes = percent_encoding::percent_decode(&bytes).collect();
        }
        let mut segments: Vec<Vec<u8>> = Vec::new();
        for segment in bytes.split(|byte| *byte == b'/' || (self.knows_backslashes && *byte == b'\\')).skip(1) {
            let segment = if self.cuts_parameters { segment.split(|byte| *byte == b';').next().unwrap() } else { segment };
            match segment {
                b"." => {}
                b"" if self.merges_slashes => {}
                b".." => {
                    segments.pop();
                }
                _ => segments.push(segment.to_vec()),
            }
        }
        segments
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_token_goes_only_below_its_prefix_however_a_server_reads_the_path(text in text()) {
        for (api, below) in APIS.iter().flat_map(|api| [(api, false), (api, true)]) {
            let start = if below { format!("{}{}/", parse(&api.base_url()).unwrap().origin(), api.prefix()) } else { String::new() };
            let text = start + &text;
            let Ok(url) = api.locate(&text, parse) else { continue };
            let sent = url.to_string();
            let seen = parse(&sent).unwrap();
            prop_assert_eq!(&seen, &url, "what was judged is what is sent");
            prop_assert!(api.base_url().starts_with(&seen.origin()) && !seen.user_info);
            for server in servers() {
                let (prefix, segments) = (server.reads(api.prefix()), server.reads(&seen.path));
                prop_assert!(segments.starts_with(&prefix), "{} as {:?} by {:?}", sent, segments, server);
            }
        }
    }

    #[test]
    fn parts_of_any_content_are_judged_without_a_panic(host in text(), path in text(), query in prop::option::of(text()), port in any::<Option<u16>>()) {
        let url = UrlParts { scheme: "https".into(), host, port, path, query, user_info: false, fragment: false };
        for api in APIS.iter() {
            let _ = (api.allows(&url).map_err(|error| error.to_string()), api.accept(&url.path, []), url.to_string(), url.is_secure());
        }
    }

    #[test]
    fn an_account_is_refused_or_a_secure_address_that_is_read_the_same_again(text in text(), folder in any::<bool>()) {
        let strip = ["/auth/token".to_owned(), "/v1".to_owned()];
        let form = Form { field: "account", suggest_domain: Some("piwik.pro"), folder, strip: &strip, inside: Some("/admin") };
        match base_url(&text, &form, parse) {
            Ok(url) => {
                prop_assert!(url.is_secure() && !url.user_info && url.query.is_none() && !url.fragment && !url.path.ends_with('/'), "{}", url);
                prop_assert!(folder || url.path.is_empty());
                prop_assert_eq!(base_url(&url.to_string(), &form, parse), Ok(url));
            }
            Err(error) => prop_assert!(error.description().unwrap().starts_with("account ") && error.to_string().len() < 500),
        }
    }

    #[test]
    fn any_answer_is_judged_without_a_panic(status in prop_oneof![any::<u16>(), 200..600_u16, Just(401), Just(403)], body in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)), header in text()) {
        for api in APIS.iter() {
            for name in ["content-length", "content-type"] {
                let headers = [(name, header.as_str())];
                let judged = judge(api, status, &headers, body.as_deref());
                prop_assert_eq!(judged == Judgement::TokenRejected, status == 401);
                let _ = reads_body(api, status, &headers);
            }
        }
    }

    #[test]
    fn any_condition_is_refused_or_read(json in "[\\[{][\\[\\]{}\":,a-z0-9*/~-]{0,40}", at in "/?[a-z*/~01]{0,12}") {
        let _ = serde_json::from_str::<Condition>(&json);
        if let Ok(condition) = serde_json::from_value::<Condition>(serde_json::json!({"json": [{"at": at, "exists": true}]})) {
            let _ = condition.matches(200, serde_json::from_str(&json).ok().as_ref());
            let written = serde_json::to_value(&condition).unwrap();
            prop_assert_eq!(serde_json::from_value::<Condition>(written).unwrap(), condition);
        }
    }
}

#[test]
fn a_path_that_is_encoded_many_times_over_is_read_to_the_end_in_linear_time() {
    let api = builtin::didomi().build_api(parse).unwrap();
    let dot = format!("%{}2e", "25".repeat(200_000));
    assert!(api.resolve(&format!("/v1/{dot}x"), parse).is_ok());
    assert!(api.resolve(&format!("/v1/{dot}{dot}/admin"), parse).is_err());
    assert!(api.resolve(&format!("/v1/{dot}/admin"), parse).is_ok());
}

#[test]
fn an_error_stays_on_one_line_whatever_option_it_repeats() {
    let refused = builtin::piwik_pro("acme.piwik.pro").variable("na\nme\u{7}", "x").build(parse).unwrap_err();
    assert!(refused.to_string().contains("na me "), "{refused}");
    assert!(!refused.to_string().contains(char::is_control));
}
