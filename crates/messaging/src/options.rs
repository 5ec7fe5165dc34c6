//! The settings of everything that speaks to Kafka.

use std::time::Duration;

use service_host::config::parse;

/// Heartbeats are a third of it, and a machine that is busy for a moment must not cost a replica its partitions.
const SHORTEST_SESSION: Duration = Duration::from_secs(1);

/// The client refuses a session that outlives its time to answer a rebalance.
const LONGEST_SESSION: Duration = Duration::from_mins(5);

/// How a service reaches Kafka, and within which bounds it works.
#[derive(Debug, Clone, clap::Args)]
pub struct KafkaOptions {
    /// Kafka brokers to start from, `host:port` separated by commas.
    #[arg(
        long = "kafka-brokers",
        env = "ARTEL_KAFKA_BROKERS",
        default_value = "127.0.0.1:17092",
        value_name = "HOSTS"
    )]
    pub brokers: String,

    /// Put before the name of every topic and consumer group, so that meshes can share a broker.
    #[arg(long = "kafka-topic-prefix", env = "ARTEL_KAFKA_TOPIC_PREFIX", default_value = "", value_name = "PREFIX",
          value_parser = topic_prefix)]
    pub topic_prefix: String,

    /// Most events that the relay reads at once. It takes what is there: few while it keeps up, this many while it catches up.
    #[arg(long = "kafka-relay-batch", env = "ARTEL_KAFKA_RELAY_BATCH", default_value_t = 2000, value_name = "EVENTS",
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub relay_batch: u16,

    /// Most events that a listener takes in one transaction.
    #[arg(long = "kafka-batch", env = "ARTEL_KAFKA_BATCH", default_value_t = 200, value_name = "EVENTS",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub batch: u16,

    /// Most kilobytes fetched ahead for one partition.
    #[arg(long = "kafka-prefetch", env = "ARTEL_KAFKA_PREFETCH", default_value_t = 1024, value_name = "KILOBYTES",
          value_parser = clap::value_parser!(u32).range(64..=65_536))]
    pub prefetch_kilobytes: u32,

    /// Most partitions that are in a database transaction at once. Keep it below the pool's size.
    #[arg(long = "kafka-concurrency", env = "ARTEL_KAFKA_CONCURRENCY", default_value_t = 4, value_name = "PARTITIONS",
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,

    /// How often the relay looks for committed events when nobody wakes it.
    #[arg(long = "kafka-relay-poll", env = "ARTEL_KAFKA_RELAY_POLL", default_value = "500ms", value_name = "DURATION",
          value_parser = parse::duration)]
    pub relay_poll: Duration,

    /// How long the broker waits for a sign of life before it gives a replica's partitions to others: what a killed replica had
    /// under way stands still for so long. The broker's `group.min.session.timeout.ms` (6 s by default) is the least that it
    /// accepts.
    #[arg(long = "kafka-session-timeout", env = "ARTEL_KAFKA_SESSION_TIMEOUT", default_value = "10s", value_name = "DURATION",
          value_parser = parse::duration_between(SHORTEST_SESSION, LONGEST_SESSION))]
    pub session_timeout: Duration,

    /// How long an event may wait for something that isn't known yet before it is parked.
    #[arg(long = "kafka-waiting-limit", env = "ARTEL_KAFKA_WAITING_LIMIT", default_value = "24h", value_name = "DURATION",
          value_parser = parse::duration)]
    pub waiting_limit: Duration,

    /// How long ids of received events are remembered. Longer than topics keep their records, or a redelivered event
    /// would have its effect twice.
    #[arg(long = "kafka-inbox-retention", env = "ARTEL_KAFKA_INBOX_RETENTION", default_value = "2880h",
          value_name = "DURATION", value_parser = parse::duration)]
    pub inbox_retention: Duration,
}

impl KafkaOptions {
    /// These brokers and this prefix; every bound at its default. For tests and tools.
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
    fn a_session_that_is_too_short_or_too_long_is_refused_by_its_name() {
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
