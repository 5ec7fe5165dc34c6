//! Routes, and around every stand-in the fault switch and the call log.

use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Replayed};
use crate::calls::Call;
use crate::faults::{Mode, Switch};
use crate::world::{Service, World};
use crate::{bakery, card, golden_hat, mailbox, wallet};

/// Largest body that any of the HTTP contracts needs, generously.
const BODY_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
struct OfService {
    service: Option<Service>,
}

pub fn router(world: &Arc<World>) -> Router {
    let watched = |service, routes: Router<Arc<World>>| {
        routes.route_layer(from_fn_with_state((world.clone(), service), watch))
    };
    Router::new()
        .merge(watched(Service::Card, card::router()))
        .merge(watched(Service::Wallet, wallet::router()))
        .merge(watched(Service::GoldenHat, golden_hat::router()))
        .merge(watched(Service::Bakery, bakery::router()))
        .route("/mailbox", get(mailbox::list).delete(mailbox::remove))
        .route("/_calls", get(list_calls).delete(forget_calls))
        .route("/_faults", put(switch_fault).get(list_faults))
        .route("/_health", get(async || "ok\n"))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(world.clone())
}

/// Meets the fault that is on, lets the stand-in work, writes the call down. In a task of its own:
/// as any server does, it finishes what it has received, whether the caller still waits or not.
async fn watch(
    State((world, service)): State<(Arc<World>, Service)>,
    request: Request,
    next: Next,
) -> Response {
    let working = tokio::spawn(work(world, service, request, next));
    working
        .await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn work(world: Arc<World>, service: Service, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let fault = world.faults.lock().meet(service);
    let mut call = Call {
        at: Utc::now(),
        service,
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        idempotency_key: idempotency_key(&parts.headers, &body),
        body,
        status: StatusCode::SERVICE_UNAVAILABLE.as_u16(),
        replayed: false,
        fault,
    };
    if fault == Some(Mode::Silent) {
        world.speaks(service).await;
    }
    let response = if fault == Some(Mode::Away) {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    } else {
        next.run(Request::from_parts(parts, Body::from(bytes))).await
    };
    call.status = response.status().as_u16();
    call.replayed = response.extensions().get::<Replayed>().is_some();
    tracing::info!(service = ?call.service, call.method, call.path, call.status, call.replayed, fault = ?call.fault);
    world.calls.lock().push(call);
    match fault {
        None | Some(Mode::Away | Mode::Silent) => response,
        Some(Mode::Slow) => {
            tokio::time::sleep(world.options.slow).await;
            response
        }
        Some(mode) => spoilt(mode, response).await,
    }
}

/// What becomes of a good answer.
async fn spoilt(mode: Mode, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, BODY_BYTES).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    match mode {
        Mode::Error => (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>Oops</h1>")).into_response(),
        Mode::Wrong => Json(json!({ "answer": 42 })).into_response(),
        Mode::Truncated => (parts.status, half).into_response(),
        Mode::Broken => {
            // Its length is announced; then there is only half of it.
            let chunks = [Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
            (parts, Body::from_stream(tokio_stream::iter(chunks))).into_response()
        }
        _ => Html("<html>it works!").into_response(),
    }
}

fn idempotency_key(headers: &HeaderMap, body: &Value) -> Option<String> {
    let header = ["idempotency-key", "x-request-id"]
        .iter()
        .find_map(|name| headers.get(*name));
    let from_header = header.and_then(|value| value.to_str().ok());
    from_header
        .or_else(|| body.get("operation_id")?.as_str())
        .map(str::to_owned)
}

async fn list_calls(State(world): State<Arc<World>>, Query(query): Query<OfService>) -> Json<Value> {
    Json(json!({ "calls": world.calls.lock().of(query.service) }))
}

async fn forget_calls(State(world): State<Arc<World>>) -> StatusCode {
    world.calls.lock().clear();
    StatusCode::NO_CONTENT
}

async fn list_faults(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({ "faults": *world.faults.lock() }))
}

async fn switch_fault(
    State(world): State<Arc<World>>,
    switch: Result<Json<Switch>, JsonRejection>,
) -> Result<StatusCode, Answer> {
    let Json(switch) = switch.map_err(|rejection| Answer::bad_request(rejection.body_text()))?;
    world.faults.lock().set(&switch);
    world.switched.notify_waiters();
    Ok(StatusCode::NO_CONTENT)
}
