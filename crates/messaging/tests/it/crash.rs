//! Real processes, really killed: at any moment, and at each named step of an event's way
//! (`docs/fail-points.md`).

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use clap::Parser;
use messaging::{Consumer, Kafka, KafkaOptions, Relay};
use service_host::{Database, DatabaseOptions};
use test_support::eventually;
use tokio_util::sync::CancellationToken;

use crate::order::{KEYS, STEPS, assert_complete, publish_all};
use crate::step::{OnStep, OnThing, Step, Thing, step};
use crate::world::{SERVICE, SOON, World};

const DATABASE: &str = "ARTEL_CRASH_DATABASE";
const BROKERS: &str = "ARTEL_CRASH_BROKERS";
const PREFIX: &str = "ARTEL_CRASH_PREFIX";
const ROLES: &str = "ARTEL_CRASH_ROLES";

const RELAY: &str = "relay";
const CONSUMER: &str = "consumer";
const BOTH: &str = "both";

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseOptions,
}

/// This test program again, as a relay, a consumer or both in one process. Killed when dropped.
struct Victim(Child);

impl Victim {
    /// In these roles, killed by itself where `FAILPOINTS` says so.
    fn start(world: &World, roles: &str, points: &str) -> Self {
        let child = Command::new(std::env::current_exe().expect("this program is a file"))
            .args(["--exact", "crash::a_process_serves_until_it_is_killed"])
            .env(DATABASE, world.database.url())
            .env(BROKERS, world.broker.brokers())
            .env(PREFIX, world.broker.prefix())
            .env(ROLES, roles)
            .env("FAILPOINTS", points)
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("a process is started"))
    }

    /// Waits until it has died by SIGKILL.
    async fn until_killed(mut self) {
        let child = Mutex::new(&mut self.0);
        let status = eventually(SOON, async || match child.lock().unwrap().try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("it lives".to_owned()),
            Err(error) => Err(error.to_string()),
        })
        .await;
        assert_eq!(status.signal(), Some(9), "{status}");
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // SIGKILL: nothing of it runs any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The killed one's side; nothing where it isn't asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_serves_until_it_is_killed() {
    let (Ok(url), Ok(brokers), Ok(prefix), Ok(roles)) = (
        std::env::var(DATABASE),
        std::env::var(BROKERS),
        std::env::var(PREFIX),
        std::env::var(ROLES),
    ) else {
        return;
    };
    let settings = Settings::parse_from([
        "victim",
        &format!("--database-url={url}"),
        "--database-pool-size=5",
    ]);
    let db = Database::new(&settings.database).unwrap();
    let mut options = KafkaOptions::new(brokers, prefix);
    options.batch = 11;
    options.relay_batch = 11;
    let kafka = Kafka::new(&options);
    let relay = Relay::new(db.clone(), &kafka, SERVICE);
    let consumer = Consumer::new(db, &kafka, SERVICE)
        .on::<Step, _>(OnStep)
        .on::<Thing, _>(OnThing);
    let never = CancellationToken::new();
    match roles.as_str() {
        RELAY => relay.run(never).await,
        CONSUMER => consumer.run(never).await,
        _ => drop(tokio::join!(relay.run(never.clone()), consumer.run(never))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_lose_and_double_nothing() {
    let world = World::new().await;
    publish_all(&world).await;
    let all = KEYS * STEPS;
    for part in 1..=3 {
        let victim = Victim::start(&world, BOTH, "");
        let goal = all * part / 5;
        eventually(SOON, async || {
            let done = world.count("effects").await;
            if done >= goal {
                Ok(())
            } else {
                Err(format!("{done} done, goal {goal}"))
            }
        })
        .await;
        drop(victim);
    }
    let survivor = Victim::start(&world, BOTH, "");
    world.until_count("effects", all).await;
    assert_complete(&world).await;
    world.until_count("outbox", 0).await;
    assert_eq!(
        world.count(&format!("inbox WHERE consumer = '{SERVICE}'")).await,
        all
    );
    drop(survivor);
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Publishes steps `from..=to` of every key, interleaved.
async fn publish(world: &World, from: i64, to: i64) {
    for number in from..=to {
        world.publish(&NAMES.map(|key| step(key, number, ""))).await;
    }
}

/// Every event up to step `last` has one effect, each key's in order, and nothing is left behind.
async fn assert_nothing_lost_or_doubled(world: &World, last: i64) {
    let expected: Vec<i64> = (1..=last).collect();
    for key in NAMES {
        world.until_steps(key, &expected).await;
    }
    world.until_count("outbox", 0).await;
    // What was published twice lies before this in its partition: once this has its effect, those
    // were looked at.
    let last = last + 1;
    publish(world, last, last).await;
    let expected: Vec<i64> = (1..=last).collect();
    for key in NAMES {
        world.until_steps(key, &expected).await;
    }
    let all = last * i64::try_from(NAMES.len()).unwrap();
    assert_eq!(world.count("effects").await, all);
    assert_eq!(world.count("inbox").await, all);
    assert_eq!(world.kept().await, []);
}

/// A relay dies there at its first pass, another one at its third; a third one makes all good.
async fn relays_die_at(point: &str) {
    let world = World::new().await;
    let consumer = world.consumer();
    publish(&world, 1, 10).await;
    let first = Victim::start(&world, RELAY, &format!("{point}=return"));
    first.until_killed().await;
    publish(&world, 11, 20).await;
    let second = Victim::start(&world, RELAY, &format!("{point}=2*off->return"));
    second.until_killed().await;
    let survivor = Victim::start(&world, RELAY, "");
    assert_nothing_lost_or_doubled(&world, 20).await;
    drop(survivor);
    consumer.stop().await;
}

/// A consumer dies there at its third pass; another one makes all good, once the broker has given
/// the first one up.
async fn a_consumer_dies_at(point: &str) {
    let world = World::new().await;
    let relay = world.relay();
    publish(&world, 1, 20).await;
    let first = Victim::start(&world, CONSUMER, &format!("{point}=2*off->return"));
    first.until_killed().await;
    let survivor = Victim::start(&world, CONSUMER, "");
    assert_nothing_lost_or_doubled(&world, 20).await;
    drop(survivor);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_between_reading_a_committed_event_and_sending_it_loses_nothing() {
    relays_die_at("relay::read").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_between_sending_events_and_their_reports_loses_and_doubles_nothing() {
    relays_die_at("relay::sent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_while_a_batch_is_being_reported_loses_and_doubles_nothing() {
    relays_die_at("relay::reported").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_between_the_reports_and_the_removal_doubles_nothing() {
    relays_die_at("relay::acknowledged").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_dies_after_a_removal_loses_nothing() {
    relays_die_at("relay::removed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_dies_between_an_effect_and_its_commit_loses_nothing() {
    a_consumer_dies_at("consumer::effected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_dies_between_the_commit_and_the_offset_doubles_nothing() {
    a_consumer_dies_at("consumer::committed").await;
}
