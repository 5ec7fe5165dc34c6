//! What can't be taken in waits or is parked, with later events of its key behind it; everything
//! else goes on.

use std::time::Duration;

use prost::Message as _;
use uuid::Uuid;

use crate::step::{Thing, step};
use crate::world::{World, headers};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_what_is_not_known_yet_and_resumes_in_order() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world
        .publish(&[step("a", 1, "needs:lamp"), step("a", 2, ""), step("b", 1, "")])
        .await;
    world.until_kept("a waiting, a following").await;
    assert_eq!(world.kept().await[0].reason, "thing lamp");
    world.until_steps("b", &[1]).await;
    world.publish(&[step("a", 3, "")]).await;
    world.until_kept("a waiting, a following, a following").await;
    world
        .publish(&[Thing {
            name: "lamp".to_owned(),
        }])
        .await;
    world.until_steps("a", &[1, 2, 3]).await;
    world.until_kept("").await;
    // Nothing of the key is kept any more: it flows directly.
    world.publish(&[step("a", 4, "")]).await;
    world.until_steps("a", &[1, 2, 3, 4]).await;
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_waits_too_long_is_parked() {
    let world = World::new().await;
    let mut options = world.options();
    options.waiting_limit = Duration::from_secs(1);
    let (relay, consumer) = (world.relay(), world.consumer_with(&options));
    world.publish(&[step("a", 1, "needs:lamp")]).await;
    world.until_kept("a parked").await;
    let reason = &world.kept().await[0].reason;
    assert!(
        reason.starts_with("waited for") && reason.ends_with("thing lamp"),
        "{reason}"
    );
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_parks_its_key_and_no_other() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world
        .publish(&[
            step("a", 1, ""),
            step("a", 2, "refused"),
            step("b", 1, ""),
            step("a", 3, ""),
            step("b", 2, ""),
        ])
        .await;
    world.until_kept("a parked, a following").await;
    world.until_steps("b", &[1, 2]).await;
    assert_eq!(world.steps("a").await, [1]);
    assert_eq!(world.kept().await[0].reason, "this step is refused");
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_parked_and_says_why() {
    let world = World::new().await;
    let consumer = world.consumer();
    let id = || Uuid::new_v4().to_string();
    let good = step("x", 1, "").encode_to_vec();
    let (first, second, third) = (id(), id(), id());
    let long_note = step("x", 1, &"x".repeat(101)).encode_to_vec();
    world
        .produce("undecodable", b"\xff\xff\xff", &headers(&first))
        .await;
    world.produce("unruly", &long_note, &headers(&second)).await;
    world.produce("bare", &good, &[]).await;
    world.produce("no\0id", &good, &headers("seventeen")).await;
    world.produce(&"long".repeat(10_000), &good, &headers("\0")).await;
    world.until_count("parked WHERE state = 'parked'", 5).await;
    let reason = |key: &str, kept: &[crate::world::Kept]| {
        kept.iter()
            .find(|kept| kept.key.starts_with(key))
            .map(|kept| kept.reason.clone())
            .unwrap()
    };
    let kept = world.kept().await;
    assert!(
        reason("undecodable", &kept).starts_with("the payload is not a artel.test.v1.Step"),
        "{kept:?}"
    );
    assert!(reason("unruly", &kept).contains("at most 100 bytes"), "{kept:?}");
    assert_eq!(reason("bare", &kept), "header ce_specversion is missing");
    assert_eq!(reason("no", &kept), "header ce_id is \"seventeen\", not a UUID");
    // All the others go on.
    world
        .produce("fine", &step("fine", 1, "").encode_to_vec(), &headers(&third))
        .await;
    world.until_steps("fine", &[1]).await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panicking_listener_parks_its_event() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world
        .publish(&[step("a", 1, "panics"), step("b", 1, ""), step("a", 2, "")])
        .await;
    world.until_kept("a parked, a following").await;
    assert!(world.kept().await[0].reason.contains("a listener's bug"));
    world.until_steps("b", &[1]).await;
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_violated_constraint_parks_after_some_tries() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world.publish(&[step("a", 1, "violates"), step("b", 1, "")]).await;
    world.until_kept("a parked").await;
    let reason = &world.kept().await[0].reason;
    assert!(reason.starts_with("still failing after 5 tries"), "{reason}");
    world.until_steps("b", &[1]).await;
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_parks_nothing_in_whatever_language_the_server_says_so() {
    let world = World::new().await;
    world.database.answer_in_russian().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world
        .publish(&[step("a", 1, "loses connection"), step("a", 2, "")])
        .await;
    world.until_steps("a", &[1, 2]).await;
    assert_eq!(world.count("losses WHERE last_value = 7").await, 1);
    assert_eq!(world.kept().await, []);
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_wait_and_go_on_while_both_sides_are_busy() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    // Every key's first step waits while its later ones keep coming, and is let go in the middle of
    // it.
    let keys: Vec<String> = (0..8).map(|key| format!("key-{key}")).collect();
    let first: Vec<_> = keys.iter().map(|key| step(key, 1, "needs:lamp")).collect();
    world.publish(&first).await;
    world.until_count("parked WHERE state = 'waiting'", 8).await;
    for number in 2..=30 {
        let steps: Vec<_> = keys.iter().map(|key| step(key, number, "")).collect();
        world.publish(&steps).await;
        if number == 10 {
            world
                .publish(&[Thing {
                    name: "lamp".to_owned(),
                }])
                .await;
        }
    }
    for key in &keys {
        world.until_steps(key, &(1..=30).collect::<Vec<_>>()).await;
    }
    world.until_kept("").await;
    relay.stop().await;
    consumer.stop().await;
}
