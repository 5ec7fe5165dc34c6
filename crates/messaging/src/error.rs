//! What may go wrong between this process and Kafka.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Why Kafka could not be asked, or refused.
///
/// Failures of the relay and of the consumer never surface: both keep trying, and say so in the log and in health.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No broker answered, or the client could not be made from its settings.
    #[error("kafka does not answer")]
    Broker(#[source] KafkaError),
    /// The broker refused to create a topic.
    #[error("topic {topic} can not be created: {code}")]
    Topic {
        /// With the deployment's prefix.
        topic: String,
        /// The broker's reason.
        code: RDKafkaErrorCode,
    },
    /// The process is stopping.
    #[error("stopping")]
    Stopping,
}
