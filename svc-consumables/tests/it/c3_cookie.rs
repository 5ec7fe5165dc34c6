//! C3: one cookie per order, which never blocks it.

use consumables_contract::v1 as pb;
use diesel_async::SimpleAsyncConnection as _;
use serde_json::{Value, json};
use test_support::{eventually, reason_of};

use crate::support::{BOUND, House};

/// A client of the outside world's own levers.
fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// How many cookies the bakery has in its books, whatever it answered.
pub async fn cookies_ordered(house: &House) -> usize {
    let answer = http()
        .get(format!("{}/_calls", house.world.http_url()))
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let calls = answer["calls"].as_array().unwrap();
    calls
        .iter()
        .filter(|call| call["method"] == "POST" && call["path"] == "/bakery/v1/cookies")
        .filter(|call| call["status"] == 201 && call["replayed"] == false)
        .count()
}

async fn fault(house: &House, mode: &str, for_calls: Option<u32>) {
    let mut body = json!({ "service": "bakery", "mode": mode });
    if let Some(for_calls) = for_calls {
        body["for_calls"] = for_calls.into();
    }
    let answer = http()
        .put(format!("{}/_faults", house.world.http_url()))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_the_cookie_is_ordered_delivered_and_marked_in_the_kit() {
    let house = House::open().await;
    let order = house.order("Анна");
    house.assigned(&order).await;
    house.hears::<pb::CookieOrdered>(1).await;
    house.hears::<pb::CookieDelivered>(1).await;
    let kit = house
        .kit(&order, |kit| {
            kit.cookie.as_ref().unwrap().state() == pb::CookieState::Delivered
        })
        .await;
    assert!(!kit.cookie.as_ref().unwrap().in_kit);
    let marked = house.mark_cookie(&kit).await.unwrap();
    assert!(marked.cookie.unwrap().in_kit);
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_never_two_cookies_however_often_the_bakery_fails_to_answer() {
    let house = House::open().await;
    // Work is done but the answer is garbage, then it is away altogether, then garbage again.
    fault(&house, "nonsense", Some(3)).await;
    let order = house.order("Анна");
    house.assigned(&order).await;
    house
        .kit(&order, |kit| !kit.cookie.as_ref().unwrap().problem.is_empty())
        .await;
    fault(&house, "away", Some(2)).await;
    house
        .kit(&order, |kit| {
            kit.cookie.as_ref().unwrap().state() == pb::CookieState::Delivered
        })
        .await;
    assert_eq!(cookies_ordered(&house).await, 1);
    assert_eq!(house.hears::<pb::CookieDelivered>(1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_late_cookie_is_said_once_and_the_kit_goes_without_it_only_with_a_reason() {
    let house = House::open_with(&["--cookie-expected=300ms"]).await;
    for code in ["cloth", "soap"] {
        house.create(code, 0).await;
        house.receive(code, 10).await;
    }
    let order = house.order("Late Larissa");
    let kit = house.assigned(&order).await;
    house.hears::<pb::CookieLate>(1).await;
    house.take(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    let refused = house.issue(&kit, order.worker, "").await.unwrap_err();
    assert_eq!(reason_of(&refused), "COOKIE_MISSING");
    let issued = house
        .issue(&kit, order.worker, "the bakery is late")
        .await
        .unwrap();
    assert_eq!(issued.without_cookie_reason, "the bakery is late");
    assert!(issued.cookie.unwrap().late);
    let told = house.hears::<pb::KitIssued>(1).await;
    assert!(!told[0].with_cookie);
    assert_eq!(told[0].reason_without_cookie, "the bakery is late");
    assert_eq!(house.heard.all::<pb::CookieLate>().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_burnt_cookie_is_shown_and_announced() {
    let house = House::open().await;
    let order = house.order("Burnt Boris");
    house.assigned(&order).await;
    let kit = house
        .kit(&order, |kit| {
            kit.cookie.as_ref().unwrap().state() == pb::CookieState::Failed
        })
        .await;
    assert!(!kit.cookie.unwrap().problem.is_empty());
    assert_eq!(house.hears::<pb::CookieFailed>(1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_bakery_that_is_away_does_not_keep_the_kit_from_its_worker() {
    let house = House::open().await;
    fault(&house, "away", None).await;
    for code in ["cloth", "soap"] {
        house.create(code, 0).await;
        house.receive(code, 10).await;
    }
    let order = house.order("Анна");
    let kit = house.assigned(&order).await;
    house.take(&kit).await.unwrap();
    house.ready(&kit).await.unwrap();
    house
        .issue(&kit, order.worker, "the bakery is away")
        .await
        .unwrap();
    fault(&house, "none", None).await;
    eventually(BOUND, async || match cookies_ordered(&house).await {
        1 => Ok(()),
        count => Err(format!("{count} cookies")),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_cookies_whose_answers_cannot_be_kept_keep_no_other_cookie_waiting() {
    let house = House::open().await;
    house
        .database
        .connection()
        .await
        .batch_execute(
            "CREATE FUNCTION curse() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'a cursed cookie'; END $$;
             CREATE TRIGGER curse BEFORE UPDATE ON cookies FOR EACH ROW
                 WHEN (OLD.client_name = 'Cursed Carl') EXECUTE FUNCTION curse();",
        )
        .await
        .unwrap();
    for _ in 0..3 {
        house.assigned(&house.order("Cursed Carl")).await;
    }
    for _ in 0..3 {
        let order = house.order("Анна");
        house.assigned(&order).await;
        house
            .kit(&order, |kit| {
                kit.cookie.as_ref().unwrap().state() == pb::CookieState::Delivered
            })
            .await;
    }
}
