//! The relay's work in one term of leadership: read, send, wait for every report, delete.
//!
//! Two loops run concurrently. One reads and sends, at most [`MAX_IN_FLIGHT`] batches ahead. The
//! other settles the batches in the order in which they were sent: once all records of a batch are
//! reported, it deletes the rows that Kafka has acknowledged. Rows are deleted in partition order:
//! if a later row were deleted first, a failure would republish the earlier one after it. The
//! producer's gapless guarantee ensures this: after a record has failed, it fails every later
//! record.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::producer::{Producer as _, PurgeConfig};
use service_host::database::{Committed, Exclusive};
use service_host::{Database, fail_point};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batch::{Batch, Producer, Sender};
use super::interrupted::Interrupted;
use crate::kafka::{ClientLog, ConnectionWatch, Kafka, reach};
use crate::metrics::METRICS;
use crate::outbox::{self, OutboxRow, Span};

/// Most batches in flight. All of them together must fit into the producer's queue.
const MAX_IN_FLIGHT: u32 = 4;

/// How often leadership is checked while reports are outstanding.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How long a relay waits for reports after shutdown is requested. Events without a report stay in
/// the outbox.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// One term of leadership.
pub(super) struct Pump<'a> {
    db: &'a Database,
    kafka: &'a Kafka,
    lead: &'a Exclusive,
    /// Ids of the rows in flight, in the order in which they were sent.
    in_flight: Mutex<VecDeque<i64>>,
    /// One permit for each batch that may be in flight.
    permits: Semaphore,
    published: AtomicBool,
}

/// A batch in flight with its permit.
type InFlight<'a> = (Batch, SemaphorePermit<'a>);

impl<'a> Pump<'a> {
    pub(super) fn new(db: &'a Database, kafka: &'a Kafka, lead: &'a Exclusive) -> Self {
        Self {
            db,
            kafka,
            lead,
            in_flight: Mutex::default(),
            permits: Semaphore::new(MAX_IN_FLIGHT as usize),
            published: AtomicBool::new(false),
        }
    }

    /// Whether an event was published in this term.
    pub(super) fn has_published(&self) -> bool {
        self.published.load(Ordering::Relaxed)
    }

    /// Publishes as `service`. Returns `Ok` after `shutdown`, and `Err` after a failure.
    pub(super) async fn run(&self, service: &str, shutdown: &CancellationToken) -> Result<(), Interrupted> {
        let producer: Arc<Producer> = Arc::new(self.kafka.producer().create_with_context(ClientLog)?);
        let (sent, batches) = mpsc::channel(MAX_IN_FLIGHT as usize);
        let halt = shutdown.child_token();
        let sender = Sender::new(&producer, self.kafka, service, &halt);
        let sending = self.send(&sender, sent, &halt);
        let mut settling = Settling {
            pump: self,
            producer: &producer,
            deadline: None,
        };
        let (sent, settled) = tokio::join!(sending, settling.settle(batches, shutdown, &halt));
        // The drop blocks until the producer's thread has ended.
        let _ = tokio::task::spawn_blocking(move || drop(producer)).await;
        sent.and(settled)
    }

    /// Sends batch after batch, until `halt`.
    async fn send<'b>(
        &'b self,
        sender: &Sender<'_>,
        sent: mpsc::Sender<InFlight<'b>>,
        halt: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let mut committed = self.db.committed();
        while let Some(permit) = self.permits(1, halt).await {
            let Some(in_flight) = Span::of(self.in_flight().iter().copied().collect()) else {
                // The ids in flight are too scattered to exclude them from the next read. Wait
                // until all of them are deleted.
                drop(permit);
                if self.permits(MAX_IN_FLIGHT, halt).await.is_none() {
                    break;
                }
                continue;
            };
            // If this process was suspended, another replica may have taken over.
            let (held, rows) = tokio::join!(self.lead.held(), self.read(in_flight));
            let rows = rows?;
            if rows.is_empty() {
                drop(permit);
                self.wait(&mut committed, halt).await;
                continue;
            }
            if !held {
                return Err(Interrupted::LeadershipLost);
            }
            fail_point::reach("relay::read");
            // After a failure, later records of the same key must not be sent.
            if halt.is_cancelled() {
                break;
            }
            self.in_flight().extend(rows.iter().map(|row| row.id));
            let batch = Batch::send(&rows, sender).await;
            if sent.send((batch, permit)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Waits for permits for as many batches. `None` once `halt` is cancelled.
    async fn permits(&self, batches: u32, halt: &CancellationToken) -> Option<SemaphorePermit<'_>> {
        tokio::select! {
            biased;
            () = halt.cancelled() => None,
            permits = self.permits.acquire_many(batches) => permits.ok(),
        }
    }

    /// Waits until there may be new events.
    async fn wait(&self, committed: &mut Committed, halt: &CancellationToken) {
        tokio::select! {
            () = halt.cancelled() => {}
            () = committed.changed() => {}
            () = tokio::time::sleep(self.kafka.options().relay_poll) => {}
        }
    }

    async fn read(&self, in_flight: Span) -> Result<Vec<OutboxRow>, Interrupted> {
        let mut conn = self.db.connection().await?;
        Ok(outbox::next(&mut conn, in_flight, self.kafka.options().relay_batch).await?)
    }

    async fn delete(&self, acknowledged: Vec<i64>) -> Result<(), Interrupted> {
        let mut conn = self.db.connection().await?;
        outbox::delete(&mut conn, acknowledged).await?;
        Ok(())
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, VecDeque<i64>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The loop that settles batches.
struct Settling<'a> {
    pump: &'a Pump<'a>,
    producer: &'a Arc<Producer>,
    /// When unreported records are purged. Set once shutdown is requested.
    deadline: Option<Instant>,
}

impl Settling<'_> {
    /// Settles every batch that is sent. The first failure stops the sending.
    async fn settle(
        &mut self,
        mut batches: mpsc::Receiver<InFlight<'_>>,
        shutdown: &CancellationToken,
        halt: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let mut ended = Ok(());
        while let Some((batch, _permit)) = batches.recv().await {
            let reported = self.await_reports(&batch, shutdown).await;
            let events = batch.len();
            if ended.is_ok() {
                ended = reported.and(self.finish(batch).await);
            }
            if ended.is_err() {
                halt.cancel();
            }
            self.pump.in_flight().drain(..events);
        }
        ended
    }

    /// Deletes exactly the acknowledged rows, also if other rows failed.
    async fn finish(&self, batch: Batch) -> Result<(), Interrupted> {
        let delivery = batch.delivery();
        let events = delivery.acknowledged.len();
        if events > 0 {
            fail_point::reach("relay::acknowledged");
            self.pump.delete(delivery.acknowledged).await?;
            fail_point::reach("relay::removed");
            self.pump.published.store(true, Ordering::Relaxed);
            METRICS.published(events);
        }
        delivery.interrupted.map_or(Ok(()), Err)
    }

    /// Waits until all records of a batch are reported. Purges the producer's queue when this
    /// replica must not publish any more.
    async fn await_reports(
        &mut self,
        batch: &Batch,
        shutdown: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let mut check = tokio::time::interval_at(Instant::now() + CHECK_INTERVAL, CHECK_INTERVAL);
        let mut watch = ConnectionWatch::new(self.pump.kafka);
        let mut ended = Ok(());
        loop {
            tokio::select! {
                () = batch.reported() => return ended,
                _ = check.tick() => {
                    if shutdown.is_cancelled() {
                        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + DRAIN_TIMEOUT);
                        if Instant::now() >= deadline {
                            self.purge();
                        }
                    } else if !self.pump.lead.held().await {
                        ended = Err(Interrupted::LeadershipLost);
                        self.purge();
                    } else {
                        let producer = Arc::clone(self.producer);
                        if watch.is_cut_off(move || reach(producer.client())).await {
                            ended = Err(Interrupted::CutOff);
                            self.purge();
                        }
                    }
                }
            }
        }
    }

    /// Empties the producer's queue: its records must not arrive after those of the next leader.
    fn purge(&self) {
        self.producer.purge(PurgeConfig::default().queue().inflight());
    }
}
