//! Clients that have lost the broker for good, told from a broker that is away.

use std::time::Duration;

use rdkafka::error::KafkaError;
use tokio::time::Instant;

use crate::kafka::Kafka;

/// Between two attempts.
const EVERY: Duration = Duration::from_secs(5);

/// So many in a row have to be in vain: one may be so on any busy machine.
const MISSES: u32 = 4;

/// Watches over a client that has to reach the broker by itself.
///
/// librdkafka, since 2.10, forgets brokers that an answer does not name. A broker that is stopping or starting may name none,
/// not even itself; then the client has nobody left to ask, and never asks again, without a word (librdkafka's issue 5301). Only
/// a new client helps.
pub(crate) struct Watch {
    kafka: Kafka,
    asked: Instant,
    misses: u32,
}

impl Watch {
    pub(crate) fn new(kafka: &Kafka) -> Self {
        Self {
            kafka: kafka.clone(),
            asked: Instant::now(),
            misses: 0,
        }
    }

    /// Has the client try to [`reach`](crate::kafka::reach) the broker, if it is time to. True when it could not for a while, and
    /// others can. The attempt is made where it may block.
    pub(crate) async fn is_cut_off(
        &mut self,
        attempt: impl FnOnce() -> Result<(), KafkaError> + Send + 'static,
    ) -> bool {
        if self.asked.elapsed() < EVERY {
            return false;
        }
        let answer = tokio::task::spawn_blocking(attempt).await;
        self.asked = Instant::now();
        if matches!(answer, Ok(Ok(()))) || self.kafka.probe().await.is_err() {
            self.misses = 0;
            return false;
        }
        self.misses += 1;
        self.misses >= MISSES
    }
}
