//! Sending one batch, and learning the outcome of every record in it.

use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _, PurgeConfig};
use service_host::database::Exclusive;
use service_host::fail_point;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::pump::Interrupted;
use crate::cloud_event;
use crate::kafka::{Kafka, Logged};
use crate::outbox::OutboxRow;

/// How often leadership is looked at while reports are outstanding.
const LOOK: Duration = Duration::from_secs(1);

/// How long a stopping relay waits for reports. What isn't reported stays in the outbox.
const GRACE: Duration = Duration::from_secs(3);

/// The outcome of a batch.
#[derive(Default)]
pub(super) struct Delivery {
    /// Rows that Kafka has.
    pub(super) acknowledged: Vec<i64>,
    /// Why not all of them.
    pub(super) interrupted: Option<Interrupted>,
}

/// Sends batches of one leadership.
pub(super) struct Sender<'a> {
    pub(super) producer: &'a FutureProducer<Logged>,
    pub(super) kafka: &'a Kafka,
    pub(super) service: &'static str,
    pub(super) lead: &'a Exclusive,
}

impl Sender<'_> {
    /// Sends all rows in order, then waits until every one of them is reported: delivered, failed, or taken back.
    pub(super) async fn deliver(&self, batch: &[OutboxRow], shutdown: &CancellationToken) -> Delivery {
        let mut delivery = Delivery::default();
        let mut reports = FuturesUnordered::new();
        for row in batch {
            match self.send(row) {
                Ok(report) => reports.push(async move { (row.id, row.ce_id, report.await) }),
                Err(reason) => {
                    // Nothing that comes after it may go before it.
                    delivery.interrupted = Some(undelivered(row.ce_id, reason));
                    break;
                }
            }
        }
        fail_point::reach("relay::sent");
        let mut look = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
        let mut give_up = None;
        loop {
            tokio::select! {
                report = reports.next() => match report {
                    None => return delivery,
                    Some((id, _, Ok(Ok(_)))) => {
                        fail_point::reach("relay::reported");
                        delivery.acknowledged.push(id);
                    }
                    Some((_, event, Ok(Err((reason, _))))) => {
                        delivery.interrupted.get_or_insert_with(|| undelivered(event, reason));
                    }
                    Some((_, event, Err(_))) => {
                        let reason = KafkaError::Canceled;
                        delivery.interrupted.get_or_insert_with(|| undelivered(event, reason));
                    }
                },
                _ = look.tick() => {
                    if shutdown.is_cancelled() {
                        let deadline = *give_up.get_or_insert_with(|| Instant::now() + GRACE);
                        if Instant::now() >= deadline {
                            self.take_back();
                        }
                    } else if !self.lead.held().await {
                        delivery.interrupted.get_or_insert(Interrupted::LeadershipLost);
                        self.take_back();
                    }
                }
            }
        }
    }

    fn send(&self, row: &OutboxRow) -> Result<DeliveryFuture, KafkaError> {
        let topic = self.kafka.prefixed(&row.topic);
        let record = FutureRecord::to(&topic)
            .key(&row.key)
            .payload(&row.payload)
            .headers(cloud_event::headers(row, self.service));
        self.producer.send_result(record).map_err(|(reason, _)| reason)
    }

    /// Whoever publishes next must not be overtaken by what this relay still had in its queue.
    fn take_back(&self) {
        self.producer.purge(PurgeConfig::default().queue().inflight());
    }
}

/// A fatal error's report names only the state; the first reason is what matters.
fn undelivered(event: Uuid, reason: KafkaError) -> Interrupted {
    if reason.rdkafka_error_code() == Some(RDKafkaErrorCode::PurgeQueue) {
        return Interrupted::TakenBack;
    }
    Interrupted::Undelivered { event, reason }
}
