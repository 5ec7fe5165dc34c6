//! Several replicas of one service share the work; one that goes takes nothing with it.

use std::collections::HashMap;

use diesel_async::AsyncPgConnection;
use test_support::eventually;

use crate::step::{Thing, step};
use crate::world::{SOON, World};

async fn until_effects(world: &World, goal: i64) {
    eventually(SOON, async || {
        let done = world.count("effects").await;
        if done >= goal {
            Ok(())
        } else {
            Err(format!(
                "{done} done, goal {goal}; kept {}",
                world.kept_states().await
            ))
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_partitions_and_lose_nothing_when_one_goes() {
    let world = World::new().await;
    let mut options = world.options();
    options.batch = 5;
    options.relay_batch = 5;
    let relays = [world.relay(), world.relay()];
    let (first, second) = (world.consumer_with(&options), world.consumer_with(&options));
    let (keys, steps) = (16_i64, 50_i64);
    let db = world.db();
    let publishing = async {
        for number in 1..=steps {
            let batch: Vec<_> = (0..keys)
                .map(|key| step(&format!("key-{key}"), number, ""))
                .collect();
            db.transaction(async |conn: &mut AsyncPgConnection| {
                test_support::publish_all(conn, &batch).await
            })
            .await
            .unwrap();
        }
    };
    let changing = async {
        until_effects(&world, 100).await;
        first.stop().await;
        until_effects(&world, 200).await;
        let third = world.consumer_with(&options);
        until_effects(&world, 400).await;
        second.kill().await;
        third
    };
    let ((), third) = tokio::join!(publishing, changing);
    until_effects(&world, keys * steps).await;
    let mut seen: HashMap<String, Vec<i64>> = HashMap::new();
    for effect in world.effects().await {
        seen.entry(effect.key).or_default().push(effect.number);
    }
    for (key, numbers) in seen {
        assert_eq!(numbers, (1..=steps).collect::<Vec<_>>(), "{key}");
    }
    assert_eq!(world.kept().await, []);
    for process in relays.into_iter().chain([third]) {
        process.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_waiting_keys_and_take_each_in_once() {
    let world = World::new().await;
    let relay = world.relay();
    let consumers = [world.consumer(), world.consumer(), world.consumer()];
    let keys: Vec<String> = (0..30).map(|key| format!("key-{key}")).collect();
    for number in 1..=3 {
        let steps: Vec<_> = keys.iter().map(|key| step(key, number, "needs:lamp")).collect();
        world.publish(&steps).await;
    }
    world.until_count("parked", 90).await;
    world
        .publish(&[Thing {
            name: "lamp".to_owned(),
        }])
        .await;
    world.until_count("effects", 90).await;
    for key in &keys {
        assert_eq!(world.steps(key).await, [1, 2, 3], "{key}");
    }
    world.until_kept("").await;
    relay.stop().await;
    for consumer in consumers {
        consumer.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_relay_takes_over_when_the_first_goes() {
    let world = World::new().await;
    let consumer = world.consumer();
    let first = world.relay();
    world.publish(&[step("a", 1, "")]).await;
    world.until_steps("a", &[1]).await;
    let second = world.relay();
    first.kill().await;
    world.publish(&[step("a", 2, "")]).await;
    world.until_steps("a", &[1, 2]).await;
    second.stop().await;
    consumer.stop().await;
}
