//! Tells a client that has lost the broker for good from a broker that is away.

use std::time::Duration;

use rdkafka::error::KafkaError;
use tokio::time::Instant;

use super::handle::Kafka;

/// Time between two attempts.
const INTERVAL: Duration = Duration::from_secs(5);

/// How many attempts in a row must fail. A single one may fail on any busy machine.
const MAX_FAILURES: u32 = 4;

/// Watches whether a client still reaches the broker.
///
/// Since version 2.10, librdkafka forgets brokers that are missing from a metadata answer. A broker
/// that is stopping or starting may answer with an empty list. The client then knows no broker and
/// never asks again, without reporting an error
/// (<https://github.com/confluentinc/librdkafka/issues/5301>). Only a new client helps.
pub(crate) struct ConnectionWatch {
    kafka: Kafka,
    attempted_at: Instant,
    failures: u32,
}

impl ConnectionWatch {
    pub(crate) fn new(kafka: &Kafka) -> Self {
        Self {
            kafka: kafka.clone(),
            attempted_at: Instant::now(),
            failures: 0,
        }
    }

    /// Makes an attempt to [`reach`](super::reach) the broker with the client, if it is time for
    /// one, on a thread that may block. Returns true if several attempts in a row failed while
    /// other clients reach the broker.
    pub(crate) async fn is_cut_off(
        &mut self,
        attempt: impl FnOnce() -> Result<(), KafkaError> + Send + 'static,
    ) -> bool {
        if self.attempted_at.elapsed() < INTERVAL {
            return false;
        }
        let answer = tokio::task::spawn_blocking(attempt).await;
        self.attempted_at = Instant::now();
        if matches!(answer, Ok(Ok(()))) || self.kafka.probe().await.is_err() {
            self.failures = 0;
            return false;
        }
        self.failures += 1;
        self.failures >= MAX_FAILURES
    }
}
