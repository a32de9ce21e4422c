//! The peers as their own documentation uses them.

use std::sync::Arc;

use google_cloud_auth::credentials::{CacheableResource, Credentials, user_account};
use tame_oauth::gcp::{ServiceAccountInfo, ServiceAccountProvider, TokenOrRequest, TokenProvider};

const SCOPES: [&str; 1] = ["https://example.test/scope"];

/// tame-oauth: gives a token or a request; sending it is the caller's.
#[derive(Clone)]
pub struct Tame {
    provider: Arc<ServiceAccountProvider>,
    http: reqwest::Client,
}

impl Tame {
    pub fn new(token_url: &str, private_key_pem: &str) -> Self {
        let info = ServiceAccountInfo {
            private_key: private_key_pem.into(),
            client_email: "bench@example.test".into(),
            token_uri: token_url.into(),
        };
        Self { provider: Arc::new(ServiceAccountProvider::new(info).expect("a valid key")), http: reqwest::Client::new() }
    }

    /// Returns the cached token, which tame-oauth clones.
    pub fn cached(&self) -> tame_oauth::Token {
        match self.provider.get_token(SCOPES.iter()).expect("a token or a request") {
            TokenOrRequest::Token(token) => token,
            TokenOrRequest::Request { .. } => unreachable!("warmed up"),
        }
    }

    /// Returns the cached token as a header.
    pub fn cached_header(&self) -> http::HeaderValue {
        self.cached().try_into().expect("a header")
    }

    pub async fn token(&self) -> Result<(), String> {
        match self.provider.get_token(SCOPES.iter()).map_err(|error| error.to_string())? {
            TokenOrRequest::Token(_) => Ok(()),
            TokenOrRequest::Request { request, scope_hash, .. } => {
                let (parts, body) = request.into_parts();
                let sent = self.http.post(parts.uri.to_string()).headers(parts.headers).body(body).send();
                let answer = sent.await.map_err(|error| error.to_string())?;
                let mut builder = http::Response::builder().status(answer.status());
                if let Some(headers) = builder.headers_mut() {
                    headers.extend(answer.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
                    // It reads an error's body only of this exact type; its own examples run against Google.
                    headers.insert("content-type", http::HeaderValue::from_static("application/json; charset=utf-8"));
                }
                let body = answer.bytes().await.map_err(|error| error.to_string())?;
                let response = builder.body(body).map_err(|error| error.to_string())?;
                self.provider.parse_token_response(scope_hash, response).map(|_| ()).map_err(|error| error.to_string())
            }
        }
    }
}

/// google-cloud-auth: a background task keeps the token.
#[derive(Clone)]
pub struct Google(Credentials);

impl Google {
    pub fn new(token_url: &str) -> Self {
        let user = serde_json::json!({
            "type": "authorized_user", "client_id": "bench", "client_secret": "bench-not-a-secret",
            "refresh_token": "bench-not-a-token", "token_uri": token_url,
        });
        Self(user_account::Builder::new(user).build().expect("valid credentials"))
    }

    pub async fn headers(&self) -> Result<http::HeaderMap, String> {
        match self.0.headers(http::Extensions::new()).await.map_err(|error| error.to_string())? {
            CacheableResource::New { data, .. } => Ok(data),
            CacheableResource::NotModified => unreachable!("no tag was given"),
        }
    }
}
