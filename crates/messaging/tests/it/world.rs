//! A database and topics of one's own, and processes that are started and stopped.

use std::time::Duration;

use clap::Parser;
use conventions::{Event, Topic};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use messaging::{Consumer, Kafka, KafkaOptions, Relay};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use service_host::{Database, DatabaseOptions};
use test_support::eventually;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::step::{OnStep, OnThing, Step, TABLES, Thing};

/// How long anything in these tests may take. Two cores, shared.
pub const SOON: Duration = Duration::from_mins(1);

pub const SERVICE: &str = "tester";
pub const PARTITIONS: i32 = 4;

pub struct World {
    pub database: test_support::Database,
    pub broker: test_support::Kafka,
}

/// A process: a relay or a consumer with a database pool of its own.
pub struct Process {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Process {
    pub fn start<F: Future<Output = ()> + Send + 'static>(run: impl FnOnce(CancellationToken) -> F) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(stop.clone()));
        Self { stop, task }
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("a process ends without a panic");
    }

    /// As `kill -9`, as far as that is possible within one process: whatever it was doing is
    /// dropped.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// What a listener has written.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Effect {
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    #[diesel(sql_type = SqlUuid)]
    pub event_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub trace: Option<String>,
}

/// A kept event.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Kept {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Text)]
    pub reason: String,
}

impl World {
    pub async fn new() -> Self {
        let database =
            test_support::Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS]).await;
        database
            .connection()
            .await
            .batch_execute(TABLES)
            .await
            .expect("the tests' tables are made");
        let world = Self {
            database,
            broker: test_support::Kafka::from_env(),
        };
        let topics = [Step::TOPIC, Thing::TOPIC].map(|name| Topic {
            name,
            compacted: false,
        });
        messaging::topics::ensure(&world.kafka(), &topics, PARTITIONS, 1)
            .await
            .expect("topics are made");
        world
    }

    pub fn options(&self) -> KafkaOptions {
        KafkaOptions::new(self.broker.brokers(), self.broker.prefix())
    }

    pub fn kafka(&self) -> Kafka {
        Kafka::new(&self.options())
    }

    /// A pool of its own, as another process would have.
    pub fn db(&self) -> Database {
        let url = format!("--database-url={}", self.database.url());
        let settings = Settings::parse_from(["tester", &url, "--database-pool-size=5"]);
        Database::new(&settings.database).expect("the URL is one")
    }

    pub fn consumer_with(&self, options: &KafkaOptions) -> Process {
        let consumer = Consumer::new(self.db(), &Kafka::new(options), SERVICE)
            .on::<Step, _>(OnStep)
            .on::<Thing, _>(OnThing);
        Process::start(|stop| consumer.run(stop))
    }

    pub fn consumer(&self) -> Process {
        self.consumer_with(&self.options())
    }

    pub fn relay_with(&self, options: &KafkaOptions) -> Process {
        let relay = Relay::new(self.db(), &Kafka::new(options), SERVICE);
        Process::start(|stop| relay.run(stop))
    }

    pub fn relay(&self) -> Process {
        self.relay_with(&self.options())
    }

    /// Publishes in one transaction.
    pub async fn publish<E: Event>(&self, events: &[E]) {
        self.db()
            .transaction(async |conn: &mut AsyncPgConnection| test_support::publish_all(conn, events).await)
            .await
            .expect("events are published");
    }

    /// Writes a record past all conventions; returns after it is acknowledged.
    pub async fn produce(&self, key: &str, payload: &[u8], headers: &[(&str, &str)]) {
        let producer: FutureProducer = ClientConfig::new()
            .set("bootstrap.servers", self.broker.brokers())
            .set("partitioner", "murmur2_random")
            .create()
            .expect("a producer is made");
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(*value),
            })
        });
        let topic = format!("{}{}", self.broker.prefix(), Step::TOPIC);
        let record = FutureRecord::to(&topic)
            .key(key)
            .payload(payload)
            .headers(headers);
        producer
            .send(record, SOON)
            .await
            .expect("the record is acknowledged");
    }

    pub async fn effects(&self) -> Vec<Effect> {
        diesel::sql_query("SELECT key, number, event_id, trace FROM effects ORDER BY id")
            .load(&mut self.database.connection().await)
            .await
            .expect("effects are read")
    }

    /// The numbers of one key's steps in the order of their effects.
    pub async fn steps(&self, key: &str) -> Vec<i64> {
        self.effects()
            .await
            .into_iter()
            .filter(|effect| effect.key == key)
            .map(|effect| effect.number)
            .collect()
    }

    pub async fn kept(&self) -> Vec<Kept> {
        diesel::sql_query("SELECT id, key, state, reason FROM parked ORDER BY id")
            .load(&mut self.database.connection().await)
            .await
            .expect("kept events are read")
    }

    /// `key state key state …`, in order.
    pub async fn kept_states(&self) -> String {
        let kept = self.kept().await;
        kept.iter()
            .map(|kept| format!("{} {}", kept.key, kept.state))
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub async fn count(&self, what: &str) -> i64 {
        let number: Number = diesel::sql_query(format!("SELECT count(*) AS number FROM {what}"))
            .get_result(&mut self.database.connection().await)
            .await
            .expect("rows are counted");
        number.number
    }

    pub async fn execute(&self, sql: &str) {
        self.database
            .connection()
            .await
            .batch_execute(sql)
            .await
            .expect("the statement runs");
    }

    /// Waits until these are the key's steps, in this order.
    pub async fn until_steps(&self, key: &str, expected: &[i64]) {
        eventually(SOON, async || {
            let steps = self.steps(key).await;
            if steps == expected {
                Ok(())
            } else {
                Err(format!("{key}: {steps:?}; kept: {}", self.kept_states().await))
            }
        })
        .await;
    }

    /// Waits until this is kept.
    pub async fn until_kept(&self, expected: &str) {
        eventually(SOON, async || {
            let kept = self.kept_states().await;
            if kept == expected {
                Ok(())
            } else {
                Err(format!("{:?}", self.kept().await))
            }
        })
        .await;
    }

    /// Waits until so many rows are there.
    pub async fn until_count(&self, what: &str, expected: i64) {
        eventually(SOON, async || {
            let count = self.count(what).await;
            if count == expected {
                Ok(())
            } else {
                Err(format!("{count} of {what}, not {expected}"))
            }
        })
        .await;
    }
}

/// Headers of an event with this id.
pub fn headers(id: &str) -> Vec<(&str, &str)> {
    vec![
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_type", Step::TYPE),
        ("ce_source", "/artel/elsewhere"),
        ("ce_time", "2026-11-23T02:00:00Z"),
        ("content-type", "application/protobuf"),
    ]
}
