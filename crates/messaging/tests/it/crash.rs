//! Real processes, really killed.

use std::process::{Child, Command, Stdio};

use clap::Parser;
use messaging::{Consumer, Kafka, KafkaOptions, Relay};
use service_host::{Database, DatabaseOptions};
use test_support::eventually;
use tokio_util::sync::CancellationToken;

use crate::order::{KEYS, STEPS, assert_complete, publish_all};
use crate::step::{OnStep, OnThing, Step, Thing};
use crate::world::{SERVICE, SOON, World};

const DATABASE: &str = "ARTEL_CRASH_DATABASE";
const BROKERS: &str = "ARTEL_CRASH_BROKERS";
const PREFIX: &str = "ARTEL_CRASH_PREFIX";

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseOptions,
}

/// This test program again, as a relay and a consumer in one process. Killed when dropped.
struct Victim(Child);

impl Victim {
    fn start(world: &World) -> Self {
        let child = Command::new(std::env::current_exe().expect("this program is a file"))
            .args(["--exact", "crash::a_process_serves_until_it_is_killed"])
            .env(DATABASE, world.database.url())
            .env(BROKERS, world.broker.brokers())
            .env(PREFIX, world.broker.prefix())
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("a process is started"))
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
    let (Ok(url), Ok(brokers), Ok(prefix)) = (
        std::env::var(DATABASE),
        std::env::var(BROKERS),
        std::env::var(PREFIX),
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
    let kafka = Kafka::new(&options);
    let relay = Relay::new(db.clone(), &kafka, SERVICE);
    let consumer = Consumer::new(db, &kafka, SERVICE)
        .on::<Step, _>(OnStep)
        .on::<Thing, _>(OnThing);
    let never = CancellationToken::new();
    tokio::join!(relay.run(never.clone()), consumer.run(never));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_lose_and_double_nothing() {
    let world = World::new().await;
    publish_all(&world).await;
    let all = KEYS * STEPS;
    for part in 1..=3 {
        let victim = Victim::start(&world);
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
    let survivor = Victim::start(&world);
    world.until_count("effects", all).await;
    assert_complete(&world).await;
    world.until_count("outbox", 0).await;
    assert_eq!(
        world.count(&format!("inbox WHERE consumer = '{SERVICE}'")).await,
        all
    );
    drop(survivor);
}
