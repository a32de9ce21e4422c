//! No secret and no token shows in anything that a program may print, log or report.
//!
//! The secrets here are words without digits, so that nothing can hide them by their looks alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::{
    fmt::{Debug, Display},
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use evertoken::{
    Policy,
    provider::{ClientAuth, Credentials, GrantBuilder, builtin},
    url,
};
use evertoken_native::{Client, Error, ReqwestTransport, story};
use evertoken_sandbox::{Fault, KeyRequest, NewKey, Options, Payload, RetryAfter, Rule, Sandbox, Vendor};
use serde::Serialize;

const SECRET: &str = "kanarie+vogel/geheim:nis";
const TOKEN: &str = "kanarienvogel.sings.token";

/// What a server may repeat: the secret in every form in which it is sent, and a token that looks like one.
const ECHOES: [&str; 5] = [
    SECRET,
    "kanarie%2Bvogel%2Fgeheim%3Anis",
    "a2FuYXJpZSt2b2dlbC9nZWhlaW06bmlz",
    "Y2FuYXJ5OmthbmFyaWUlMkJ2b2dlbCUyRmdlaGVpbSUzQW5pcw==",
    "eyJzaW5ncyI6dHJ1ZX0.eyJiaXJkIjoia2FuYXJpZSJ9.c2lnbmF0dXJl",
];

/// Everything that was printed, logged or reported, with where.
static HEARD: OnceLock<Mutex<Vec<(String, String)>>> = OnceLock::new();

fn hear(place: &str, text: impl Into<String>) {
    HEARD.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner).push((place.to_owned(), text.into()));
}

fn show<T: Debug>(place: &str, value: &T) {
    hear(place, format!("{value:?} {value:#?}"));
}

fn print<T: Debug + Display>(place: &str, value: &T) {
    show(place, value);
    hear(place, value.to_string());
}

fn write<T: Debug + Serialize>(place: &str, value: &T) {
    show(place, value);
    hear(place, serde_json::to_string(value).unwrap());
}

/// Fails with every place where a needle was found.
fn assert_nothing_leaked() {
    let heard = std::mem::take(&mut *HEARD.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner));
    for place in ["log of reqwest", "panic", "event", "error", "explanation"] {
        assert!(heard.iter().any(|(heard, _)| heard.starts_with(place)), "no {place} was collected");
    }
    let mut leaks: Vec<_> = heard.iter().filter_map(|(place, text)| Some(format!("{place}: {}", around(text)?))).collect();
    let count = leaks.len();
    leaks.sort();
    leaks.dedup();
    assert!(leaks.is_empty(), "{count} of {} texts leak: {leaks:#?}", heard.len());
}

/// The first needle in a text, with what stands around it.
fn around(text: &str) -> Option<String> {
    let needles = ECHOES.iter().copied().chain([TOKEN]);
    let at = needles.filter_map(|needle| text.find(needle)).min()?;
    Some(text.chars().skip(text[..at].chars().count().saturating_sub(60)).take(160).collect())
}

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        hear(&format!("log of {}", record.target()), record.args().to_string());
    }

    fn flush(&self) {}
}

fn listen_to_logs_and_panics() {
    log::set_logger(&Log).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        hear("panic", panic.to_string());
        before(panic);
    }));
}

struct Stage {
    sandbox: Sandbox,
    key: NewKey,
}

impl Stage {
    async fn open(vendor: Vendor) -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let key = sandbox.control().create_key(vendor, KeyRequest::named("Canary").values("canary", SECRET)).unwrap();
        Self { sandbox, key }
    }

    /// A client of which all is told, and whose user asks reqwest to log what it sends.
    fn client(&self, grant: GrantBuilder, credentials: Credentials) -> Client {
        show("credentials", &credentials);
        show("grant builder", &grant);
        let grant = grant.build(url::parse).unwrap();
        show("grant", &grant);
        let builder = Client::builder(grant, credentials).http(|http| http.connection_verbose(true));
        show("client builder", &builder);
        let policy = Policy { fetch_attempts: 1, ..Policy::default() };
        let client = builder
            .policy(policy)
            .on_event(|event| {
                write("event", event);
                hear("story", story::in_words(event));
            })
            .build()
            .unwrap();
        show("client", &client);
        client
    }

    fn piwik_pro(&self) -> Client {
        self.client(builtin::piwik_pro(&self.sandbox.piwik_pro.http), Credentials::client(self.key.id.as_str(), self.key.secret.as_str()))
    }

    fn fault(&self, vendor: Vendor, rule: Rule) {
        self.sandbox.control().add_fault(vendor, rule).unwrap();
    }
}

/// Makes a call and tells all that a program could tell of it; its answer's body is the program's own.
async fn call(client: &Client, path: &str) -> bool {
    let ended = client.get(path).time_out(Duration::from_millis(500)).send().await;
    print("explanation", &client.source().explain());
    write("explanation", &client.source().explain());
    show("source", client.source());
    if let Some(snapshot) = client.source().snapshot() {
        show("snapshot", &snapshot);
        show("token", &snapshot.token);
    }
    match ended {
        Ok(answer) => {
            show("answer", &answer);
            hear("hint", answer.hint().unwrap_or_default());
            true
        }
        Err(error) => {
            print("error", &error);
            if let Error::Token(error) = &error {
                write("error", error);
                hear("fix", error.fix());
                hear("brief", story::brief(error));
            }
            false
        }
    }
}

fn echo(status: u16, body: serde_json::Value) -> Fault {
    Fault::Answer { status, headers: vec![("retry-after".to_owned(), SECRET.to_owned())], body: Payload::Json(body) }
}

/// Every way to fail, and every place in which a server may repeat what it was sent.
fn faults() -> Vec<Fault> {
    let echoes = ECHOES.map(|echoed| {
        let said = format!("The client canary:{echoed} is not known, '{echoed}'");
        echo(401, serde_json::json!({"error": "invalid_client", "error_description": said, "hint": echoed, "message": echoed}))
    });
    let mut faults = Vec::from(echoes);
    for echoed in ECHOES {
        faults.extend([
            echo(400, serde_json::json!({"error": echoed, "error_description": echoed})),
            echo(500, serde_json::json!({"error": echoed, "code": echoed, "message": echoed})),
            echo(200, serde_json::json!({"access_token": TOKEN, "expires_in": echoed})),
            echo(200, serde_json::json!({"error": "x", "error_description": echoed})),
            Fault::Answer { status: 200, headers: Vec::new(), body: Payload::Text(format!("{{\"access_token\": {echoed}")) },
            Fault::Answer { status: 403, headers: Vec::new(), body: Payload::Text(format!("<html>{echoed}</html>")) },
            Fault::Redirect { status: 302, location: format!("http://127.0.0.1:1/{echoed}?client_secret={echoed}#{echoed}") },
            Fault::Redirect { status: 307, location: format!("http://canary:{echoed}@127.0.0.1:1/token") },
            Fault::Redirect { status: 308, location: format!("/{echoed}") },
        ]);
    }
    faults.extend([
        Fault::Token { value: format!("{TOKEN}\r\nX-Injected: 1") },
        Fault::Token { value: format!("{TOKEN} and more") },
        Fault::Field { name: "expires_in".to_owned(), raw: Some(format!("\"{SECRET}\"")) },
        Fault::Field { name: "token_type".to_owned(), raw: Some(format!("\"{SECRET}\"")) },
        Fault::ExpiresIn { raw: Some("-1".to_owned()) },
        Fault::ExpiresIn { raw: Some("0".to_owned()) },
        Fault::Answer { status: 200, headers: Vec::new(), body: Payload::InvalidUtf8 },
        Fault::Answer { status: 200, headers: Vec::new(), body: Payload::Huge { bytes: 2 << 20, chunked: true } },
        Fault::Throttle { status: 429, retry_after: Some(RetryAfter::Text(SECRET.to_owned())) },
        Fault::Throttle { status: 503, retry_after: Some(RetryAfter::Seconds(9)) },
        Fault::Documented { name: "licence".to_owned() },
        Fault::Documented { name: "missing_client_id".to_owned() },
        Fault::Reject,
        Fault::Drop,
        Fault::Truncate { after_bytes: 30 },
        Fault::Hang { decide: Default::default() },
    ]);
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_program_may_print_or_log_shows_a_secret_or_a_token() {
    listen_to_logs_and_panics();
    token_failures().await;
    api_answers().await;
    basic_and_fixed().await;
    panics().await;
    show("transport", &ReqwestTransport::new().unwrap());
    assert_nothing_leaked();
}

async fn token_failures() {
    let stage = Stage::open(Vendor::PiwikPro).await;
    for fault in faults() {
        // Once without a token, and once while one is held.
        stage.sandbox.control().clear_faults(Vendor::PiwikPro);
        stage.fault(Vendor::PiwikPro, Rule::token(fault.clone()));
        call(&stage.piwik_pro(), "/api/apps/v2").await;

        stage.sandbox.control().clear_faults(Vendor::PiwikPro);
        stage.fault(Vendor::PiwikPro, Rule::token(Fault::Token { value: TOKEN.to_owned() }).times(1));
        let client = stage.piwik_pro();
        assert!(call(&client, "/api/apps/v2").await, "{fault:?}");
        assert_eq!(client.source().token().await.unwrap().token(), TOKEN);
        stage.fault(Vendor::PiwikPro, Rule::token(fault));
        client.source().credentials_changed(Credentials::client("canary", SECRET), false);
        call(&client, "/api/apps/v2").await;
        client.source().logout();
        call(&client, "/api/apps/v2").await;
        client.source().close();
        assert!(!call(&client, "/api/apps/v2").await);
    }
}

async fn api_answers() {
    let stage = Stage::open(Vendor::PiwikPro).await;
    stage.fault(Vendor::PiwikPro, Rule::token(Fault::Token { value: TOKEN.to_owned() }));
    let client = stage.piwik_pro();
    let faults = [
        Fault::Reject,
        Fault::Drop,
        Fault::Hang { decide: Default::default() },
        Fault::Answer {
            status: 401,
            headers: vec![("www-authenticate".to_owned(), format!("Bearer {TOKEN}"))],
            body: Payload::Text(TOKEN.to_owned()),
        },
        Fault::Redirect { status: 302, location: format!("{}/x", stage.sandbox.elsewhere.http) },
        Fault::Redirect { status: 302, location: "http://example.invalid/".to_owned() },
    ];
    for fault in faults {
        stage.fault(Vendor::PiwikPro, Rule::api(fault).times(2));
        call(&client, "/api/apps/v2").await;
        stage.sandbox.control().clear_faults(Vendor::PiwikPro);
        stage.fault(Vendor::PiwikPro, Rule::token(Fault::Token { value: TOKEN.to_owned() }));
    }
    assert!(!call(&client, "https://elsewhere.example/api").await);
    assert!(!call(&client, "/auth/token").await);
}

async fn basic_and_fixed() {
    let stage = Stage::open(Vendor::Oauth2).await;
    let endpoint = format!("{}/oauth2/token", stage.sandbox.oauth2.http);
    for client_auth in [ClientAuth::Basic, ClientAuth::BasicRaw, ClientAuth::Body] {
        let grant = builtin::oauth2(&endpoint).client_auth(client_auth).api_url(&stage.sandbox.oauth2.http);
        let client = stage.client(grant, Credentials::client("canary", SECRET));
        call(&client, "/api/x").await;
        for echoed in ECHOES {
            let said = serde_json::json!({"error": "invalid_client", "error_description": format!("Basic {echoed}")});
            stage.fault(Vendor::Oauth2, Rule::token(echo(401, said)).times(1));
            client.source().credentials_changed(Credentials::client("canary", SECRET), true);
            call(&client, "/api/x").await;
        }
    }
    let fixed = stage.client(builtin::fixed().api_url(&stage.sandbox.oauth2.http), Credentials::token(TOKEN));
    assert!(call(&fixed, "/api/x").await);
}

/// A resolver that falls over in the middle of a token request, and a listener that falls over at each event.
async fn panics() {
    struct Fragile;
    impl reqwest::dns::Resolve for Fragile {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(async { Ok(Box::new(fallen().into_iter()) as reqwest::dns::Addrs) })
        }
    }
    fn fallen() -> Vec<SocketAddr> {
        panic!("the resolver fell over")
    }
    let grant = builtin::piwik_pro("acme.piwik.pro").build(url::parse).unwrap();
    let policy = Policy { fetch_attempts: 1, ..Policy::default() };
    let client = Client::builder(grant, Credentials::client("canary", SECRET))
        .http(|http| http.dns_resolver(Arc::new(Fragile)).no_proxy())
        .policy(policy)
        .on_event(|event| panic!("the listener fell over at {event:?}"))
        .build()
        .unwrap();
    let Error::Token(error) = client.get("/api/apps/v2").send().await.unwrap_err() else { panic!("there is no token") };
    assert_eq!(error.code, evertoken::Code::TransportFailed);
    assert!(error.to_string().contains("panicked"), "{error}");
    print("error", &error);
}
