//! What measurements of events stand on: a database, a topic, an event.

use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use conventions::{Event, Topic, Validate};
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use messaging::{Kafka, KafkaOptions};
use prost_protovalidate::ValidationError;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};
use service_host::{Database, DatabaseOptions};
use uuid::Uuid;

/// As many as `migrate --create-topics` makes.
const PARTITIONS: i32 = 6;
/// Aggregates that the events are of.
const KEYS: u64 = 1_000;
const BOUND: Duration = Duration::from_secs(10);

/// An event of about 300 bytes.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Measured {
    #[prost(uint64, tag = "1")]
    pub number: u64,
    #[prost(string, tag = "2")]
    pub key: String,
    #[prost(bytes = "vec", tag = "3")]
    pub filler: Vec<u8>,
}

impl Measured {
    /// The event of this number.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            key: format!("key-{}", number % KEYS),
            filler: vec![b'x'; 284],
        }
    }
}

impl Validate for Measured {
    fn validate(&self) -> Result<(), ValidationError> {
        Ok(())
    }
}

impl Event for Measured {
    const TYPE: &'static str = "artel.bench.v1.Measured";
    const TOPIC: &'static str = "artel.bench.measured.v1";
    const KEY: &'static str = "key";
    fn key(&self) -> &str {
        &self.key
    }
}

#[derive(clap::Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseOptions,
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// A database with the tables of messaging, and an empty topic. Both are thrown away.
pub struct Stage {
    database: test_support::Database,
    broker: test_support::Kafka,
}

impl Stage {
    /// On the PostgreSQL and the Kafka of the tests.
    pub async fn new() -> anyhow::Result<Self> {
        let database =
            test_support::Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS]).await;
        let stage = Self {
            database,
            broker: test_support::Kafka::from_env(),
        };
        let topic = Topic {
            name: Measured::TOPIC,
            compacted: false,
        };
        messaging::topics::ensure(&stage.kafka(), &[topic], PARTITIONS, 1).await?;
        Ok(stage)
    }

    /// A handle with every setting at its default.
    pub fn kafka(&self) -> Kafka {
        Kafka::new(&KafkaOptions::new(self.broker.brokers(), self.broker.prefix()))
    }

    /// A pool of a service's size.
    pub fn db(&self) -> anyhow::Result<Database> {
        let settings = Settings::parse_from(["benches", &format!("--database-url={}", self.url())]);
        Ok(Database::new(&settings.database)?)
    }

    /// The database's URL.
    pub fn url(&self) -> &str {
        self.database.url()
    }

    /// The topic, as the broker knows it.
    pub fn topic(&self) -> String {
        format!("{}{}", self.broker.prefix(), Measured::TOPIC)
    }

    /// Settings of a client that is not messaging's.
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.broker.brokers())
            // As ours.
            .set("socket.nagle.disable", "true");
        config
    }

    /// Runs statements.
    pub async fn execute(&self, sql: &str) -> anyhow::Result<()> {
        Ok(self.database.connection().await.batch_execute(sql).await?)
    }

    /// The one number that a query selects as `number`.
    pub async fn number(&self, sql: &str) -> anyhow::Result<i64> {
        let number: Number = diesel::sql_query(sql)
            .get_result(&mut self.database.connection().await)
            .await?;
        Ok(number.number)
    }

    /// How many records the topic holds.
    pub async fn records(&self) -> anyhow::Result<i64> {
        let (config, topic) = (self.client(), self.topic());
        tokio::task::spawn_blocking(move || {
            let asked: BaseConsumer = config.create()?;
            (0..PARTITIONS).try_fold(0, |records, partition| {
                let (_, end) = asked.fetch_watermarks(&topic, partition, BOUND)?;
                Ok(records + end)
            })
        })
        .await?
    }

    /// A producer of the client library's, with neither outbox nor relay, that lets records gather
    /// for so long.
    pub fn producer(&self, linger: Duration) -> anyhow::Result<BareProducer> {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("linger.ms", linger.as_millis().to_string())
            .set("queue.buffering.max.messages", "100000");
        Ok(BareProducer {
            producer: config.create_with_context(Quiet)?,
            topic: self.topic(),
        })
    }

    /// Writes so many events past outbox and relay; returns how long it took, reports included.
    pub async fn produce(&self, events: u64) -> anyhow::Result<Duration> {
        let bare = self.producer(Duration::from_millis(5))?;
        tokio::task::spawn_blocking(move || {
            let begun = std::time::Instant::now();
            for number in 0..events {
                bare.send(&Measured::new(number))?;
            }
            bare.producer.flush(BOUND * 6)?;
            Ok(begun.elapsed())
        })
        .await?
    }
}

/// Writes records like the relay's.
pub struct BareProducer {
    producer: ThreadedProducer<Quiet>,
    topic: String,
}

impl BareProducer {
    /// Hands one record over, waiting while the producer's queue is full.
    pub fn send(&self, event: &Measured) -> anyhow::Result<()> {
        let payload = prost::Message::encode_to_vec(event);
        let mut record = BaseRecord::to(&self.topic)
            .key(&event.key)
            .payload(&payload)
            .headers(headers(&event.key));
        while let Err((error, back)) = self.producer.send(record) {
            let full = error.rdkafka_error_code() == Some(rdkafka::error::RDKafkaErrorCode::QueueFull);
            full.then_some(()).context(error)?;
            std::thread::sleep(Duration::from_millis(1));
            record = back;
        }
        Ok(())
    }
}

/// What the relay writes.
fn headers(key: &str) -> OwnedHeaders {
    let id = Uuid::now_v7().to_string();
    [
        ("ce_specversion", "1.0"),
        ("ce_id", &id),
        ("ce_type", Measured::TYPE),
        ("ce_source", "/artel/bench"),
        ("ce_time", "2026-11-25T12:00:00.000000Z"),
        ("ce_subject", key),
        ("content-type", "application/protobuf"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
    ]
    .into_iter()
    .fold(OwnedHeaders::new_with_capacity(8), |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: Some(value),
        })
    })
}

/// A producer whose reports nobody reads: `flush` waits for them.
struct Quiet;

impl rdkafka::ClientContext for Quiet {}

impl ProducerContext for Quiet {
    type DeliveryOpaque = ();
    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}
