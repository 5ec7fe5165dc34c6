use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Outside, answer};

fn charge() -> Value {
    json!({ "amount_minor": 100, "currency": "RUB", "payment_token": "tok-1", "reference": "INV-1" })
}

async fn charges(outside: &Outside) -> usize {
    outside.get("/card/v1/charges?reference=INV-1").await["charges"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn every_call_is_written_down_with_what_came_and_what_was_answered() {
    let outside = Outside::start().await;
    outside
        .post("/card/v1/charges", "Idempotency-Key", "k-1", &charge())
        .await;
    answer(outside.request(Method::POST, "/wallet/pay").body("{")).await;

    let calls = outside.calls("card").await;
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(
        (&call["method"], &call["path"]),
        (&json!("POST"), &json!("/card/v1/charges"))
    );
    assert_eq!(
        (&call["idempotency_key"], &call["body"]),
        (&json!("k-1"), &charge())
    );
    assert_eq!((&call["status"], &call["replayed"]), (&json!(201), &json!(false)));
    assert_eq!(outside.calls("wallet").await[0]["status"], 400);
    assert_eq!(outside.get("/_calls").await["calls"].as_array().unwrap().len(), 2);

    answer(outside.request(Method::DELETE, "/_calls")).await;
    assert_eq!(outside.get("/_calls").await["calls"], json!([]));
}

#[tokio::test]
async fn away_for_two_calls_does_nothing_twice_and_then_works() {
    let outside = Outside::start().await;
    outside
        .fault(json!({ "service": "card", "mode": "away", "for_calls": 2 }))
        .await;
    assert_eq!(
        outside.get("/_faults").await["faults"]["card"],
        json!({ "mode": "away", "for_calls": 2 })
    );
    for status in [503, 503, 201] {
        let (answered, _) = outside
            .post("/card/v1/charges", "Idempotency-Key", "k-1", &charge())
            .await;
        assert_eq!(answered, status);
    }
    assert_eq!(charges(&outside).await, 1);
    let calls = outside.calls("card").await;
    assert_eq!(calls.iter().filter(|call| call["fault"] == "away").count(), 2);
    assert_eq!(outside.get("/_faults").await["faults"], json!({}));
}

#[tokio::test]
async fn slow_does_the_work_before_the_caller_gives_up() {
    let outside = Outside::start().await;
    outside
        .fault(json!({ "service": "card", "mode": "slow", "for_calls": 1 }))
        .await;
    let request = outside
        .request(Method::POST, "/card/v1/charges")
        .header("Idempotency-Key", "k-1");
    let given_up = request
        .json(&charge())
        .timeout(Duration::from_millis(200))
        .send()
        .await;
    assert!(given_up.unwrap_err().is_timeout());
    assert_eq!(charges(&outside).await, 1);
    assert_eq!(
        outside
            .post("/card/v1/charges", "Idempotency-Key", "k-1", &charge())
            .await
            .0,
        201
    );
    assert_eq!(charges(&outside).await, 1);
}

#[tokio::test]
async fn whatever_becomes_of_the_answer_the_work_is_done_once() {
    for mode in ["error", "nonsense", "truncated", "wrong", "broken"] {
        let outside = Outside::start().await;
        outside.fault(json!({ "service": "card", "mode": mode })).await;
        let request = outside
            .request(Method::POST, "/card/v1/charges")
            .header("Idempotency-Key", "k-1");
        let answer = match request.json(&charge()).send().await {
            Ok(response) => response.bytes().await.ok(),
            Err(_) => None,
        };
        let answer: Option<Value> = answer.and_then(|body| serde_json::from_slice(&body).ok());
        assert_eq!(answer.and_then(|body| body.get("id").cloned()), None, "{mode}");
        outside.fault(json!({ "service": "card", "mode": "none" })).await;
        assert_eq!(charges(&outside).await, 1, "{mode}");
        let again = outside
            .post("/card/v1/charges", "Idempotency-Key", "k-1", &charge())
            .await;
        assert_eq!(
            (again.0, charges(&outside).await),
            (StatusCode::CREATED, 1),
            "{mode}"
        );
    }
}

#[tokio::test]
async fn silent_does_what_it_received_once_it_is_switched_off_though_the_caller_gave_up() {
    let outside = Outside::start().await;
    outside
        .fault(json!({ "service": "card", "mode": "silent" }))
        .await;
    let request = outside
        .request(Method::POST, "/card/v1/charges")
        .header("Idempotency-Key", "k-1");
    let given_up = request
        .json(&charge())
        .timeout(Duration::from_millis(200))
        .send()
        .await;
    assert!(given_up.unwrap_err().is_timeout());
    outside.fault(json!({ "service": "card", "mode": "none" })).await;
    test_support::eventually(Duration::from_secs(5), async || match charges(&outside).await {
        1 => Ok(()),
        other => Err(format!("{other} charges")),
    })
    .await;
}

#[tokio::test]
async fn a_fault_of_one_leaves_the_others_alone_and_an_unknown_one_is_refused() {
    let outside = Outside::start().await;
    outside
        .fault(json!({ "service": "wallet", "mode": "away" }))
        .await;
    assert_eq!(
        outside
            .post("/card/v1/charges", "Idempotency-Key", "k-1", &charge())
            .await
            .0,
        201
    );
    for wrong in [
        json!({ "service": "moon", "mode": "away" }),
        json!({ "service": "card" }),
    ] {
        assert_eq!(
            answer(outside.request(Method::PUT, "/_faults").json(&wrong))
                .await
                .0,
            400
        );
    }
}

#[tokio::test]
async fn stopping_closes_both_doors() {
    let outside = Outside::start().await;
    let (http, smtp) = (outside.running.http, outside.running.smtp);
    // An idle kept connection would hold the graceful stop up.
    drop(outside.client);
    outside.running.stop().await.unwrap();
    assert!(std::net::TcpStream::connect(http).is_err());
    assert!(std::net::TcpStream::connect(smtp).is_err());
}
