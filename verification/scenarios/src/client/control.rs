//! The sandbox's control API, over HTTP as every runner has it.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the runner asks of the sandbox; errors are sentences.
pub(crate) struct ControlApi {
    http: Client,
    base: String,
}

/// Whether anything is going on at the sandbox.
#[derive(Deserialize)]
pub(crate) struct Idle {
    pub(crate) idle: bool,
    pub(crate) received: u64,
    pub(crate) delayed: u64,
    pub(crate) next_due_ms: Option<u64>,
    pub(crate) held: u64,
}

/// How many requests a vendor has received.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) token: u64,
    pub(crate) api: u64,
}

/// A request as it stands in the log.
#[derive(Deserialize)]
pub(crate) struct Entry {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body_text: Option<String>,
    pub(crate) status: Option<u16>,
}

#[derive(Deserialize)]
struct Clock {
    now_ms: u64,
}

/// A token that a vendor has issued.
#[derive(Deserialize)]
pub(crate) struct Issued {
    pub(crate) serial: u64,
    pub(crate) token: String,
}

impl ControlApi {
    pub(crate) fn new(base: String) -> Result<Self, String> {
        // An error says that the program has chosen its cryptography before; this client speaks no TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().tls_certs_only([]).build().map_err(|error| error.to_string())?;
        Ok(Self { http, base })
    }

    /// Sends one request and returns the answer's status and JSON.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value), String> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        let mut request = self.http.request(method, format!("{}{path}", self.base)).timeout(Duration::from_secs(30));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| format!("the sandbox's control API: {error}"))?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.unwrap_or(Value::Null)))
    }

    async fn asked<T: for<'de> Deserialize<'de>>(&self, method: &str, path: &str, body: Option<&Value>) -> Result<T, String> {
        match self.send(method, path, body).await? {
            (200, answer) => serde_json::from_value(answer).map_err(|error| format!("{method} {path}: {error}")),
            (status, answer) => Err(format!("{method} {path}: {status} {answer}")),
        }
    }

    /// Begins anew, with a clock that stands at this time.
    pub(crate) async fn reset(&self, at_ms: u64) -> Result<(), String> {
        self.asked::<Value>("POST", "/reset", None).await?;
        self.asked::<Value>("POST", "/clock", Some(&json!({"frozen": true, "set_ms": at_ms}))).await.map(drop)
    }

    /// Waits until so many requests have arrived and none is being worked on, for a while.
    pub(crate) async fn idle(&self, received: u64) -> Result<Idle, String> {
        self.asked("GET", &format!("/idle?received={received}&wait_ms=200"), None).await
    }

    pub(crate) async fn now_ms(&self) -> Result<u64, String> {
        Ok(self.asked::<Clock>("GET", "/clock", None).await?.now_ms)
    }

    pub(crate) async fn advance(&self, ms: u64) -> Result<(), String> {
        self.asked::<Value>("POST", "/clock", Some(&json!({ "advance_ms": ms }))).await.map(drop)
    }

    pub(crate) async fn counts(&self) -> Result<BTreeMap<String, Received>, String> {
        self.asked("GET", "/counts", None).await
    }

    pub(crate) async fn log(&self, vendor: &str, kind: &str) -> Result<Vec<Entry>, String> {
        self.asked("GET", &format!("/log?vendor={vendor}&kind={kind}"), None).await
    }

    pub(crate) async fn tokens(&self, vendor: &str) -> Result<Vec<Issued>, String> {
        self.asked("GET", &format!("/{vendor}/tokens"), None).await
    }
}
