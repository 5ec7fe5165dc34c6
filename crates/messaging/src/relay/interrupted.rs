//! Why a term of leadership ends early.

use rdkafka::error::KafkaError;
use uuid::Uuid;

/// Why the relay must start again from the table.
#[derive(Debug, thiserror::Error)]
pub(super) enum Interrupted {
    #[error("the database failed: {0}")]
    Database(#[from] diesel::result::Error),
    #[error("kafka failed: {0}")]
    Kafka(#[from] KafkaError),
    #[error("event {event} was not delivered: {reason}")]
    Undelivered { event: Uuid, reason: KafkaError },
    #[error("the queued events were purged from the producer")]
    Purged,
    #[error("this client cannot reach the broker any more, but a new one can")]
    CutOff,
    #[error("this replica has lost the leader's lock")]
    LeadershipLost,
}
