//! How far a consumer group is behind, partition by partition.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::Offset;

use crate::Error;
use crate::kafka::{Kafka, Logged};

/// How long one question may take; there are three.
const BOUND: Duration = Duration::from_secs(3);

/// Most events of the client that are looked at before a question, so that they don't pile up.
const DRAIN: usize = 1_000;

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

/// Measures the lags of one consumer group. Cheap to clone; never joins the group.
#[derive(Clone)]
pub(crate) struct Lags {
    inner: Arc<Inner>,
}

struct Inner {
    kafka: Kafka,
    /// With the deployment's prefix.
    group: String,
    topics: Vec<String>,
    inquirer: OnceLock<BaseConsumer<Logged>>,
}

impl Lags {
    pub(crate) fn new(kafka: &Kafka, group: &str, topics: Vec<String>) -> Self {
        let inner = Inner {
            kafka: kafka.clone(),
            group: kafka.prefixed(group),
            topics,
            inquirer: OnceLock::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Every partition of every topic that the group listens to.
    pub(crate) async fn measure(&self) -> Result<Vec<Lag>, Error> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || inner.measure().map_err(Error::Broker))
            .await
            .map_err(|_| Error::Stopping)?
    }
}

impl Inner {
    fn measure(&self) -> Result<Vec<Lag>, KafkaError> {
        let inquirer = self.inquirer()?;
        drain(inquirer);
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

    fn inquirer(&self) -> Result<&BaseConsumer<Logged>, KafkaError> {
        if let Some(inquirer) = self.inquirer.get() {
            return Ok(inquirer);
        }
        let mut config = self.kafka.client();
        config.set("group.id", &self.group);
        let made = config.create_with_context(Logged)?;
        Ok(self.inquirer.get_or_init(|| made))
    }
}

/// A client that nobody polls keeps what it wants to say: errors, while the broker is away, without end.
pub(crate) fn drain(inquirer: &BaseConsumer<Logged>) {
    for _ in 0..DRAIN {
        if inquirer.poll(Duration::ZERO).is_none() {
            return;
        }
    }
}
