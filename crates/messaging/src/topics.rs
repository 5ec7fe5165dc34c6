//! Creating the topics that a context writes.

use std::time::Duration;

use conventions::Topic;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;

use crate::Error;
use crate::kafka::{Kafka, Logged};

/// How long the broker may take to create all of them.
const BOUND: Duration = Duration::from_secs(30);

/// History is kept for 90 days: shorter than inboxes remember (see `KafkaOptions::inbox_retention`).
const HISTORY_MILLISECONDS: &str = "7776000000";

/// Creates what is missing. A topic that exists is left as it is.
///
/// State topics are compacted and keep the last state of each key for ever; history topics keep 90 days.
///
/// # Errors
/// No broker answers within 30 seconds, or the broker refuses.
pub async fn ensure(kafka: &Kafka, topics: &[Topic], partitions: i32, replication: i32) -> Result<(), Error> {
    if topics.is_empty() {
        return Ok(());
    }
    let admin: AdminClient<Logged> = kafka
        .client()
        .create_with_context(Logged)
        .map_err(Error::Broker)?;
    let names: Vec<String> = topics.iter().map(|topic| kafka.prefixed(topic.name)).collect();
    // Two of three copies must have a record before it counts as written.
    let in_sync = if replication >= 3 { "2" } else { "1" };
    let wanted: Vec<NewTopic<'_>> = topics
        .iter()
        .zip(&names)
        .map(|(topic, name)| {
            let wanted = NewTopic::new(name, partitions, TopicReplication::Fixed(replication))
                .set("min.insync.replicas", in_sync);
            if topic.compacted {
                wanted.set("cleanup.policy", "compact")
            } else {
                wanted.set("retention.ms", HISTORY_MILLISECONDS)
            }
        })
        .collect();
    let options = AdminOptions::new()
        .request_timeout(Some(BOUND))
        .operation_timeout(Some(BOUND));
    let outcomes = admin
        .create_topics(&wanted, &options)
        .await
        .map_err(Error::Broker)?;
    for outcome in outcomes {
        match outcome {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(Error::Topic { topic, code }),
        }
    }
    Ok(())
}

/// What `migrate` does about topics.
#[derive(Debug, Clone, clap::Args)]
pub struct TopicOptions {
    /// Create the Kafka topics that this service writes, where they are missing.
    #[arg(long)]
    pub create_topics: bool,

    /// Partitions of a new topic: the most replicas of one listener that can share it.
    #[arg(long, env = "ARTEL_TOPIC_PARTITIONS", default_value_t = 6, value_parser = clap::value_parser!(i32).range(1..=512))]
    pub topic_partitions: i32,

    /// Copies of a new topic's records.
    #[arg(long, env = "ARTEL_TOPIC_REPLICATION", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=7))]
    pub topic_replication: i32,
}

impl TopicOptions {
    /// Does [`ensure`], if it was asked for.
    ///
    /// # Errors
    /// See [`ensure`].
    pub async fn ensure(&self, kafka: &Kafka, topics: &[Topic]) -> Result<(), Error> {
        if !self.create_topics {
            return Ok(());
        }
        ensure(kafka, topics, self.topic_partitions, self.topic_replication).await
    }
}
