//! The relay's work in one term of leadership: read, send, wait for every report, remove.
//!
//! Two loops side by side. One reads and sends, at most [`FLIGHTS`] batches ahead; the other settles the batches in the
//! order in which they were sent: once all of a batch is reported, what Kafka has of it is removed. Nothing is removed while
//! something of its partition before it was not, or that would be published again, behind it: the producer's gapless guarantee fails
//! every record after one that failed.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::producer::{Producer as _, PurgeConfig};
use service_host::database::{Committed, Exclusive};
use service_host::{Database, fail_point};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::flight::{Flight, Producer, Sender};
use crate::kafka::{Kafka, Logged, reach};
use crate::metrics::METRICS;
use crate::outbox::{self, OutboxRow, Span};
use crate::watch::Watch;

/// Most batches that are sent and not removed. Times the bytes of one, less than the producer's queue takes.
const FLIGHTS: u32 = 4;

/// How often leadership is looked at while reports are outstanding.
const LOOK: Duration = Duration::from_secs(1);

/// How long a stopping relay waits for reports. What isn't reported stays in the outbox.
const GRACE: Duration = Duration::from_secs(3);

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
    #[error("the client can't reach the broker any more, and a new one can")]
    CutOff,
    #[error("the lock that makes this replica the publishing one was lost")]
    LeadershipLost,
}

/// One term of leadership.
pub(super) struct Pump<'a> {
    db: &'a Database,
    kafka: &'a Kafka,
    lead: &'a Exclusive,
    /// Ids of the rows that are sent and not removed, in the order in which they were sent.
    in_flight: Mutex<VecDeque<i64>>,
    /// One permit for each batch that may be in flight.
    room: Semaphore,
    published: AtomicBool,
}

/// A batch in flight, and the room that it takes.
type Aloft<'a> = (Flight, SemaphorePermit<'a>);

impl<'a> Pump<'a> {
    pub(super) fn new(db: &'a Database, kafka: &'a Kafka, lead: &'a Exclusive) -> Self {
        Self {
            db,
            kafka,
            lead,
            in_flight: Mutex::default(),
            room: Semaphore::new(FLIGHTS as usize),
            published: AtomicBool::new(false),
        }
    }

    /// Whether anything was published in this term.
    pub(super) fn has_published(&self) -> bool {
        self.published.load(Ordering::Relaxed)
    }

    /// Publishes as `service` until `shutdown` (Ok) or until something fails.
    pub(super) async fn run(&self, service: &str, shutdown: &CancellationToken) -> Result<(), Interrupted> {
        let producer: Arc<Producer> = Arc::new(self.kafka.producer().create_with_context(Logged)?);
        let (sent, flights) = mpsc::channel(FLIGHTS as usize);
        let halt = shutdown.child_token();
        let sender = Sender::new(&producer, self.kafka, service, &halt);
        let sending = self.send(&sender, sent, &halt);
        let mut settling = Settling {
            pump: self,
            producer: &producer,
            give_up: None,
        };
        let (sent, settled) = tokio::join!(sending, settling.settle(flights, shutdown, &halt));
        // Dropping a producer waits for its thread.
        let _ = tokio::task::spawn_blocking(move || drop(producer)).await;
        sent.and(settled)
    }

    /// Sends batch after batch, until `halt`.
    async fn send<'b>(
        &'b self,
        sender: &Sender<'_>,
        sent: mpsc::Sender<Aloft<'b>>,
        halt: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let mut committed = self.db.committed();
        while let Some(room) = self.room(1, halt).await {
            let Some(in_flight) = Span::of(self.in_flight().iter().copied().collect()) else {
                // Too scattered to be excluded from the next batch: that one has to wait until they are removed.
                drop(room);
                if self.room(FLIGHTS, halt).await.is_none() {
                    break;
                }
                continue;
            };
            // A relay that was suspended may have been replaced meanwhile.
            let (held, batch) = tokio::join!(self.lead.held(), self.read(in_flight));
            let batch = batch?;
            if batch.is_empty() {
                drop(room);
                self.wait(&mut committed, halt).await;
                continue;
            }
            if !held {
                return Err(Interrupted::LeadershipLost);
            }
            fail_point::reach("relay::read");
            // A record that failed meanwhile must not be overtaken by later ones of its key.
            if halt.is_cancelled() {
                break;
            }
            self.in_flight().extend(batch.iter().map(|row| row.id));
            let flight = Flight::start(&batch, sender).await;
            if sent.send((flight, room)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Waits until as many batches more may be in flight; nothing once `halt` is cancelled.
    async fn room(&self, batches: u32, halt: &CancellationToken) -> Option<SemaphorePermit<'_>> {
        tokio::select! {
            biased;
            () = halt.cancelled() => None,
            room = self.room.acquire_many(batches) => room.ok(),
        }
    }

    /// Waits until there may be something to publish.
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

    async fn remove(&self, acknowledged: Vec<i64>) -> Result<(), Interrupted> {
        let mut conn = self.db.connection().await?;
        outbox::remove(&mut conn, acknowledged).await?;
        Ok(())
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, VecDeque<i64>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of each batch's way.
struct Settling<'a> {
    pump: &'a Pump<'a>,
    producer: &'a Arc<Producer>,
    /// When a stopping relay takes back what is not reported.
    give_up: Option<Instant>,
}

impl Settling<'_> {
    /// Settles every batch that was sent. The first failure stops the sending.
    async fn settle(
        &mut self,
        mut flights: mpsc::Receiver<Aloft<'_>>,
        shutdown: &CancellationToken,
        halt: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let mut ended = Ok(());
        while let Some((flight, _room)) = flights.recv().await {
            let led = self.land(&flight, shutdown).await;
            let events = flight.len();
            if ended.is_ok() {
                ended = led.and(self.finish(flight).await);
            }
            if ended.is_err() {
                halt.cancel();
            }
            self.pump.in_flight().drain(..events);
        }
        ended
    }

    /// Removes exactly what was acknowledged, also where something else failed.
    async fn finish(&self, flight: Flight) -> Result<(), Interrupted> {
        let landing = flight.landing();
        let events = landing.acknowledged.len();
        if events > 0 {
            fail_point::reach("relay::acknowledged");
            self.pump.remove(landing.acknowledged).await?;
            fail_point::reach("relay::removed");
            self.pump.published.store(true, Ordering::Relaxed);
            METRICS.published(events);
        }
        landing.interrupted.map_or(Ok(()), Err)
    }

    /// Waits until all of the batch is reported. Takes back what is queued when this replica is not to publish any more.
    async fn land(&mut self, flight: &Flight, shutdown: &CancellationToken) -> Result<(), Interrupted> {
        let mut look = tokio::time::interval_at(Instant::now() + LOOK, LOOK);
        let mut watch = Watch::new(self.pump.kafka);
        let mut led = Ok(());
        loop {
            tokio::select! {
                () = flight.landed() => return led,
                _ = look.tick() => {
                    if shutdown.is_cancelled() {
                        let deadline = *self.give_up.get_or_insert_with(|| Instant::now() + GRACE);
                        if Instant::now() >= deadline {
                            self.take_back();
                        }
                    } else if !self.pump.lead.held().await {
                        led = Err(Interrupted::LeadershipLost);
                        self.take_back();
                    } else {
                        let producer = Arc::clone(self.producer);
                        if watch.is_cut_off(move || reach(producer.client())).await {
                            led = Err(Interrupted::CutOff);
                            self.take_back();
                        }
                    }
                }
            }
        }
    }

    /// Whoever publishes next must not be overtaken by what this relay still had in its queue.
    fn take_back(&self) {
        self.producer.purge(PurgeConfig::default().queue().inflight());
    }
}
