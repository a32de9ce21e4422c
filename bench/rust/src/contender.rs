//! evertoken and its peers behind one face: give me a token, call the API.

use evertoken::{
    provider::{Credentials, builtin},
    url,
};
use evertoken_native::Client;

use crate::{
    peers::{Google, Tame},
    server::Server,
};

#[derive(Clone)]
pub enum Contender {
    Ours(Client),
    Google(Google),
    Tame(Tame),
}

pub const NAMES: [&str; 3] = ["evertoken", "google-cloud-auth", "tame-oauth"];

impl Contender {
    /// Makes one of [`NAMES`] for a server.
    pub fn new(name: &str, server: &Server, private_key_pem: &str) -> Self {
        let token_url = format!("{}/token", server.url);
        match name {
            "evertoken" => Self::Ours(ours(&server.url)),
            "google-cloud-auth" => Self::Google(Google::new(&token_url)),
            _ => Self::Tame(Tame::new(&token_url, private_key_pem)),
        }
    }

    /// Gets a header value, cached or not.
    pub async fn get(&self) -> Result<(), String> {
        match self {
            Self::Ours(client) => client.source().headers().await.map(|_| ()).map_err(|error| error.to_string()),
            Self::Google(google) => google.headers().await.map(|_| ()),
            Self::Tame(tame) => tame.token().await,
        }
    }

    /// Calls the API and recovers if its token is rejected; `None` where the contender has no such thing.
    pub async fn call(&self, _url: &str) -> Option<Result<(), String>> {
        let Self::Ours(client) = self else { return None };
        Some(match client.get("/api").send().await {
            Ok(answer) if answer.status() == 200 => Ok(()),
            Ok(answer) => Err(answer.status().to_string()),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// Makes our client for an OAuth 2 server on loopback.
pub fn ours(server_url: &str) -> Client {
    let credentials = Credentials::client("bench", "bench-not-a-secret");
    let grant = builtin::oauth2(format!("{server_url}/token"))
        .identified_by(&credentials)
        .api_url(format!("{server_url}/"))
        .build(url::parse)
        .expect("a valid grant");
    Client::new(grant, credentials).expect("a client")
}
