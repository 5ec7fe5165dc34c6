//! Events on real Kafka, mails in a real mail server.

use std::time::Duration;

use conventions::Event;
use messaging::{Kafka, KafkaOptions, topics};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use service_host::Clock;
use test_support::eventually;
use uuid::Uuid;

use crate::samples::{self, ANNA, BORIS, VERA};
use crate::support::{BOUND, Bench, serve};

/// Writes events as any CloudEvents client does, with ids of the test's own choosing.
struct Writer {
    producer: FutureProducer,
    prefix: String,
    clock: Clock,
}

impl Writer {
    async fn new(broker: &test_support::Kafka, clock: &Clock) -> Self {
        let options = KafkaOptions::new(broker.brokers(), broker.prefix());
        for topics in [
            admin_contract::TOPICS,
            billing_contract::TOPICS,
            consumables_contract::TOPICS,
            onboarding_contract::TOPICS,
            orders_contract::TOPICS,
        ] {
            topics::ensure(&Kafka::new(&options), topics, 2, 1).await.unwrap();
        }
        let producer = ClientConfig::new()
            .set("bootstrap.servers", broker.brokers())
            .create()
            .unwrap();
        Self {
            producer,
            prefix: broker.prefix().to_owned(),
            clock: clock.clone(),
        }
    }

    async fn write<M: Event>(&self, id: Uuid, event: &M) {
        let (id, time, topic) = (
            id.to_string(),
            self.clock.now().to_rfc3339(),
            format!("{}{}", self.prefix, M::TOPIC),
        );
        let headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", &id),
            ("ce_type", M::TYPE),
            ("ce_source", "/artel/test"),
            ("ce_time", &time),
            ("content-type", "application/protobuf"),
        ]
        .into_iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        });
        let payload = event.encode_to_vec();
        let record = FutureRecord::to(&topic)
            .key(event.key())
            .payload(&payload)
            .headers(headers);
        self.producer.send(record, Duration::from_secs(10)).await.unwrap();
    }

    async fn write_new<M: Event>(&self, event: &M) {
        self.write(Uuid::now_v7(), event).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n2_an_event_delivered_twice_and_before_its_people_are_known_becomes_one_mail_each() {
    let broker = test_support::Kafka::from_env();
    let arguments = broker.arguments();
    let bench = Bench::with(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let writer = Writer::new(&broker, &bench.clock).await;
    let (_, _running) = serve(&bench.settings, &bench.clock).await;

    let assigned = Uuid::now_v7();
    for _ in 0..2 {
        writer.write(assigned, &samples::order_assigned()).await;
    }
    writer.write_new(&samples::order_completed()).await;
    writer.write_new(&samples::application_confirmed()).await;
    writer.write_new(&samples::client(1, ANNA)).await;
    writer.write_new(&samples::worker()).await;
    writer.write_new(&samples::manager()).await;

    let arrived = async |to: &str, count: usize| {
        eventually(BOUND, async || {
            let subjects = bench.subjects(to).await;
            if subjects.len() < count {
                Err(format!("{to} has {subjects:?}"))
            } else {
                Ok(subjects)
            }
        })
        .await
    };
    let client = arrived(ANNA, 2).await;
    assert_eq!(client.len(), 2);
    assert!(
        client
            .iter()
            .any(|subject| subject.starts_with("Исполнитель найден"))
    );
    assert!(client.contains(&"Заказ выполнен: Уборка".to_owned()));
    assert_eq!(
        arrived(BORIS, 1).await,
        ["New job for you: Уборка, 24 November 2026, 10:00–12:00 MSK"]
    );
    assert_eq!(arrived(VERA, 1).await, ["New application: Galina, Courier"]);

    // Everything after the second delivery has been taken in: had it made mails, they would be
    // here.
    writer.write(assigned, &samples::order_assigned()).await;
    writer.write_new(&samples::order_started()).await;
    assert_eq!(arrived(ANNA, 3).await.len(), 3);
    for to in [ANNA, BORIS, VERA] {
        assert!(
            bench
                .mails(to)
                .await
                .iter()
                .all(|mail| mail["times_received"] == 1)
        );
    }
    assert_eq!(bench.mails(BORIS).await.len(), 1);
}
