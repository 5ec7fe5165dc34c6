//! Routes, and around every stand-in the fault switch and the call log.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
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

/// Meets the fault that is on, lets the stand-in work, writes the call down.
async fn watch(
    State((world, service)): State<(Arc<World>, Service)>,
    request: Request,
    next: Next,
) -> Response {
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
        Some(Mode::Slow) => tokio::time::sleep(world.options.slow).await,
        Some(Mode::Nonsense) => return "<html>it works!".into_response(),
        Some(Mode::Away) | None => {}
    }
    response
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
    Ok(StatusCode::NO_CONTENT)
}
