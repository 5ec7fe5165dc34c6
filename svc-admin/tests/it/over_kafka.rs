//! Over Kafka: events of orders come in, cases and states go out.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use admin_contract::v1 as pb;
use conventions::Event;
use diesel_async::AsyncPgConnection;
use messaging::{Consumer, Kafka, KafkaOptions, On, Received, Stop, topics};
use orders_contract::v1::FailureKind;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use service_host::{Clock, Database};
use test_support::eventually;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::samples::{self, Order};
use crate::support::{BOUND, World, database_options};

/// The other services: publishes events with ids that the test chooses, and records what admin
/// publishes.
struct OtherServices {
    producer: FutureProducer,
    prefix: String,
    recorded: Recorded,
    _database: test_support::Database,
    _listening: DropGuard,
}

/// Types and payloads, in order.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<TypeAndPayload>>>);

type TypeAndPayload = (&'static str, Vec<u8>);

impl<M: Event> On<M> for Recorded {
    async fn on(&self, _: &mut AsyncPgConnection, event: &Received<M>) -> Result<(), Stop> {
        let mut recorded = self.0.lock().unwrap();
        recorded.push((M::TYPE, event.message.encode_to_vec()));
        Ok(())
    }
}

impl OtherServices {
    async fn start(broker: &test_support::Kafka) -> Self {
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
        let recorded = Recorded::default();
        let shutdown = CancellationToken::new();
        let consumer = Consumer::new(db, &kafka, "others")
            .on::<pb::ServiceTypeState, _>(recorded.clone())
            .on::<pb::QualityCaseOpened, _>(recorded.clone())
            .on::<pb::QualityCaseClosed, _>(recorded.clone());
        tokio::spawn(consumer.run(shutdown.clone()));
        let producer = ClientConfig::new()
            .set("bootstrap.servers", broker.brokers())
            .create()
            .unwrap();
        Self {
            producer,
            prefix: broker.prefix().to_owned(),
            recorded,
            _database: database,
            _listening: shutdown.drop_guard(),
        }
    }

    async fn publish<M: Event>(&self, id: Uuid, event: &M) {
        let (id, time) = (id.to_string(), Clock::system().now().to_rfc3339());
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

    fn recorded<M: Event>(&self) -> Vec<M> {
        let recorded = self.recorded.0.lock().unwrap();
        recorded
            .iter()
            .filter(|(kind, _)| *kind == M::TYPE)
            .map(|(_, bytes)| M::decode(bytes.as_slice()).unwrap())
            .collect()
    }

    /// Waits until `count` events of this type were recorded.
    async fn wait_for<M: Event>(&self, count: usize) -> Vec<M> {
        eventually(BOUND, async || {
            let recorded = self.recorded::<M>();
            if recorded.len() < count {
                Err(format!("{} of {count} recorded", recorded.len()))
            } else {
                Ok(recorded)
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_a3_a_failed_order_published_three_times_gets_one_case_and_its_closing_is_published() {
    let broker = test_support::Kafka::from_env();
    let others = OtherServices::start(&broker).await;
    let world = World::start_with_kafka(&broker).await;
    let order = Order::new();
    let failed = Uuid::now_v7();
    others.publish(Uuid::now_v7(), &order.placed()).await;
    others.publish(Uuid::now_v7(), &order.assigned()).await;
    others.publish(Uuid::now_v7(), &order.kit_ready(22)).await;
    for _ in 0..2 {
        others.publish(failed, &order.failed(FailureKind::NoShow)).await;
    }
    let opened = others.wait_for::<pb::QualityCaseOpened>(1).await.remove(0);
    assert_eq!(opened.order_id, order.id.to_string());
    // A repetition, then a new event with the same key: when the new one was processed, so was the
    // repetition.
    others.publish(failed, &order.failed(FailureKind::NoShow)).await;
    others.publish(Uuid::now_v7(), &order.started()).await;

    let case = eventually(BOUND, async || {
        let case = world.get_case(&opened.case_id).await.unwrap();
        // The topic of kits is read independently.
        if case.story.len() == 5 {
            Ok(case)
        } else {
            Err(format!("{:?}", case.story))
        }
    })
    .await;
    assert_eq!(case.cause(), pb::CaseCause::Failed);
    world.rate(&case.case_id, 1).await.unwrap();
    let closed = others.wait_for::<pb::QualityCaseClosed>(1).await;
    assert_eq!(closed[0].case_id, case.case_id);
    assert_eq!(
        (closed[0].rating, closed[0].worker_id.clone()),
        (1, order.worker.to_string())
    );
    // Events of one key are in order: a second QualityCaseOpened would have been recorded before.
    assert_eq!(others.recorded::<pb::QualityCaseOpened>(), [opened]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a1_every_version_of_a_service_type_is_published_in_order() {
    let broker = test_support::Kafka::from_env();
    let others = OtherServices::start(&broker).await;
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
    let recorded = others.wait_for::<pb::ServiceTypeState>(5).await;
    let versions: Vec<_> = recorded.iter().map(|state| state.version).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let now = world.get_service_type(&entry.service_type_id, 0).await.unwrap();
    assert_eq!(recorded[4], now);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_event_is_parked_and_other_orders_go_on() {
    let broker = test_support::Kafka::from_env();
    let others = OtherServices::start(&broker).await;
    let world = World::start_with_kafka(&broker).await;
    let (broken, sound) = (Order::new(), Order::new());
    let mut malformed = broken.failed(FailureKind::Reported);
    malformed.order = None;
    others.publish(Uuid::now_v7(), &malformed).await;
    others.publish(Uuid::now_v7(), &broken.cancelled()).await;
    others.publish(Uuid::now_v7(), &sound.cancelled()).await;
    let opened = others.wait_for::<pb::QualityCaseOpened>(1).await;
    assert_eq!(opened[0].order_id, sound.id.to_string());
    assert_eq!(
        world.case_of(&broken).await,
        None,
        "later events of its key wait for an operator"
    );
}
