//! Separate topics on a broker that all tests share.

use uuid::Uuid;

use crate::environment;

/// The tests' broker, and a unique prefix for topics and groups.
#[derive(Debug, Clone)]
pub struct Kafka {
    brokers: String,
    prefix: String,
}

impl Kafka {
    /// The broker from `ARTEL_TEST_KAFKA`. Every call creates another prefix.
    pub fn from_env() -> Self {
        Self::on(environment("ARTEL_TEST_KAFKA"))
    }

    /// Another broker. Every call creates another prefix.
    pub fn on(brokers: String) -> Self {
        let prefix = format!("test-{}.", Uuid::new_v4().simple());
        Self { brokers, prefix }
    }

    /// `host:port` of the broker.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The prefix of all topics and groups.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Both as arguments for a service's clap struct.
    pub fn arguments(&self) -> Vec<String> {
        vec![
            format!("--kafka-brokers={}", self.brokers),
            format!("--kafka-topic-prefix={}", self.prefix),
        ]
    }
}
