//! Golden Hat, the payout provider: accepts now, pays or rejects a little later.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::answer::{Answer, check_currency, check_text, read};
use crate::bounded::BoundedMap;
use crate::replays::{Replays, key};
use crate::world::World;

/// What the provider remembers.
#[derive(Default)]
pub struct GoldenHat {
    replays: Replays,
    payouts: BoundedMap<Payout>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutRequest {
    beneficiary: String,
    amount: Amount,
    purpose: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    value: i64,
    currency: String,
}

struct Payout {
    accepted: Instant,
    ends_as: &'static str,
}

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/golden-hat/v2/payouts", post(pay_out))
        .route("/golden-hat/v2/payouts/{id}", get(show))
}

async fn pay_out(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Result<Answer, Answer> {
    let key = key(&headers, "x-request-id")?;
    let (asked, request) = read::<PayoutRequest>(&body)?;
    check_text("beneficiary", &request.beneficiary)?;
    check_text("purpose", &request.purpose)?;
    check_currency(&request.amount.currency)?;
    if request.amount.value < 1 {
        return Err(Answer::bad_request(
            "amount.value: at least 1 minor unit is wanted",
        ));
    }

    let mut provider = world.golden_hat.lock();
    let GoldenHat { replays, payouts } = &mut *provider;
    Ok(replays.once(key, &asked, || {
        let id = Uuid::now_v7().to_string();
        let ends_as = if request.beneficiary.contains("rejected") {
            "rejected"
        } else {
            "paid"
        };
        payouts.insert(
            id.clone(),
            Payout {
                accepted: Instant::now(),
                ends_as,
            },
        );
        Answer::new(
            StatusCode::ACCEPTED,
            json!({ "payout_id": id, "status": "accepted" }),
        )
    }))
}

async fn show(State(world): State<Arc<World>>, Path(id): Path<String>) -> Answer {
    let provider = world.golden_hat.lock();
    let Some(payout) = provider.payouts.get(&id) else {
        return Answer::not_found("payout");
    };
    let over = payout.accepted.elapsed() >= world.options.payout;
    let status = if over { payout.ends_as } else { "accepted" };
    Answer::new(StatusCode::OK, json!({ "payout_id": id, "status": status }))
}
