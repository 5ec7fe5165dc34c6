//! Batches that are handed to the producer, and the delivery reports of their records.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use service_host::fail_point;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::interrupted::Interrupted;
use crate::cloud_event;
use crate::kafka::{ClientLog, Kafka};
use crate::outbox::OutboxRow;

/// How many records are handed over before the task yields to others.
const YIELD_EVERY: usize = 200;

pub(super) type Producer = ThreadedProducer<ClientLog>;

impl ProducerContext for ClientLog {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, report: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        match report {
            Ok(_) => {
                fail_point::reach("relay::reported");
                ticket.reports.count_one();
            }
            Err((reason, _)) => ticket.reports.fail(ticket.index, reason.clone()),
        }
    }
}

/// Accompanies a record through the producer and comes back with its report.
pub(crate) struct Ticket {
    reports: Arc<Reports>,
    /// The record's place in its batch.
    index: usize,
}

/// The delivery reports of a batch.
struct Reports {
    outstanding: AtomicUsize,
    failures: Mutex<Vec<(usize, KafkaError)>>,
    complete: Notify,
    /// Cancelled at the first failure.
    halt: CancellationToken,
}

impl Reports {
    fn count_one(&self) {
        if self.outstanding.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.complete.notify_one();
        }
    }

    fn fail(&self, index: usize, reason: KafkaError) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((index, reason));
        self.halt.cancel();
        self.count_one();
    }
}

/// A batch that was handed to the producer.
pub(super) struct Batch {
    /// Ids of rows and events, in order.
    rows: Vec<(i64, Uuid)>,
    reports: Arc<Reports>,
}

/// The result of sending a batch.
pub(super) struct Delivery {
    /// Ids of the rows that Kafka has acknowledged.
    pub(super) acknowledged: Vec<i64>,
    /// The first failure, if there is one.
    pub(super) interrupted: Option<Interrupted>,
}

impl Batch {
    /// Hands all rows to the producer, in order.
    pub(super) async fn send(rows: &[OutboxRow], sender: &Sender<'_>) -> Self {
        let batch = Self {
            rows: rows.iter().map(|row| (row.id, row.ce_id)).collect(),
            reports: Arc::new(Reports {
                outstanding: AtomicUsize::new(rows.len()),
                failures: Mutex::default(),
                complete: Notify::new(),
                halt: sender.halt.clone(),
            }),
        };
        for (index, row) in rows.iter().enumerate() {
            if index % YIELD_EVERY == YIELD_EVERY - 1 {
                tokio::task::yield_now().await;
            }
            let reports = Arc::clone(&batch.reports);
            if let Err(reason) = sender.send(row, Ticket { reports, index }) {
                // Later records must not overtake this one.
                for unsent in index..rows.len() {
                    batch.reports.fail(unsent, reason.clone());
                }
                break;
            }
        }
        fail_point::reach("relay::sent");
        batch
    }

    /// How many events it contains.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns when every record is reported: delivered, failed, or purged.
    pub(super) async fn reported(&self) {
        while self.reports.outstanding.load(Ordering::Acquire) > 0 {
            self.reports.complete.notified().await;
        }
    }

    /// The result. Complete once [`reported`](Self::reported) has returned.
    pub(super) fn delivery(self) -> Delivery {
        let mut failures = self
            .reports
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // In order of the reports: after a fatal error, only the first report names the reason.
        let interrupted = failures
            .first()
            .map(|(index, reason)| interrupted(self.rows[*index].1, reason));
        failures.sort_unstable_by_key(|(index, _)| *index);
        let acknowledged = self.rows.iter().enumerate().filter(|(index, _)| {
            failures
                .binary_search_by_key(index, |(failed, _)| *failed)
                .is_err()
        });
        Delivery {
            acknowledged: acknowledged.map(|(_, (id, _))| *id).collect(),
            interrupted,
        }
    }
}

fn interrupted(event: Uuid, reason: &KafkaError) -> Interrupted {
    match reason.rdkafka_error_code() {
        Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => Interrupted::Purged,
        _ => Interrupted::Undelivered {
            event,
            reason: reason.clone(),
        },
    }
}

/// Sends records as one service.
pub(super) struct Sender<'a> {
    producer: &'a Producer,
    kafka: &'a Kafka,
    source: String,
    /// Cancelled when a record is not delivered: nothing more may be sent.
    halt: CancellationToken,
}

impl<'a> Sender<'a> {
    pub(super) fn new(
        producer: &'a Producer,
        kafka: &'a Kafka,
        service: &str,
        halt: &CancellationToken,
    ) -> Self {
        Self {
            producer,
            kafka,
            source: cloud_event::source(service),
            halt: halt.clone(),
        }
    }

    fn send(&self, row: &OutboxRow, ticket: Ticket) -> Result<(), KafkaError> {
        let topic = self.kafka.prefixed(&row.topic);
        let record = BaseRecord::with_opaque_to(&topic, Box::new(ticket))
            .key(&row.key)
            .payload(&row.payload)
            .headers(cloud_event::headers(row, &self.source));
        self.producer.send(record).map_err(|(reason, _)| reason)
    }
}
