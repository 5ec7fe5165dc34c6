use std::time::Duration;

use outside_world::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Outside, answer};

fn cookie_for(name: &str) -> Value {
    json!({ "order_reference": "order-1", "for": { "name": name }, "deliver_by": "2026-11-23T10:00:00Z" })
}

async fn bake(outside: &Outside, key: &str, body: &Value) -> (StatusCode, Value) {
    outside
        .post("/bakery/v1/cookies", "Idempotency-Key", key, body)
        .await
}

async fn status_of(outside: &Outside, cookie: &Value) -> Value {
    let id = cookie["cookie_id"].as_str().unwrap();
    outside.get(&format!("/bakery/v1/cookies/{id}")).await["status"].clone()
}

#[tokio::test]
async fn a_cookie_is_baked_and_delivered_after_its_time() {
    let outside = Outside::start().await;
    let (status, cookie) = bake(&outside, "k-1", &cookie_for("Анна")).await;
    assert_eq!((status, &cookie["eta_seconds"]), (StatusCode::CREATED, &json!(0)));
    assert_eq!(status_of(&outside, &cookie).await, "delivered");

    let outside = Outside::with(Options {
        cookie: Duration::from_mins(10),
        ..Options::for_tests()
    })
    .await;
    let (_, cookie) = bake(&outside, "k-1", &cookie_for("Анна")).await;
    assert_eq!(cookie["eta_seconds"], 600);
    assert_eq!(status_of(&outside, &cookie).await, "baking");
}

#[tokio::test]
async fn the_same_key_bakes_one_cookie() {
    let outside = Outside::start().await;
    let first = bake(&outside, "k-1", &cookie_for("Anna")).await;
    assert_eq!(bake(&outside, "k-1", &cookie_for("Anna")).await, first);
    assert_eq!(
        bake(&outside, "k-1", &cookie_for("Boris")).await.0,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn late_cookies_stay_in_the_oven_and_burnt_ones_fail() {
    let outside = Outside::start().await;
    let (_, late) = bake(&outside, "k-1", &cookie_for("Anna Late")).await;
    assert_eq!(late["eta_seconds"], 0, "lateness is not announced");
    assert_eq!(status_of(&outside, &late).await, "baking");
    let (_, burnt) = bake(&outside, "k-2", &cookie_for("Anna Burnt")).await;
    assert_eq!(status_of(&outside, &burnt).await, "failed");
}

#[tokio::test]
async fn unknown_cookies_and_times_that_are_none_are_refused() {
    let outside = Outside::start().await;
    let unknown = outside.request(Method::GET, "/bakery/v1/cookies/none");
    assert_eq!(answer(unknown).await.0, StatusCode::NOT_FOUND);
    let mut body = cookie_for("Anna");
    body["deliver_by"] = json!("soon");
    assert_eq!(bake(&outside, "k-1", &body).await.0, StatusCode::BAD_REQUEST);
}
