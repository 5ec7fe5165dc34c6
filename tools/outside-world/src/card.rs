//! The card gateway: charges a stored card by its token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::{Answer, check_currency, check_text, read};
use crate::bounded::BoundedMap;
use crate::replays::{Replays, key};
use crate::world::World;

/// What the gateway remembers.
#[derive(Default)]
pub struct CardGateway {
    replays: Replays,
    charges: BoundedMap<Charge>,
    declined_once: BoundedMap<()>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeRequest {
    amount_minor: i64,
    currency: String,
    payment_token: String,
    reference: String,
}

#[derive(Clone, Debug, Serialize)]
struct Charge {
    id: Uuid,
    status: &'static str,
    amount_minor: i64,
    currency: String,
    reference: String,
}

#[derive(Deserialize)]
struct OfReference {
    reference: String,
}

pub fn router() -> Router<Arc<World>> {
    Router::new().route("/card/v1/charges", post(charge).get(list))
}

async fn charge(State(world): State<Arc<World>>, headers: HeaderMap, body: Bytes) -> Result<Answer, Answer> {
    let key = key(&headers, "idempotency-key")?;
    let (asked, request) = read::<ChargeRequest>(&body)?;
    if request.amount_minor < 1 {
        return Err(Answer::bad_request("amount_minor: at least 1 is wanted"));
    }
    check_currency(&request.currency)?;
    check_text("payment_token", &request.payment_token)?;
    check_text("reference", &request.reference)?;

    let mut gateway = world.card.lock();
    let CardGateway {
        replays,
        charges,
        declined_once,
    } = &mut *gateway;
    Ok(replays.once(key, &asked, || decide(request, charges, declined_once)))
}

fn decide(
    request: ChargeRequest,
    charges: &mut BoundedMap<Charge>,
    declined_once: &mut BoundedMap<()>,
) -> Answer {
    let declined = match request.payment_token.as_str() {
        token if token.contains("declined-once") => {
            let first = declined_once.get(token).is_none();
            declined_once.insert(token.to_owned(), ());
            first
        }
        token => token.contains("declined"),
    };
    if declined {
        return Answer::error(
            StatusCode::PAYMENT_REQUIRED,
            "card_declined",
            "the issuer declined the charge",
        );
    }
    let charge = Charge {
        id: Uuid::now_v7(),
        status: "succeeded",
        amount_minor: request.amount_minor,
        currency: request.currency,
        reference: request.reference,
    };
    charges.insert(charge.id.to_string(), charge.clone());
    Answer::new(
        StatusCode::CREATED,
        json!({ "id": charge.id, "status": charge.status }),
    )
}

async fn list(State(world): State<Arc<World>>, Query(query): Query<OfReference>) -> Json<Value> {
    let gateway = world.card.lock();
    let charges: Vec<&Charge> = gateway
        .charges
        .values()
        .filter(|c| c.reference == query.reference)
        .collect();
    Json(json!({ "charges": charges }))
}
