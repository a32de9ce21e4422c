//! The control API over HTTP: JSON in, JSON out, one route for each method of [`Control`].

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::ClockChange;
use crate::control::{Control, ControlError, IdleQuery, Release, Revoke};
use crate::fault::Rule;
use crate::keys::KeyRequest;
use crate::log::LogQuery;
use crate::vendor::Vendor;

type Answer = Result<Response, ControlError>;

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(self)).into_response()
    }
}

pub(crate) fn router(control: Control) -> Router {
    let shared = Router::new()
        .route("/", get(announcement))
        .route("/clock", get(clock).post(change_clock))
        .route("/log", get(log).delete(clear_log))
        .route("/counts", get(counts))
        .route("/idle", get(idle))
        .route("/reset", post(reset));
    let of_vendor = Router::new()
        .route("/settings", get(settings).patch(change_settings))
        .route("/keys", get(keys).post(create_key))
        .route("/keys/{id}", delete(delete_key))
        .route("/keys/{id}/enable", post(enable_key))
        .route("/keys/{id}/disable", post(disable_key))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/faults/{id}", delete(remove_fault))
        .route("/release", post(release))
        .route("/tokens", get(tokens))
        .route("/tokens/revoke", post(revoke));
    Router::new()
        .nest("/control", shared.merge(Router::new().nest("/{vendor}", of_vendor)))
        .fallback(|| async { ControlError::not_found("no such route; see examples/sandbox/README.md") })
        .layer(from_fn(open_to_pages))
        .with_state(control)
}

/// Lets test pages of any origin use the control API.
async fn open_to_pages(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH, DELETE"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    response
}

/// Reads a body; an empty one stands for `{}`.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ControlError> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|e| ControlError::invalid(&e.to_string()))
}

fn vendor(name: &str) -> Result<Vendor, ControlError> {
    Vendor::named(name).ok_or_else(|| ControlError::not_found("the vendors are piwik_pro, didomi, oro, oauth2 and elsewhere"))
}

fn done(value: &impl Serialize) -> Answer {
    Ok(Json(value).into_response())
}

async fn announcement(State(control): State<Control>) -> Answer {
    done(control.announcement())
}

async fn clock(State(control): State<Control>) -> Answer {
    done(&control.clock())
}

async fn change_clock(State(control): State<Control>, body: Bytes) -> Answer {
    done(&control.change_clock(read::<ClockChange>(&body)?))
}

async fn log(State(control): State<Control>, Query(query): Query<LogQuery>) -> Answer {
    done(&control.log(&query))
}

async fn clear_log(State(control): State<Control>) -> Answer {
    control.clear_log();
    done(&json!({}))
}

async fn counts(State(control): State<Control>) -> Answer {
    done(&control.counts())
}

async fn idle(State(control): State<Control>, Query(query): Query<IdleQuery>) -> Answer {
    done(&control.wait_idle(query).await)
}

async fn reset(State(control): State<Control>) -> Answer {
    control.reset();
    done(&json!({}))
}

async fn settings(State(control): State<Control>, Path(of): Path<String>) -> Answer {
    done(&control.settings(vendor(&of)?))
}

async fn change_settings(State(control): State<Control>, Path(of): Path<String>, body: Bytes) -> Answer {
    done(&control.merge_settings(vendor(&of)?, &read::<Value>(&body)?)?)
}

async fn keys(State(control): State<Control>, Path(of): Path<String>) -> Answer {
    done(&control.keys(vendor(&of)?))
}

async fn create_key(State(control): State<Control>, Path(of): Path<String>, body: Bytes) -> Answer {
    let key = control.create_key(vendor(&of)?, read::<KeyRequest>(&body)?)?;
    Ok((StatusCode::CREATED, Json(key)).into_response())
}

/// What happens to the tokens of a key that is deleted or disabled.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fate {
    revoke_tokens: bool,
}

async fn delete_key(State(control): State<Control>, Path((of, id)): Path<(String, String)>, Query(fate): Query<Fate>) -> Answer {
    control.delete_key(vendor(&of)?, &id, fate.revoke_tokens)?;
    done(&json!({}))
}

async fn enable_key(State(control): State<Control>, Path((of, id)): Path<(String, String)>) -> Answer {
    control.enable_key(vendor(&of)?, &id, true, false)?;
    done(&json!({}))
}

async fn disable_key(State(control): State<Control>, Path((of, id)): Path<(String, String)>, Query(fate): Query<Fate>) -> Answer {
    control.enable_key(vendor(&of)?, &id, false, fate.revoke_tokens)?;
    done(&json!({}))
}

async fn faults(State(control): State<Control>, Path(of): Path<String>) -> Answer {
    done(&control.faults(vendor(&of)?))
}

async fn add_fault(State(control): State<Control>, Path(of): Path<String>, body: Bytes) -> Answer {
    let id = control.add_fault(vendor(&of)?, read::<Rule>(&body)?)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response())
}

async fn clear_faults(State(control): State<Control>, Path(of): Path<String>) -> Answer {
    done(&json!({ "removed": control.clear_faults(vendor(&of)?) }))
}

async fn remove_fault(State(control): State<Control>, Path((of, id)): Path<(String, String)>) -> Answer {
    let id = id.parse().map_err(|_| ControlError::invalid("a fault's id is a number"))?;
    control.remove_fault(vendor(&of)?, id)?;
    done(&json!({ "removed": 1 }))
}

async fn release(State(control): State<Control>, Path(of): Path<String>, body: Bytes) -> Answer {
    done(&json!({ "released": control.release(vendor(&of)?, read::<Release>(&body)?)? }))
}

async fn tokens(State(control): State<Control>, Path(of): Path<String>) -> Answer {
    done(&control.tokens(vendor(&of)?))
}

async fn revoke(State(control): State<Control>, Path(of): Path<String>, body: Bytes) -> Answer {
    done(&json!({ "revoked": control.revoke(vendor(&of)?, &read::<Revoke>(&body)?) }))
}
