//! Batches on their way to the broker, and the reports of what became of every record.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use service_host::fail_point;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::pump::Interrupted;
use crate::cloud_event;
use crate::kafka::{Kafka, Logged};
use crate::outbox::OutboxRow;

/// How many records are handed over before other tasks of the thread have their turn.
const TURN: usize = 200;

pub(super) type Producer = ThreadedProducer<Logged>;

impl ProducerContext for Logged {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, report: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        match report {
            Ok(_) => {
                fail_point::reach("relay::reported");
                ticket.reports.land(1);
            }
            Err((reason, _)) => ticket.reports.fail(ticket.place, reason.clone()),
        }
    }
}

/// Goes through the producer with a record, and comes back with its report.
pub(crate) struct Ticket {
    reports: Arc<Reports>,
    place: usize,
}

/// What is known of a batch's records.
struct Reports {
    outstanding: AtomicUsize,
    failures: Mutex<Vec<(usize, KafkaError)>>,
    landed: Notify,
    /// Cancelled at the first failure.
    halt: CancellationToken,
}

impl Reports {
    fn land(&self, records: usize) {
        if self.outstanding.fetch_sub(records, Ordering::AcqRel) == records {
            self.landed.notify_one();
        }
    }

    fn fail(&self, place: usize, reason: KafkaError) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((place, reason));
        self.halt.cancel();
        self.land(1);
    }
}

/// A batch that was handed to the producer.
pub(super) struct Flight {
    /// Ids of rows and events, in order.
    rows: Vec<(i64, Uuid)>,
    reports: Arc<Reports>,
}

/// What became of a flight.
pub(super) struct Landing {
    /// Rows that Kafka has.
    pub(super) acknowledged: Vec<i64>,
    /// Why not all of them.
    pub(super) interrupted: Option<Interrupted>,
}

impl Flight {
    /// Hands all rows over, in order.
    pub(super) async fn start(batch: &[OutboxRow], sender: &Sender<'_>) -> Self {
        let flight = Self {
            rows: batch.iter().map(|row| (row.id, row.ce_id)).collect(),
            reports: Arc::new(Reports {
                outstanding: AtomicUsize::new(batch.len()),
                failures: Mutex::default(),
                landed: Notify::new(),
                halt: sender.halt.clone(),
            }),
        };
        for (place, row) in batch.iter().enumerate() {
            if place % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            let reports = Arc::clone(&flight.reports);
            if let Err(reason) = sender.send(row, Ticket { reports, place }) {
                // Nothing that comes after it may go before it.
                for left in place..batch.len() {
                    flight.reports.fail(left, reason.clone());
                }
                break;
            }
        }
        fail_point::reach("relay::sent");
        flight
    }

    /// How many events it carries.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns when every record is reported: delivered, failed, or taken back.
    pub(super) async fn landed(&self) {
        while self.reports.outstanding.load(Ordering::Acquire) > 0 {
            self.reports.landed.notified().await;
        }
    }

    /// What is known of it; all, once it has [`landed`](Self::landed).
    pub(super) fn landing(self) -> Landing {
        let mut failures = self
            .reports
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let interrupted = failures
            .first()
            .map(|(place, reason)| undelivered(self.rows[*place].1, reason));
        failures.sort_unstable_by_key(|(place, _)| *place);
        let acknowledged = self.rows.iter().enumerate().filter(|(place, _)| {
            failures
                .binary_search_by_key(place, |(failed, _)| *failed)
                .is_err()
        });
        Landing {
            acknowledged: acknowledged.map(|(_, (id, _))| *id).collect(),
            interrupted,
        }
    }
}

/// Writes records as one service.
pub(super) struct Sender<'a> {
    producer: &'a Producer,
    kafka: &'a Kafka,
    source: String,
    /// Cancelled when a record is not delivered: nothing more is to be sent.
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

/// A fatal error's report names only the state; the first reason is what matters.
fn undelivered(event: Uuid, reason: &KafkaError) -> Interrupted {
    match reason.rdkafka_error_code() {
        Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => Interrupted::TakenBack,
        _ => Interrupted::Undelivered {
            event,
            reason: reason.clone(),
        },
    }
}
