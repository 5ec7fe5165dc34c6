//! The lag of a consumer group in each partition.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::Offset;
use service_host::Groups;

use crate::Error;
use crate::kafka::{ClientLog, Kafka, QueryClient};

/// Timeout of each of the three queries.
const TIMEOUT: Duration = Duration::from_secs(3);

/// One partition's lag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    /// The next offset to process; `None` if the group has not committed an offset.
    pub(crate) committed: Option<i64>,
    pub(crate) end: i64,
}

impl Lag {
    pub(crate) fn records(&self) -> i64 {
        (self.end - self.committed.unwrap_or_default()).max(0)
    }
}

/// Measures the lag of one consumer group. Concurrent calls share one measurement, because a client
/// processes queries one after the other. Cheap to clone; never joins the group.
#[derive(Clone)]
pub(crate) struct Lags {
    inner: Arc<Inner>,
    shared: Groups<(), Result<Vec<Lag>, KafkaError>>,
}

struct Inner {
    topics: Vec<String>,
    /// Has the name of the group, without being a member.
    client: QueryClient,
}

impl Lags {
    pub(crate) fn new(kafka: &Kafka, group: &str, topics: Vec<String>) -> Self {
        let mut config = kafka.client();
        config.set("group.id", kafka.prefixed(group));
        let inner = Inner {
            topics,
            client: QueryClient::new(config),
        };
        let inner = Arc::new(inner);
        let measured = Arc::clone(&inner);
        let shared = Groups::new("measure lags", move |callers: Vec<()>| {
            let inner = Arc::clone(&measured);
            async move { vec![inner.measured().await.ok(); callers.len()] }
        });
        Self { inner, shared }
    }

    /// The lag of every partition of the group's topics, measured after the call began.
    pub(crate) async fn measure(&self) -> Result<Vec<Lag>, Error> {
        match self.shared.join(()).await {
            Ok(Some(lags)) => lags.map_err(Error::Broker),
            Ok(None) | Err(_) => self.inner.clone().measured().await?.map_err(Error::Broker),
        }
    }
}

impl Inner {
    /// Measures on a thread that may block.
    async fn measured(self: Arc<Self>) -> Result<Result<Vec<Lag>, KafkaError>, Error> {
        tokio::task::spawn_blocking(move || self.client.query(|client| self.measure(client)))
            .await
            .map_err(|_| Error::Stopping)
    }

    fn measure(&self, client: &BaseConsumer<ClientLog>) -> Result<Vec<Lag>, KafkaError> {
        let mut partitions = TopicPartitionList::new();
        for topic in &self.topics {
            let metadata = client.fetch_metadata(Some(topic), TIMEOUT)?;
            for partition in metadata
                .topics()
                .iter()
                .flat_map(rdkafka::metadata::MetadataTopic::partitions)
            {
                partitions.add_partition(topic, partition.id());
            }
        }
        if partitions.count() == 0 {
            return Ok(Vec::new());
        }
        let committed = client.committed_offsets(partitions.clone(), TIMEOUT)?;
        partitions.set_all_offsets(Offset::End)?;
        let ends = client.offsets_for_times(partitions, TIMEOUT)?;
        Ok(ends
            .elements()
            .iter()
            .map(|end| Lag {
                topic: end.topic().to_owned(),
                partition: end.partition(),
                committed: committed
                    .find_partition(end.topic(), end.partition())
                    .and_then(|partition| partition.offset().to_raw().filter(|offset| *offset >= 0)),
                end: end.offset().to_raw().unwrap_or_default().max(0),
            })
            .collect())
    }
}
