//! The handle of a Kafka cluster: settings of all clients, names of topics, and whether a broker
//! answers.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;

use super::client_log::ClientLog;
use super::query::QueryClient;
use crate::{Error, KafkaOptions};

/// How long a broker may take to answer before it counts as away.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// How often a client is polled although it has not reported anything new. It reports when one of
/// its queues stops being empty, and only then. If that single report is missed (rust-rdkafka
/// issues 665 and 840), the group or partition would stand still, without a log line.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A Kafka cluster with the topic prefix of this deployment. Cheap to clone; connects when it is
/// used.
#[derive(Clone)]
pub struct Kafka {
    inner: Arc<Inner>,
}

struct Inner {
    options: KafkaOptions,
    query_client: QueryClient,
}

impl std::fmt::Debug for Kafka {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Kafka")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

impl Kafka {
    /// Creates a handle. Does not connect.
    pub fn new(options: &KafkaOptions) -> Self {
        let inner = Inner {
            options: options.clone(),
            query_client: QueryClient::new(client(options)),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whether a broker answers, within two seconds. For health.
    ///
    /// # Errors
    /// [`Error::Broker`] when none does.
    pub async fn probe(&self) -> Result<(), Error> {
        let kafka = self.clone();
        tokio::task::spawn_blocking(move || {
            let query = |client: &BaseConsumer<ClientLog>| reach(client.client());
            kafka.inner.query_client.query(query)
        })
        .await
        .map_err(|_| Error::Stopping)?
        .map_err(Error::Broker)
    }

    pub(crate) fn options(&self) -> &KafkaOptions {
        &self.inner.options
    }

    /// The name of a topic or group on the broker: with the prefix of the deployment.
    pub(crate) fn prefixed(&self, name: &str) -> String {
        format!("{}{name}", self.inner.options.topic_prefix)
    }

    /// Settings of all clients.
    pub(crate) fn client(&self) -> ClientConfig {
        client(&self.inner.options)
    }

    pub(crate) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            // A record that cannot be delivered stops the producer. Otherwise later records of its
            // key would overtake it.
            .set("enable.gapless.guarantee", "true")
            // No timeout: a record that timed out may still arrive, after later ones of its key.
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", "1048576")
            // Records gather while a request is in flight. Lingering would only delay a single
            // event.
            .set("linger.ms", "0")
            // The partitioner of the Java clients, so that every producer maps a key to the same
            // partition.
            .set("partitioner", "murmur2_random")
            // More than the relay ever has in flight, so that the queue is never full.
            .set("queue.buffering.max.messages", "50000")
            .set("queue.buffering.max.kbytes", "32768");
        config
    }

    pub(crate) fn consumer(&self, group: &str) -> ClientConfig {
        let options = &self.inner.options;
        let session = options.session_timeout;
        let mut config = self.client();
        config
            .set("group.id", self.prefixed(group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", session.as_millis().to_string())
            // Two heartbeats may be lost before the broker expels this replica.
            .set("heartbeat.interval.ms", (session / 3).as_millis().to_string())
            // How soon a topic is found that was created after the subscription.
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("queued.min.messages", "1000")
            .set(
                "queued.max.messages.kbytes",
                options.prefetch_kilobytes.to_string(),
            )
            // How long a full queue pauses fetching. The default of one second starves a fast
            // listener.
            .set("fetch.queue.backoff.ms", "20");
        config
    }
}

/// Whether a broker answers this client. Blocks for [`PROBE_TIMEOUT`] at most.
pub(crate) fn reach<C: ClientContext>(client: &Client<C>) -> Result<(), KafkaError> {
    // Every cluster with consumers has this topic. Metadata of all topics would be a large answer.
    client
        .fetch_metadata(Some("__consumer_offsets"), PROBE_TIMEOUT)
        .map(drop)
}

fn client(options: &KafkaOptions) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &options.brokers)
        .set("client.id", "artel")
        .set("reconnect.backoff.ms", "100")
        // Finds a returning broker within seconds, without flooding the network while it is away.
        .set("reconnect.backoff.max.ms", "3000")
        .set("socket.keepalive.enable", "true")
        .set("socket.nagle.disable", "true")
        .set("allow.auto.create.topics", "false")
        .set_log_level(RDKafkaLogLevel::Warning);
    config
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Kafka;
    use crate::KafkaOptions;

    #[test]
    fn a_consumer_sends_three_heartbeats_per_session_timeout() {
        let options = KafkaOptions {
            session_timeout: Duration::from_secs(6),
            ..KafkaOptions::new("127.0.0.1:1", "")
        };
        let consumer = Kafka::new(&options).consumer("group");
        assert_eq!(consumer.get("session.timeout.ms"), Some("6000"));
        assert_eq!(consumer.get("heartbeat.interval.ms"), Some("2000"));
    }
}
