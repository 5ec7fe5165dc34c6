//! Brings the log of the client library into the service's log.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

/// The context of a client whose only task is to log.
pub(crate) struct ClientLog;

impl ClientContext for ClientLog {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(error = %error, "kafka: {reason}");
    }
}

impl ConsumerContext for ClientLog {}

/// Logs a line of the client library. Everything below `critical` is logged at `debug`: while a
/// broker is away the library repeats the same lines, and health reports the broker already.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(kafka.facility = facility, "kafka: {message}");
        }
        _ => tracing::debug!(kafka.facility = facility, "kafka: {message}"),
    }
}
