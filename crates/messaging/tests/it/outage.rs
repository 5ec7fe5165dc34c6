//! Database or broker away: nothing is lost, and everything goes on when they are back.

use std::time::Duration;

use messaging::{Kafka, KafkaOptions};
use test_support::{eventually, free_port};
use tokio::net::{TcpListener, TcpStream};

use crate::step::step;
use crate::world::{SOON, World};

/// Lets connections to the port through to the broker.
async fn open(port: u16, broker: String) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let broker = broker.clone();
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(broker).await {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_at_the_start_is_found_when_it_comes() {
    let world = World::new().await;
    let port = free_port();
    let options = KafkaOptions::new(format!("127.0.0.1:{port}"), world.broker.prefix());
    let kafka = Kafka::new(&options);
    assert!(kafka.probe().await.is_err());
    let (relay, consumer) = (world.relay_with(&options), world.consumer_with(&options));
    world.publish(&[step("a", 1, ""), step("a", 2, "")]).await;
    assert!(kafka.probe().await.is_err());
    assert_eq!(world.count("outbox").await, 2);
    let door = tokio::spawn(open(port, world.broker.brokers().to_owned()));
    world.until_steps("a", &[1, 2]).await;
    world.until_count("outbox", 0).await;
    eventually(SOON, async || kafka.probe().await).await;
    relay.stop().await;
    consumer.stop().await;
    door.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_stop_in_time_while_the_broker_is_away() {
    let world = World::new().await;
    let options = KafkaOptions::new(format!("127.0.0.1:{}", free_port()), world.broker.prefix());
    let (relay, consumer) = (world.relay_with(&options), world.consumer_with(&options));
    world.publish(&[step("a", 1, "")]).await;
    let stopping = async {
        relay.stop().await;
        consumer.stop().await;
    };
    tokio::time::timeout(Duration::from_secs(20), stopping)
        .await
        .expect("they stop");
    assert_eq!(world.count("outbox").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_connections_are_cut_again_and_again_loses_nothing() {
    let world = World::new().await;
    let mut options = world.options();
    options.batch = 5;
    options.relay_batch = 5;
    let (relay, consumer) = (world.relay_with(&options), world.consumer_with(&options));
    let steps: Vec<_> = (1..=200)
        .map(|number| step(&format!("key-{}", number % 5), number, ""))
        .collect();
    world.publish(&steps).await;
    for goal in [20, 60, 100, 140] {
        eventually(SOON, async || {
            let done = world.count("effects").await;
            if done >= goal {
                Ok(())
            } else {
                Err(format!("{done} done, goal {goal}"))
            }
        })
        .await;
        world
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            .await;
    }
    for key in 0..5 {
        let expected: Vec<i64> = (1..=200).filter(|number| number % 5 == key).collect();
        world.until_steps(&format!("key-{key}"), &expected).await;
    }
    assert_eq!(world.count("effects").await, 200);
    assert_eq!(world.kept().await, []);
    relay.stop().await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_not_there_yet_are_waited_for() {
    let world = World::new().await;
    world
        .until_count(
            "pg_stat_database WHERE datname = current_database() AND xact_rollback > 0",
            0,
        )
        .await;
    let (relay, consumer) = (world.relay(), world.consumer());
    world.execute("ALTER TABLE inbox RENAME TO inbox_later").await;
    world.publish(&[step("a", 1, "")]).await;
    world.until_count("outbox", 0).await;
    // A transaction of the consumer has failed.
    world
        .until_count(
            "pg_stat_database WHERE datname = current_database() AND xact_rollback > 0",
            1,
        )
        .await;
    world.execute("ALTER TABLE inbox_later RENAME TO inbox").await;
    world.until_steps("a", &[1]).await;
    assert_eq!(world.kept().await, []);
    relay.stop().await;
    consumer.stop().await;
}
