use std::time::Duration;

use outside_world::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Outside, answer};

fn payout_to(beneficiary: &str) -> Value {
    json!({ "beneficiary": beneficiary, "amount": { "value": 6_000, "currency": "RUB" }, "purpose": "October" })
}

async fn pay_out(outside: &Outside, key: &str, body: &Value) -> (StatusCode, Value) {
    outside
        .post("/golden-hat/v2/payouts", "X-Request-Id", key, body)
        .await
}

async fn status_of(outside: &Outside, payout: &Value) -> Value {
    let id = payout["payout_id"].as_str().unwrap();
    outside.get(&format!("/golden-hat/v2/payouts/{id}")).await["status"].clone()
}

#[tokio::test]
async fn a_payout_is_accepted_and_then_paid_or_rejected() {
    let outside = Outside::start().await;
    let (status, good) = pay_out(&outside, "r-1", &payout_to("worker-1")).await;
    assert_eq!(
        (status, &good["status"]),
        (StatusCode::ACCEPTED, &json!("accepted"))
    );
    assert_eq!(status_of(&outside, &good).await, "paid");
    let (_, bad) = pay_out(&outside, "r-2", &payout_to("worker-rejected")).await;
    assert_eq!(status_of(&outside, &bad).await, "rejected");
}

#[tokio::test]
async fn a_payout_stays_accepted_for_its_time() {
    let options = Options {
        payout: Duration::from_hours(1),
        ..Options::for_tests()
    };
    let outside = Outside::with(options).await;
    let (_, payout) = pay_out(&outside, "r-1", &payout_to("worker-1")).await;
    assert_eq!(status_of(&outside, &payout).await, "accepted");
}

#[tokio::test]
async fn the_same_request_pays_once() {
    let outside = Outside::start().await;
    let first = pay_out(&outside, "r-1", &payout_to("worker-1")).await;
    assert_eq!(pay_out(&outside, "r-1", &payout_to("worker-1")).await, first);
    assert_eq!(
        pay_out(&outside, "r-1", &payout_to("worker-2")).await.0,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn unknown_payouts_and_empty_sums_are_refused() {
    let outside = Outside::start().await;
    let unknown = outside.request(Method::GET, "/golden-hat/v2/payouts/none");
    assert_eq!(answer(unknown).await.0, StatusCode::NOT_FOUND);
    let mut body = payout_to("worker-1");
    body["amount"]["value"] = json!(0);
    assert_eq!(pay_out(&outside, "r-1", &body).await.0, StatusCode::BAD_REQUEST);
}
