//! The Kafka settings of a service.

use std::time::Duration;

use service_host::config::parse;

/// Shortest session timeout. Heartbeats are sent three times as often; with a shorter timeout a
/// replica on a busy machine would lose its partitions.
const MIN_SESSION_TIMEOUT: Duration = Duration::from_secs(1);

/// Longest session timeout: the client refuses one that is longer than `max.poll.interval.ms`.
const MAX_SESSION_TIMEOUT: Duration = Duration::from_mins(5);

/// How a service reaches Kafka, and its limits.
#[derive(Debug, Clone, clap::Args)]
pub struct KafkaOptions {
    /// Bootstrap brokers: `host:port`, separated by commas.
    #[arg(
        long = "kafka-brokers",
        env = "ARTEL_KAFKA_BROKERS",
        default_value = "127.0.0.1:17092",
        value_name = "HOSTS"
    )]
    pub brokers: String,

    /// Prefix of the names of all topics and consumer groups, so that several meshes can share a
    /// broker.
    #[arg(long = "kafka-topic-prefix", env = "ARTEL_KAFKA_TOPIC_PREFIX", default_value = "", value_name = "PREFIX",
          value_parser = topic_prefix)]
    pub topic_prefix: String,

    /// Most events that the relay reads at once.
    #[arg(long = "kafka-relay-batch", env = "ARTEL_KAFKA_RELAY_BATCH", default_value_t = 2000, value_name = "EVENTS",
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub relay_batch: u16,

    /// Most events that a partition's task processes in one transaction.
    #[arg(long = "kafka-batch", env = "ARTEL_KAFKA_BATCH", default_value_t = 200, value_name = "EVENTS",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub batch: u16,

    /// Most kilobytes that are prefetched for one partition.
    #[arg(long = "kafka-prefetch", env = "ARTEL_KAFKA_PREFETCH", default_value_t = 1024, value_name = "KILOBYTES",
          value_parser = clap::value_parser!(u32).range(64..=65_536))]
    pub prefetch_kilobytes: u32,

    /// Most partitions that are in a database transaction at the same time. Must be less than
    /// `ARTEL_DATABASE_POOL_SIZE`.
    #[arg(long = "kafka-concurrency", env = "ARTEL_KAFKA_CONCURRENCY", default_value_t = 4, value_name = "PARTITIONS",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,

    /// How often the relay looks for events that another process has committed.
    #[arg(long = "kafka-relay-poll", env = "ARTEL_KAFKA_RELAY_POLL", default_value = "500ms", value_name = "DURATION",
          value_parser = parse::duration)]
    pub relay_poll: Duration,

    /// How long the broker waits for a heartbeat before it assigns a replica's partitions to
    /// others. After a replica was killed, its partitions stand still for this long. The broker
    /// refuses a value below its `group.min.session.timeout.ms` (6 s by default).
    #[arg(long = "kafka-session-timeout", env = "ARTEL_KAFKA_SESSION_TIMEOUT", default_value = "10s", value_name = "DURATION",
          value_parser = parse::duration_between(MIN_SESSION_TIMEOUT, MAX_SESSION_TIMEOUT))]
    pub session_timeout: Duration,

    /// How long an event may wait for something that is not known yet before it is parked.
    #[arg(long = "kafka-waiting-limit", env = "ARTEL_KAFKA_WAITING_LIMIT", default_value = "24h", value_name = "DURATION",
          value_parser = parse::duration)]
    pub waiting_limit: Duration,

    /// How long the ids of processed events are kept. Must be longer than the retention of the
    /// topics; otherwise a redelivered event would have its effect twice.
    #[arg(long = "kafka-inbox-retention", env = "ARTEL_KAFKA_INBOX_RETENTION", default_value = "2880h",
          value_name = "DURATION", value_parser = parse::duration)]
    pub inbox_retention: Duration,
}

impl KafkaOptions {
    /// These brokers and this prefix, with defaults for all other settings. For tests and tools.
    pub fn new(brokers: impl Into<String>, topic_prefix: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            topic_prefix: topic_prefix.into(),
            relay_batch: 2000,
            batch: 200,
            prefetch_kilobytes: 1024,
            concurrency: 4,
            relay_poll: Duration::from_millis(500),
            session_timeout: Duration::from_secs(10),
            waiting_limit: Duration::from_hours(24),
            inbox_retention: Duration::from_hours(2880),
        }
    }
}

fn topic_prefix(text: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if text.len() > 100 || !text.chars().all(legal) {
        return Err("at most 100 letters, digits, dots, underscores and dashes".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::KafkaOptions;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        kafka: KafkaOptions,
    }

    #[test]
    fn a_session_timeout_out_of_bounds_is_refused_with_the_name_of_the_setting() {
        for bad in ["999ms", "301s"] {
            let refused = Settings::try_parse_from(["service", "--kafka-session-timeout", bad]).unwrap_err();
            assert!(
                refused.to_string().contains("--kafka-session-timeout"),
                "{refused}"
            );
        }
        for good in ["1s", "5m"] {
            assert!(
                Settings::try_parse_from(["service", "--kafka-session-timeout", good]).is_ok(),
                "{good}"
            );
        }
    }

    #[test]
    fn the_defaults_of_tests_and_tools_are_those_of_services() {
        let served = Settings::try_parse_from(["service"]).unwrap().kafka;
        let new = KafkaOptions::new(served.brokers.clone(), served.topic_prefix.clone());
        assert_eq!(format!("{new:?}"), format!("{served:?}"));
    }
}
