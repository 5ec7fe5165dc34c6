//! The relay's work: read, send, wait for every report, remove.

use rdkafka::error::KafkaError;
use rdkafka::producer::FutureProducer;
use service_host::database::Exclusive;
use service_host::{Database, fail_point};
use tokio_util::sync::CancellationToken;

use super::deliver::{Delivery, Sender};
use crate::kafka::{Kafka, Logged};
use crate::metrics::METRICS;
use crate::outbox::{self, OutboxRow};

/// Why a relay has to start again from the table.
#[derive(Debug, thiserror::Error)]
pub(super) enum Interrupted {
    #[error("the database failed: {0}")]
    Database(#[from] diesel::result::Error),
    #[error("kafka failed: {0}")]
    Kafka(#[from] KafkaError),
    #[error("event {event} was not delivered: {reason}")]
    Undelivered { event: uuid::Uuid, reason: KafkaError },
    #[error("what was still queued was taken back")]
    TakenBack,
    #[error("the lock that makes this replica the publishing one was lost")]
    LeadershipLost,
}

pub(super) struct Pump<'a> {
    db: &'a Database,
    kafka: &'a Kafka,
    service: &'static str,
    lead: &'a Exclusive,
    /// Taken out only to be dropped where blocking is allowed.
    producer: Option<FutureProducer<Logged>>,
    published: bool,
}

impl<'a> Pump<'a> {
    pub(super) fn new(
        db: &'a Database,
        kafka: &'a Kafka,
        service: &'static str,
        lead: &'a Exclusive,
    ) -> Result<Self, KafkaError> {
        Ok(Self {
            db,
            kafka,
            service,
            lead,
            producer: Some(kafka.producer().create_with_context(Logged)?),
            published: false,
        })
    }

    /// Whether anything was published in this term.
    pub(super) fn has_published(&self) -> bool {
        self.published
    }

    /// Publishes until `shutdown` (Ok) or until something fails.
    pub(super) async fn run(&mut self, shutdown: &CancellationToken) -> Result<(), Interrupted> {
        let Some(producer) = self.producer.take() else {
            return Ok(());
        };
        let ended = self.publish(&producer, shutdown).await;
        // Dropping a producer waits for its thread.
        let _ = tokio::task::spawn_blocking(move || drop(producer)).await;
        ended
    }

    async fn publish(
        &mut self,
        producer: &FutureProducer<Logged>,
        shutdown: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let sender = Sender {
            producer,
            kafka: self.kafka,
            service: self.service,
            lead: self.lead,
        };
        let mut committed = self.db.committed();
        let mut batch = Vec::new();
        while !shutdown.is_cancelled() {
            if batch.is_empty() {
                batch = self.read(&[]).await?;
            }
            if batch.is_empty() {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = committed.changed() => {}
                    () = tokio::time::sleep(self.kafka.options().relay_poll) => {}
                }
                continue;
            }
            // A relay that was paused may have been replaced meanwhile.
            if !self.lead.held().await {
                return Err(Interrupted::LeadershipLost);
            }
            fail_point::reach("relay::read");
            let ids: Vec<i64> = batch.iter().map(|row| row.id).collect();
            let (delivery, next) = tokio::join!(sender.deliver(&batch, shutdown), self.read(&ids));
            self.settle(delivery).await?;
            batch = next?;
        }
        Ok(())
    }

    async fn read(&self, in_flight: &[i64]) -> Result<Vec<OutboxRow>, Interrupted> {
        let mut conn = self.db.connection().await?;
        Ok(outbox::next(&mut conn, in_flight, self.kafka.options().batch).await?)
    }

    /// Removes exactly what was acknowledged, also where something else failed.
    async fn settle(&mut self, delivery: Delivery) -> Result<(), Interrupted> {
        if !delivery.acknowledged.is_empty() {
            fail_point::reach("relay::acknowledged");
            let mut conn = self.db.connection().await?;
            outbox::remove(&mut conn, &delivery.acknowledged).await?;
            fail_point::reach("relay::removed");
            self.published = true;
            METRICS.published(delivery.acknowledged.len());
        }
        delivery.interrupted.map_or(Ok(()), Err)
    }
}
