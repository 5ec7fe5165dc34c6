//! Errors between this process and Kafka.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Why a request to Kafka failed.
///
/// The relay and the consumer return no errors: both retry without limit, and report in the log and
/// in health.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No broker answered, or the client's settings are invalid.
    #[error("kafka does not answer")]
    Broker(#[source] KafkaError),
    /// The broker refused to create a topic.
    #[error("could not create topic {topic}: {code}")]
    Topic {
        /// The topic's name with the prefix of the deployment.
        topic: String,
        /// The broker's error code.
        code: RDKafkaErrorCode,
    },
    /// The process is stopping.
    #[error("stopping")]
    Stopping,
}
