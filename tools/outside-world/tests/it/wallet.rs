use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Outside, answer};

fn operation(id: &str, payer: &str) -> Value {
    json!({ "operation_id": id, "payer": payer, "sum": { "units": "1000", "currency": "RUB" }, "comment": "week" })
}

async fn pay(outside: &Outside, body: &Value) -> (StatusCode, Value) {
    answer(outside.request(Method::POST, "/wallet/pay").json(body)).await
}

#[tokio::test]
async fn a_purse_pays_once_per_operation() {
    let outside = Outside::start().await;
    let first = pay(&outside, &operation("op-1", "purse-1")).await;
    assert_eq!(
        first,
        (
            StatusCode::OK,
            json!({ "operation_id": "op-1", "state": "DONE", "reason": "" })
        )
    );
    assert_eq!(pay(&outside, &operation("op-1", "purse-1")).await, first);
    assert_eq!(
        pay(&outside, &operation("op-1", "purse-2")).await.0,
        StatusCode::CONFLICT
    );

    let calls = outside.calls("wallet").await;
    assert_eq!(calls.iter().filter(|call| call["replayed"] == true).count(), 1);
    assert!(calls.iter().all(|call| call["idempotency_key"] == "op-1"));
}

#[tokio::test]
async fn a_declined_purse_is_rejected_with_a_reason() {
    let outside = Outside::start().await;
    let (_, body) = pay(&outside, &operation("op-1", "purse-declined")).await;
    assert_eq!(
        (&body["state"], &body["reason"]),
        (&json!("REJECTED"), &json!("NOT_ENOUGH_FUNDS"))
    );
    assert_eq!(
        pay(&outside, &operation("op-2", "purse-declined-once")).await.1["state"],
        "REJECTED"
    );
    assert_eq!(
        pay(&outside, &operation("op-3", "purse-declined-once")).await.1["state"],
        "DONE"
    );
}

#[tokio::test]
async fn sums_that_are_no_positive_whole_number_are_bad_requests() {
    let outside = Outside::start().await;
    for units in [json!("0"), json!("-1"), json!("1.5"), json!(""), json!(1000)] {
        let mut body = operation("op-1", "purse-1");
        body["sum"]["units"] = units;
        assert_eq!(pay(&outside, &body).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
}
