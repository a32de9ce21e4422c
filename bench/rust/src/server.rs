//! A token endpoint on loopback whose answers are chosen by the measurement, and an API that knows revoked tokens.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};

/// What the endpoint does; changed while it runs.
#[derive(Debug)]
pub struct Behaviour {
    pub lifetime_s: u64,
    pub latency: Duration,
    pub status: u16,
}

#[derive(Debug)]
pub struct Shared {
    pub behaviour: Mutex<Behaviour>,
    pub token_requests: AtomicU64,
    /// Tokens up to this number are revoked.
    pub revoked: AtomicU64,
    pub refused_api_calls: AtomicU64,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub url: String,
    pub shared: Arc<Shared>,
}

impl Server {
    pub async fn start(lifetime_s: u64) -> std::io::Result<Self> {
        let behaviour = Behaviour { lifetime_s, latency: Duration::from_millis(20), status: 200 };
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(behaviour),
            token_requests: AtomicU64::new(0),
            revoked: AtomicU64::new(0),
            refused_api_calls: AtomicU64::new(0),
        });
        let app = Router::new().route("/token", post(token)).route("/api", get(api)).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, shared })
    }

    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.behaviour.lock().expect("not poisoned"));
    }

    /// Returns the token requests since the last call.
    pub fn take_requests(&self) -> u64 {
        self.shared.token_requests.swap(0, SeqCst)
    }

    pub fn revoke_all(&self) {
        self.shared.revoked.store(NUMBER.load(SeqCst), SeqCst);
    }
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

async fn token(State(shared): State<Arc<Shared>>) -> Response {
    shared.token_requests.fetch_add(1, SeqCst);
    let (latency, status, lifetime_s) = {
        let behaviour = shared.behaviour.lock().expect("not poisoned");
        (behaviour.latency, behaviour.status, behaviour.lifetime_s)
    };
    tokio::time::sleep(latency).await;
    if status != 200 {
        return StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE).into_response();
    }
    // 800 bytes, as a signed JWT has.
    let number = NUMBER.fetch_add(1, SeqCst) + 1;
    let token = format!("bench-{number}-{}", "x".repeat(790));
    axum::Json(serde_json::json!({ "token_type": "Bearer", "expires_in": lifetime_s, "access_token": token })).into_response()
}

async fn api(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> StatusCode {
    let number = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer bench-"))
        .and_then(|rest| rest.split('-').next())
        .and_then(|number| number.parse::<u64>().ok());
    if number.is_some_and(|number| number > shared.revoked.load(SeqCst)) {
        StatusCode::OK
    } else {
        shared.refused_api_calls.fetch_add(1, SeqCst);
        StatusCode::UNAUTHORIZED
    }
}
