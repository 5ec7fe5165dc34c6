//! How far a consumer group is behind, partition by partition.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::Offset;
use service_host::Groups;

use crate::Error;
use crate::inquirer::Inquirer;
use crate::kafka::{Kafka, Logged};

/// How long one question may take; there are three.
const BOUND: Duration = Duration::from_secs(3);

/// One partition's lag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    /// The next offset to process; nothing was processed yet: none.
    pub(crate) committed: Option<i64>,
    pub(crate) end: i64,
}

impl Lag {
    pub(crate) fn records(&self) -> i64 {
        (self.end - self.committed.unwrap_or_default()).max(0)
    }
}

/// Measures the lags of one consumer group, for all who ask at the same time at once: a client of the broker answers one question
/// after the other. Cheap to clone; never joins the group.
#[derive(Clone)]
pub(crate) struct Lags {
    inner: Arc<Inner>,
    together: Groups<(), Result<Vec<Lag>, KafkaError>>,
}

struct Inner {
    topics: Vec<String>,
    /// By the group's name, without being a member.
    inquirer: Inquirer,
}

impl Lags {
    pub(crate) fn new(kafka: &Kafka, group: &str, topics: Vec<String>) -> Self {
        let mut config = kafka.client();
        config.set("group.id", kafka.prefixed(group));
        let inner = Inner {
            topics,
            inquirer: Inquirer::new(config),
        };
        let inner = Arc::new(inner);
        let asked = Arc::clone(&inner);
        let together = Groups::new("measure lags", move |askers: Vec<()>| {
            let inner = Arc::clone(&asked);
            async move { vec![inner.measured().await.ok(); askers.len()] }
        });
        Self { inner, together }
    }

    /// Every partition of every topic that the group listens to, as it is after this call began.
    pub(crate) async fn measure(&self) -> Result<Vec<Lag>, Error> {
        // No more calls are let in than can wait here.
        match self.together.join(()).await {
            Ok(Some(lags)) => lags.map_err(Error::Broker),
            Ok(None) | Err(_) => self.inner.clone().measured().await?.map_err(Error::Broker),
        }
    }
}

impl Inner {
    /// On a thread that may block.
    async fn measured(self: Arc<Self>) -> Result<Result<Vec<Lag>, KafkaError>, Error> {
        tokio::task::spawn_blocking(move || self.inquirer.ask(|client| self.measure(client)))
            .await
            .map_err(|_| Error::Stopping)
    }

    fn measure(&self, inquirer: &BaseConsumer<Logged>) -> Result<Vec<Lag>, KafkaError> {
        let mut places = TopicPartitionList::new();
        for topic in &self.topics {
            let metadata = inquirer.fetch_metadata(Some(topic), BOUND)?;
            for partition in metadata
                .topics()
                .iter()
                .flat_map(rdkafka::metadata::MetadataTopic::partitions)
            {
                places.add_partition(topic, partition.id());
            }
        }
        if places.count() == 0 {
            return Ok(Vec::new());
        }
        let committed = inquirer.committed_offsets(places.clone(), BOUND)?;
        places.set_all_offsets(Offset::End)?;
        let ends = inquirer.offsets_for_times(places, BOUND)?;
        Ok(ends
            .elements()
            .iter()
            .map(|end| Lag {
                topic: end.topic().to_owned(),
                partition: end.partition(),
                committed: committed
                    .find_partition(end.topic(), end.partition())
                    .and_then(|place| place.offset().to_raw().filter(|offset| *offset >= 0)),
                end: end.offset().to_raw().unwrap_or_default().max(0),
            })
            .collect())
    }
}
