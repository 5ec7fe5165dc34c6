use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Outside, answer};

fn charge_of(token: &str) -> Value {
    json!({ "amount_minor": 10_000, "currency": "RUB", "payment_token": token, "reference": "INV-1" })
}

async fn charge(outside: &Outside, key: &str, body: &Value) -> (StatusCode, Value) {
    outside
        .post("/card/v1/charges", "Idempotency-Key", key, body)
        .await
}

#[tokio::test]
async fn a_charge_succeeds_and_is_found_by_its_reference() {
    let outside = Outside::start().await;
    let (status, body) = charge(&outside, "k-1", &charge_of("tok-1")).await;
    assert_eq!(
        (status, body["status"].as_str()),
        (StatusCode::CREATED, Some("succeeded"))
    );

    let found = outside.get("/card/v1/charges?reference=INV-1").await;
    assert_eq!(found["charges"][0]["id"], body["id"]);
    assert_eq!(found["charges"][0]["amount_minor"], 10_000);
    assert_eq!(
        outside.get("/card/v1/charges?reference=INV-2").await["charges"],
        json!([])
    );
}

#[tokio::test]
async fn the_same_key_charges_once_and_another_body_under_it_is_refused() {
    let outside = Outside::start().await;
    let first = charge(&outside, "k-1", &charge_of("tok-1")).await;
    assert_eq!(charge(&outside, "k-1", &charge_of("tok-1")).await, first);
    let (status, body) = charge(&outside, "k-1", &charge_of("tok-2")).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::CONFLICT, Some("idempotency_key_reused"))
    );

    let charges = outside.get("/card/v1/charges?reference=INV-1").await;
    assert_eq!(charges["charges"].as_array().unwrap().len(), 1);
    let replayed: Vec<bool> = outside
        .calls("card")
        .await
        .iter()
        .filter_map(|call| call["replayed"].as_bool())
        .collect();
    assert_eq!(&replayed[..3], [false, true, false]);
}

#[tokio::test]
async fn a_declined_token_is_always_declined_and_a_declined_once_token_only_the_first_time() {
    let outside = Outside::start().await;
    for key in ["a", "b"] {
        let (status, body) = charge(&outside, key, &charge_of("tok-declined")).await;
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (StatusCode::PAYMENT_REQUIRED, Some("card_declined"))
        );
    }
    let once = charge_of("tok-declined-once-7");
    assert_eq!(charge(&outside, "c", &once).await.0, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(
        charge(&outside, "c", &once).await.0,
        StatusCode::PAYMENT_REQUIRED,
        "a replay repeats the refusal"
    );
    assert_eq!(charge(&outside, "d", &once).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn what_the_contract_does_not_allow_is_a_bad_request_and_charges_nothing() {
    let outside = Outside::start().await;
    let mut bodies = vec![json!({}), json!([]), json!("text")];
    for (field, wrong) in [
        ("amount_minor", json!(0)),
        ("amount_minor", json!(1.5)),
        ("currency", json!("rub")),
        ("payment_token", json!("")),
        ("reference", json!("x".repeat(501))),
        ("surprise", json!(1)),
    ] {
        let mut body = charge_of("tok-1");
        body[field] = wrong;
        bodies.push(body);
    }
    for body in &bodies {
        assert_eq!(
            charge(&outside, "k", body).await.0,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    let keyless = outside
        .request(Method::POST, "/card/v1/charges")
        .json(&charge_of("tok-1"));
    assert_eq!(answer(keyless).await.0, StatusCode::BAD_REQUEST);
    let huge = outside
        .request(Method::POST, "/card/v1/charges")
        .body("x".repeat(100_000));
    assert_eq!(answer(huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        outside.get("/card/v1/charges?reference=INV-1").await["charges"],
        json!([])
    );
}
