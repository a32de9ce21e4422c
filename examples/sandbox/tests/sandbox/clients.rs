//! HTTP clients for the tests, and the requests that they send most.

use std::sync::Arc;

use evertoken_sandbox::{Announcement, NewKey, Options, Sandbox};
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub(crate) const JSON: &str = "application/json";
pub(crate) const JSON_API: &str = "application/vnd.api+json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).await.expect("the sandbox starts")
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The token of a granted answer.
    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status / 100, 2, "{}", self.text());
        self.json()["access_token"].as_str().expect("a token").to_owned()
    }
}

/// A client that trusts one certificate authority, or none, and follows no redirect.
pub(crate) fn client(ca_pem: Option<&str>, http1: bool) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca_pem {
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).expect("a certificate");
    }
    let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = if http1 { vec![b"http/1.1".to_vec()] } else { vec![b"h2".to_vec(), b"http/1.1".to_vec()] };
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tls_backend_preconfigured(tls);
    builder.build().expect("a client")
}

pub(crate) async fn try_send(
    client: &reqwest::Client,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Reply, reqwest::Error> {
    let mut request = client.request(method.parse().expect("a method"), url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.body(body.to_owned());
    }
    let response = request.send().await?;
    let status = response.status().as_u16();
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    let body = response.bytes().await?.to_vec();
    Ok(Reply { status, headers, body })
}

pub(crate) async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    try_send(&client(None, true), method, url, headers, body).await.expect("an answer")
}

/// The body that Piwik PRO and Oro document.
pub(crate) fn grant(key: &NewKey) -> String {
    format!(r#"{{"grant_type":"client_credentials","client_id":"{}","client_secret":"{}"}}"#, key.id, key.secret)
}

pub(crate) fn session(key: &NewKey) -> String {
    json!({ "type": "api-key", "key": key.id, "secret": key.secret }).to_string()
}

pub(crate) async fn ask_piwik_pro(at: &Announcement, key: &NewKey) -> Reply {
    send("POST", &format!("{}/auth/token", at.piwik_pro.http), &[("content-type", JSON)], &grant(key)).await
}

pub(crate) async fn ask_didomi(at: &Announcement, key: &NewKey) -> Reply {
    send("POST", &format!("{}/v1/sessions", at.didomi.http), &[("content-type", JSON)], &session(key)).await
}

pub(crate) async fn ask_oro(at: &Announcement, key: &NewKey) -> Reply {
    send("POST", &format!("{}/oauth2-token", at.oro.http), &[("content-type", JSON)], &grant(key)).await
}

pub(crate) async fn get(url: &str, token: &str) -> Reply {
    send("GET", url, &[("authorization", &format!("Bearer {token}"))], "").await
}

/// Calls an API of Piwik PRO that answers a bad token with 401.
pub(crate) async fn apps(at: &Announcement, token: &str) -> Reply {
    get(&format!("{}/api/apps/v2", at.piwik_pro.http), token).await
}

/// The claims of a JWT, as text and as JSON.
pub(crate) fn claims(token: &str) -> (String, Value) {
    use base64::Engine;
    let part = token.split('.').nth(1).expect("three parts");
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let text = String::from_utf8(text).expect("UTF-8");
    let json = serde_json::from_str(&text).expect("JSON");
    (text, json)
}
