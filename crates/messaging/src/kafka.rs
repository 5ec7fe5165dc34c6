//! The handle on a Kafka cluster: settings of every client, names, and whether a broker is there.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::client::Client;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;

use crate::inquirer::Inquirer;
use crate::{Error, KafkaOptions};

/// How long a broker may take to answer before it counts as out of reach.
const PROBE: Duration = Duration::from_secs(2);

/// A Kafka cluster as this deployment sees it. Cheap to clone; connects when it is used.
#[derive(Clone)]
pub struct Kafka {
    inner: Arc<Inner>,
}

struct Inner {
    options: KafkaOptions,
    inquirer: Inquirer,
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
    /// A handle. No connection is made yet.
    pub fn new(options: &KafkaOptions) -> Self {
        let inner = Inner {
            options: options.clone(),
            inquirer: Inquirer::new(client(options)),
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
        self.ask(|inquirer| reach(inquirer.client())).await
    }

    /// Runs a blocking question on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&BaseConsumer<Logged>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, Error> {
        let kafka = self.clone();
        tokio::task::spawn_blocking(move || kafka.inner.inquirer.ask(question))
            .await
            .map_err(|_| Error::Stopping)?
            .map_err(Error::Broker)
    }

    pub(crate) fn options(&self) -> &KafkaOptions {
        &self.inner.options
    }

    /// A topic's or group's name as the broker knows it.
    pub(crate) fn prefixed(&self, name: &str) -> String {
        format!("{}{name}", self.inner.options.topic_prefix)
    }

    /// Settings that every client shares.
    pub(crate) fn client(&self) -> ClientConfig {
        client(&self.inner.options)
    }

    pub(crate) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            // A record that can't be delivered stops the producer instead of letting later records of its key pass it.
            .set("enable.gapless.guarantee", "true")
            // Never give a record up by time: the outbox holds it anyway, and a timed-out record may still arrive.
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", "1048576")
            // While one request is under way the next ones gather by themselves; waiting for more only delays a lone event.
            .set("linger.ms", "0")
            // The Java clients' partitioner, so that any other producer of a key finds the same partition.
            .set("partitioner", "murmur2_random")
            // More than the relay ever has in flight, so that the queue is never found full.
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
            // Two may be late or lost before the broker gives this replica up.
            .set("heartbeat.interval.ms", (session / 3).as_millis().to_string())
            // A topic that is created later is found soon.
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("queued.min.messages", "1000")
            .set(
                "queued.max.messages.kbytes",
                options.prefetch_kilobytes.to_string(),
            )
            // How long a full queue pauses fetching; the default of a second starves a fast listener.
            .set("fetch.queue.backoff.ms", "20");
        config
    }
}

/// Whether a broker answers this client. Blocks, for [`PROBE`] at most.
pub(crate) fn reach<C: ClientContext>(client: &Client<C>) -> Result<(), KafkaError> {
    // Every cluster with consumers has this topic; all topics would be a large answer.
    client.fetch_metadata(Some("__consumer_offsets"), PROBE).map(drop)
}

fn client(options: &KafkaOptions) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &options.brokers)
        .set("client.id", "artel")
        .set("reconnect.backoff.ms", "100")
        // A broker that comes back is found within seconds; a broker that is away isn't hammered.
        .set("reconnect.backoff.max.ms", "3000")
        .set("socket.keepalive.enable", "true")
        .set("socket.nagle.disable", "true")
        .set("allow.auto.create.topics", "false")
        .set_log_level(RDKafkaLogLevel::Warning);
    config
}

/// Brings the client library's log into ours.
pub(crate) struct Logged;

impl ClientContext for Logged {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(error = %error, "kafka: {reason}");
    }
}

impl ConsumerContext for Logged {}

/// The client repeats itself while a broker is away, and health says that already: only what nobody else says is loud.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(kafka.facility = facility, "kafka: {message}");
        }
        _ => tracing::debug!(kafka.facility = facility, "kafka: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Kafka;
    use crate::KafkaOptions;

    #[test]
    fn a_consumer_gives_three_signs_of_life_within_its_session() {
        let options = KafkaOptions {
            session_timeout: Duration::from_secs(6),
            ..KafkaOptions::new("127.0.0.1:1", "")
        };
        let consumer = Kafka::new(&options).consumer("group");
        assert_eq!(consumer.get("session.timeout.ms"), Some("6000"));
        assert_eq!(consumer.get("heartbeat.interval.ms"), Some("2000"));
    }
}
