//! Writes to real topics: what another context would write, and what none should.

use conventions::Event;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use test_support::Kafka;
use uuid::Uuid;

/// A producer beside the mesh.
pub struct Publisher {
    producer: FutureProducer,
    prefix: String,
    traceparent: String,
}

impl Publisher {
    /// Writes to the topics of one mesh; every event is part of this trace.
    pub fn new(kafka: &Kafka, trace: &str) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", kafka.brokers())
            .create()
            .expect("a producer can be made");
        Self {
            producer,
            prefix: kafka.prefix().to_owned(),
            traceparent: format!("00-{trace}-00f067aa0ba902b7-01"),
        }
    }

    /// An event as its context would write it, in the topic's first partition.
    pub async fn event<E: Event>(&self, event: &E) {
        self.record::<E>(event.key(), &event.encode_to_vec()).await;
    }

    /// Any bytes as the payload of such an event.
    pub async fn record<E: Event>(&self, key: &str, payload: &[u8]) {
        let id = Uuid::new_v4().to_string();
        let headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", &id),
            ("ce_type", E::TYPE),
            ("ce_source", "/test"),
            ("ce_time", "2026-11-25T12:00:00Z"),
            ("traceparent", &self.traceparent),
        ];
        let headers = headers
            .into_iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| {
                let value = Some(value);
                headers.insert(Header { key, value })
            });
        let topic = format!("{}{}", self.prefix, E::TOPIC);
        let record = FutureRecord::to(&topic)
            .partition(0)
            .key(key)
            .payload(payload)
            .headers(headers);
        let written = self
            .producer
            .send(record, std::time::Duration::from_secs(30))
            .await;
        written.expect("the broker takes the record");
    }
}
