//! Events of orders in, cases and states out, on a real broker.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use admin_contract::v1 as pb;
use chrono::Utc;
use conventions::Event;
use diesel_async::AsyncPgConnection;
use messaging::{Consumer, Kafka, KafkaOptions, On, Received, Stop, topics};
use orders_contract::v1::FailureKind;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use service_host::Database;
use test_support::eventually;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::samples::{self, Order};
use crate::support::{BOUND, World, database_options};

/// Everybody else on the broker: writes events with ids of the test's own choosing, and hears what admin says.
struct Others {
    producer: FutureProducer,
    prefix: String,
    heard: Heard,
    _database: test_support::Database,
    _listening: DropGuard,
}

/// Kinds and contents, in order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Told>>>);

type Told = (&'static str, Vec<u8>);

impl<M: Event> On<M> for Heard {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        let mut heard = self.0.lock().unwrap();
        heard.push((M::TYPE, event.message.encode_to_vec()));
        Ok(())
    }
}

impl Others {
    async fn on(broker: &test_support::Kafka) -> Self {
        let kafka = Kafka::new(&KafkaOptions::new(broker.brokers(), broker.prefix()));
        for topics in [
            admin_contract::TOPICS,
            orders_contract::TOPICS,
            consumables_contract::TOPICS,
        ] {
            topics::ensure(&kafka, topics, 2, 1).await.unwrap();
        }
        let database =
            test_support::Database::fresh(&[service_host::MIGRATIONS, messaging::MIGRATIONS]).await;
        let db = Database::new(&database_options(&database)).unwrap();
        let heard = Heard::default();
        let shutdown = CancellationToken::new();
        let consumer = Consumer::new(db, &kafka, "others")
            .on::<pb::ServiceTypeState, _>(heard.clone())
            .on::<pb::QualityCaseOpened, _>(heard.clone())
            .on::<pb::QualityCaseClosed, _>(heard.clone());
        tokio::spawn(consumer.run(shutdown.clone()));
        let producer = ClientConfig::new()
            .set("bootstrap.servers", broker.brokers())
            .create()
            .unwrap();
        Self {
            producer,
            prefix: broker.prefix().to_owned(),
            heard,
            _database: database,
            _listening: shutdown.drop_guard(),
        }
    }

    async fn write<M: Event>(&self, id: Uuid, event: &M) {
        let (id, time) = (id.to_string(), Utc::now().to_rfc3339());
        let headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", &id),
            ("ce_type", M::TYPE),
            ("ce_source", "/artel/test"),
            ("ce_time", &time),
            ("content-type", "application/protobuf"),
        ];
        let headers = headers
            .into_iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| {
                headers.insert(Header {
                    key,
                    value: Some(value),
                })
            });
        let topic = format!("{}{}", self.prefix, M::TOPIC);
        let payload = event.encode_to_vec();
        let record = FutureRecord::to(&topic)
            .key(event.key())
            .payload(&payload)
            .headers(headers);
        self.producer.send(record, Duration::from_secs(10)).await.unwrap();
    }

    fn heard<M: Event>(&self) -> Vec<M> {
        let heard = self.heard.0.lock().unwrap();
        heard
            .iter()
            .filter(|(kind, _)| *kind == M::TYPE)
            .map(|(_, bytes)| M::decode(bytes.as_slice()).unwrap())
            .collect()
    }

    /// Waits until so many events of this kind have been heard.
    async fn hear<M: Event>(&self, count: usize) -> Vec<M> {
        eventually(BOUND, async || {
            let heard = self.heard::<M>();
            if heard.len() < count {
                Err(format!("{} of {count} heard", heard.len()))
            } else {
                Ok(heard)
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_a3_a_failed_order_told_thrice_is_one_case_and_its_closing_is_told_to_the_others() {
    let broker = test_support::Kafka::from_env();
    let others = Others::on(&broker).await;
    let world = World::start_with_kafka(&broker).await;
    let order = Order::new();
    let failed = Uuid::now_v7();
    others.write(Uuid::now_v7(), &order.placed()).await;
    others.write(Uuid::now_v7(), &order.assigned()).await;
    others.write(Uuid::now_v7(), &order.kit_ready(22)).await;
    for _ in 0..2 {
        others.write(failed, &order.failed(FailureKind::NoShow)).await;
    }
    let opened = others.hear::<pb::QualityCaseOpened>(1).await.remove(0);
    assert_eq!(opened.order_id, order.id.to_string());
    // Once more, and then something new about the same order: when that has come, the repetition was there before.
    others.write(failed, &order.failed(FailureKind::NoShow)).await;
    others.write(Uuid::now_v7(), &order.started()).await;

    let case = eventually(BOUND, async || {
        let case = world.get_case(&opened.case_id).await.unwrap();
        // The kit's topic has its own pace.
        if case.story.len() == 5 {
            Ok(case)
        } else {
            Err(format!("{:?}", case.story))
        }
    })
    .await;
    assert_eq!(case.cause(), pb::CaseCause::Failed);
    world.rate(&case.case_id, 1).await.unwrap();
    let closed = others.hear::<pb::QualityCaseClosed>(1).await;
    assert_eq!(closed[0].case_id, case.case_id);
    assert_eq!(
        (closed[0].rating, closed[0].worker_id.clone()),
        (1, order.worker.to_string())
    );
    // One key, so in order: a second case would have been heard of before.
    assert_eq!(others.heard::<pb::QualityCaseOpened>(), [opened]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_the_others_hear_every_version_of_a_service_type_in_order() {
    let broker = test_support::Kafka::from_env();
    let others = Others::on(&broker).await;
    let world = World::start_with_kafka(&broker).await;
    let entry = world
        .create_service_type(samples::service_type("Windows"))
        .await
        .unwrap();
    for version in 1..5 {
        let body = samples::service_type(&format!("Windows {version}"));
        world
            .update_service_type(&entry.service_type_id, version, body)
            .await
            .unwrap();
    }
    let heard = others.hear::<pb::ServiceTypeState>(5).await;
    let versions: Vec<_> = heard.iter().map(|state| state.version).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let now = world.get_service_type(&entry.service_type_id, 0).await.unwrap();
    assert_eq!(heard[4], now);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_event_is_parked_and_other_orders_go_on() {
    let broker = test_support::Kafka::from_env();
    let others = Others::on(&broker).await;
    let world = World::start_with_kafka(&broker).await;
    let (broken, sound) = (Order::new(), Order::new());
    let mut nonsense = broken.failed(FailureKind::Reported);
    nonsense.order = None;
    others.write(Uuid::now_v7(), &nonsense).await;
    others.write(Uuid::now_v7(), &broken.cancelled()).await;
    others.write(Uuid::now_v7(), &sound.cancelled()).await;
    let opened = others.hear::<pb::QualityCaseOpened>(1).await;
    assert_eq!(opened[0].order_id, sound.id.to_string());
    assert_eq!(
        world.case_of(&broken).await,
        None,
        "its key waits for an operator"
    );
}
