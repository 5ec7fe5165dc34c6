//! The wallet gateway: a purse pays at once or not at all; sums are texts of minor units.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Answer, check_currency, check_text, read};
use crate::bounded::BoundedMap;
use crate::replays::Replays;
use crate::world::World;

/// What the gateway remembers.
#[derive(Default)]
pub struct Wallet {
    replays: Replays,
    declined_once: BoundedMap<()>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayRequest {
    operation_id: String,
    payer: String,
    sum: Sum,
    #[serde(default)]
    comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sum {
    units: String,
    currency: String,
}

pub fn router() -> Router<Arc<World>> {
    Router::new().route("/wallet/pay", post(pay))
}

async fn pay(State(world): State<Arc<World>>, body: Bytes) -> Result<Answer, Answer> {
    let (asked, request) = read::<PayRequest>(&body)?;
    check_text("operation_id", &request.operation_id)?;
    check_text("payer", &request.payer)?;
    check_currency(&request.sum.currency)?;
    if request.sum.units.parse::<u64>().map_or(true, |units| units == 0) {
        return Err(Answer::bad_request(
            "sum.units: a whole positive number as text is wanted",
        ));
    }
    if request.comment.len() > 500 {
        return Err(Answer::bad_request("comment: at most 500 bytes are wanted"));
    }

    let mut wallet = world.wallet.lock();
    let Wallet {
        replays,
        declined_once,
    } = &mut *wallet;
    Ok(replays.once(&request.operation_id, &asked, || decide(&request, declined_once)))
}

fn decide(request: &PayRequest, declined_once: &mut BoundedMap<()>) -> Answer {
    let payer = request.payer.as_str();
    let rejected = if payer.contains("declined-once") {
        let first = declined_once.get(payer).is_none();
        declined_once.insert(payer.to_owned(), ());
        first
    } else {
        payer.contains("declined")
    };
    let (state, reason) = if rejected {
        ("REJECTED", "NOT_ENOUGH_FUNDS")
    } else {
        ("DONE", "")
    };
    let body = json!({ "operation_id": request.operation_id, "state": state, "reason": reason });
    Answer::new(StatusCode::OK, body)
}
