//! Creates the topics that a context writes.

use std::time::Duration;

use conventions::Topic;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;

use crate::Error;
use crate::kafka::{ClientLog, Kafka};

/// How long the broker may take to create all topics.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Retention of history topics: 90 days. Shorter than that of inboxes
/// (`KafkaOptions::inbox_retention`).
const HISTORY_MILLISECONDS: &str = "7776000000";

/// Creates the topics that are missing. Existing topics are not changed.
///
/// State topics are compacted and keep the last state of each key forever. History topics keep 90
/// days.
///
/// # Errors
/// If no broker answers within 30 seconds, or the broker refuses.
pub async fn ensure(kafka: &Kafka, topics: &[Topic], partitions: i32, replication: i32) -> Result<(), Error> {
    if topics.is_empty() {
        return Ok(());
    }
    let admin: AdminClient<ClientLog> = kafka
        .client()
        .create_with_context(ClientLog)
        .map_err(Error::Broker)?;
    let names: Vec<String> = topics.iter().map(|topic| kafka.prefixed(topic.name)).collect();
    // With three replicas, two must have a record before it counts as written.
    let in_sync = if replication >= 3 { "2" } else { "1" };
    let new: Vec<NewTopic<'_>> = topics
        .iter()
        .zip(&names)
        .map(|(topic, name)| {
            let new = NewTopic::new(name, partitions, TopicReplication::Fixed(replication))
                .set("min.insync.replicas", in_sync);
            if topic.compacted {
                new.set("cleanup.policy", "compact")
            } else {
                new.set("retention.ms", HISTORY_MILLISECONDS)
            }
        })
        .collect();
    let options = AdminOptions::new()
        .request_timeout(Some(TIMEOUT))
        .operation_timeout(Some(TIMEOUT));
    let outcomes = admin.create_topics(&new, &options).await.map_err(Error::Broker)?;
    for outcome in outcomes {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(Error::Topic { topic, code }),
        }
    }
    Ok(())
}

/// The topic settings of `migrate`.
#[derive(Debug, Clone, clap::Args)]
pub struct TopicOptions {
    /// Create the Kafka topics that this service writes, unless they exist.
    #[arg(long)]
    pub create_topics: bool,

    /// Partitions of a new topic, which is also the maximum number of replicas that share it.
    #[arg(long, env = "ARTEL_TOPIC_PARTITIONS", default_value_t = 6, value_parser = clap::value_parser!(i32).range(1..=512))]
    pub topic_partitions: i32,

    /// Replicas of each record of a new topic.
    #[arg(long, env = "ARTEL_TOPIC_REPLICATION", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=7))]
    pub topic_replication: i32,
}

impl TopicOptions {
    /// Creates the topics if `create_topics` is set. See [`ensure`].
    ///
    /// # Errors
    /// As [`ensure`].
    pub async fn ensure(&self, kafka: &Kafka, topics: &[Topic]) -> Result<(), Error> {
        if !self.create_topics {
            return Ok(());
        }
        ensure(kafka, topics, self.topic_partitions, self.topic_replication).await
    }
}
