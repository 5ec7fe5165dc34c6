//! The bakery: bakes a cookie for one person and brings it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::answer::{Answer, check_text, read};
use crate::bounded::BoundedMap;
use crate::replays::{Replays, key};
use crate::world::World;

/// What the bakery remembers.
#[derive(Default)]
pub struct Bakery {
    replays: Replays,
    cookies: BoundedMap<Cookie>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CookieRequest {
    order_reference: String,
    #[serde(rename = "for")]
    person: Person,
    #[serde(rename = "deliver_by")]
    _deliver_by: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
}

struct Cookie {
    order_reference: String,
    ordered: Instant,
    takes: Duration,
    ends_as: &'static str,
}

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/bakery/v1/cookies", post(bake))
        .route("/bakery/v1/cookies/{id}", get(show))
}

async fn bake(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Result<Answer, Answer> {
    let key = key(&headers, "idempotency-key")?;
    let (asked, request) = read::<CookieRequest>(&body)?;
    check_text("order_reference", &request.order_reference)?;
    check_text("for.name", &request.person.name)?;

    let mut bakery = world.bakery.lock();
    let Bakery { replays, cookies } = &mut *bakery;
    Ok(replays.once(key, &asked, || {
        let name = request.person.name.to_lowercase();
        let promised = world.options.cookie;
        let cookie = Cookie {
            order_reference: request.order_reference,
            ordered: Instant::now(),
            takes: if name.contains("late") {
                world.options.late_cookie
            } else {
                promised
            },
            ends_as: if name.contains("burnt") {
                "failed"
            } else {
                "delivered"
            },
        };
        let id = Uuid::now_v7().to_string();
        cookies.insert(id.clone(), cookie);
        // A late cookie is promised like any other: lateness is not announced.
        Answer::new(
            StatusCode::CREATED,
            json!({ "cookie_id": id, "eta_seconds": promised.as_secs() }),
        )
    }))
}

async fn show(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer {
    let bakery = world.bakery.lock();
    let Some(cookie) = bakery.cookies.get(&id) else {
        return Answer::not_found("cookie");
    };
    let over = cookie.ordered.elapsed() >= cookie.takes;
    let status = if over { cookie.ends_as } else { "baking" };
    let body = json!({ "cookie_id": id, "order_reference": cookie.order_reference, "status": status });
    Answer::new(StatusCode::OK, body)
}
