//! Events of one key keep their order, whatever is stopped, killed or late.

use std::collections::HashMap;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use test_support::eventually;

use crate::step::step;
use crate::world::{SOON, World};

pub const KEYS: i64 = 20;
pub const STEPS: i64 = 40;

/// Publishes `STEPS` steps of each of `KEYS` keys, interleaved, in many transactions.
pub async fn publish_all(world: &World) {
    let db = world.db();
    for number in 1..=STEPS {
        let steps: Vec<_> = (0..KEYS)
            .map(|key| step(&format!("key-{key}"), number, ""))
            .collect();
        db.transaction(async |conn: &mut AsyncPgConnection| test_support::publish_all(conn, &steps).await)
            .await
            .unwrap();
    }
}

/// Every step's effect is there once, each key's in order.
pub async fn assert_complete(world: &World) {
    let mut keys: HashMap<String, Vec<i64>> = HashMap::new();
    for effect in world.effects().await {
        keys.entry(effect.key).or_default().push(effect.number);
    }
    assert_eq!(keys.len(), usize::try_from(KEYS).unwrap());
    for (key, steps) in keys {
        assert_eq!(steps, (1..=STEPS).collect::<Vec<_>>(), "{key}");
    }
    assert_eq!(world.kept().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_keep_their_order_though_relays_are_killed_midway() {
    let world = World::new().await;
    let mut options = world.options();
    // Small batches: many chances to die between sending and removing.
    options.relay_batch = 7;
    let consumer = world.consumer();
    publish_all(&world).await;
    let all = KEYS * STEPS;
    for part in 1..=8 {
        let relay = world.relay_with(&options);
        let goal = all - all * part / 10;
        eventually(SOON, async || {
            let left = world.count("outbox").await;
            if left <= goal {
                Ok(())
            } else {
                Err(format!("{left} left, goal {goal}"))
            }
        })
        .await;
        relay.kill().await;
    }
    let relay = world.relay();
    world.until_count("effects", all).await;
    assert_complete(&world).await;
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_keep_their_order_though_consumers_are_killed_midway() {
    let world = World::new().await;
    let mut options = world.options();
    options.batch = 7;
    let relay = world.relay();
    publish_all(&world).await;
    let all = KEYS * STEPS;
    for part in 1..=4 {
        let consumer = world.consumer_with(&options);
        let goal = all * part / 6;
        eventually(SOON, async || {
            let done = world.count("effects").await;
            if done >= goal {
                Ok(())
            } else {
                Err(format!("{done} done, goal {goal}"))
            }
        })
        .await;
        consumer.kill().await;
    }
    let consumer = world.consumer();
    world.until_count("effects", all).await;
    assert_complete(&world).await;
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_commits_late_is_not_lost() {
    let world = World::new().await;
    let (relay, consumer) = (world.relay(), world.consumer());
    let mut late = world.database.connection().await;
    late.batch_execute("BEGIN").await.unwrap();
    test_support::publish(&mut late, &step("late", 1, ""))
        .await
        .unwrap();
    for number in 1..=3 {
        world.publish(&[step("early", number, "")]).await;
    }
    world.until_steps("early", &[1, 2, 3]).await;
    world.until_count("outbox", 0).await;
    late.batch_execute("COMMIT").await.unwrap();
    world.until_steps("late", &[1]).await;
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_stops_in_the_middle_of_a_batch_disturbs_nobody_else_in_it() {
    let world = World::new().await;
    let relay = world.relay();
    let mut steps = Vec::new();
    for number in 1..=20 {
        steps.push(step("good", number, ""));
        steps.push(step(&format!("bad-{number}"), number, "refused"));
    }
    world.publish(&steps).await;
    world.until_count("outbox", 0).await;
    let consumer = world.consumer();
    world.until_count("parked WHERE state = 'parked'", 20).await;
    world.until_steps("good", &(1..=20).collect::<Vec<_>>()).await;
    relay.stop().await;
    consumer.stop().await;
}
