//! The task of one partition: fetch, process, commit the offset.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use rdkafka::consumer::{CommitMode, Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::topic_partition_list::Offset;
use service_host::fail_point;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::arrival::Arrival;
use super::failure::{Failed, Verdict};
use super::intake::Intake;
use super::take_in::Outcome;
use crate::backoff::Backoff;
use crate::kafka::POLL_INTERVAL;
use crate::metrics::METRICS;
use crate::parking::State;
use crate::record::Record;

/// Most payload bytes in one transaction, its last event excluded.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How often a busy partition commits its offset. Events that are redelivered because of it are
/// recognised.
const COMMIT_INTERVAL: Duration = Duration::from_millis(200);

/// Pause after a failed fetch.
const FETCH_PAUSE: Duration = Duration::from_millis(200);

pub(super) struct Partition<C: ConsumerContext + 'static> {
    pub(super) intake: Arc<Intake>,
    pub(super) consumer: Arc<StreamConsumer<C>>,
    pub(super) queue: StreamPartitionQueue<C>,
    pub(super) topic: String,
    pub(super) number: i32,
    pub(super) stop: CancellationToken,
}

impl<C: ConsumerContext + 'static> Partition<C> {
    /// Works until `stop`. After it has returned, no offset of this partition is committed.
    pub(super) async fn run(self) {
        let mut uncommitted = None;
        let mut committed_at = Instant::now();
        while !self.stop.is_cancelled() {
            let ready = self.receive().now_or_never();
            if let Some(offset) = uncommitted
                && (ready.is_none() || committed_at.elapsed() >= COMMIT_INTERVAL)
            {
                self.commit(offset);
                committed_at = Instant::now();
                uncommitted = None;
            }
            let first = if let Some(first) = ready {
                first
            } else {
                tokio::select! {
                    () = self.stop.cancelled() => break,
                    first = self.receive() => first,
                    () = tokio::time::sleep(POLL_INTERVAL) => continue,
                }
            };
            let Some(first) = first else {
                let _ = tokio::time::timeout(FETCH_PAUSE, self.stop.cancelled()).await;
                continue;
            };
            let batch = self.collect_batch(first);
            if let Some(done) = self.process(&batch).await {
                uncommitted = Some(done);
            }
        }
        if let Some(offset) = uncommitted {
            self.commit(offset);
        }
    }

    /// The next record. `None` after an error, from which the client recovers by itself.
    async fn receive(&self) -> Option<Record> {
        match self.queue.recv().await {
            Ok(message) => Some(Record::of(&message)),
            Err(error) => {
                tracing::warn!(
                    messaging.destination.name = self.topic,
                    partition = self.number,
                    %error,
                    "could not fetch a record"
                );
                None
            }
        }
    }

    /// Adds the records that are fetched already, up to a batch.
    fn collect_batch(&self, first: Record) -> Vec<Arrival> {
        let max_events = usize::from(self.intake.kafka.options().batch);
        let mut bytes = first.payload.len();
        let mut batch = vec![self.intake.routes.arrival(first)];
        while batch.len() < max_events && bytes < MAX_BATCH_BYTES {
            let Some(Some(record)) = self.receive().now_or_never() else {
                break;
            };
            bytes += record.payload.len();
            batch.push(self.intake.routes.arrival(record));
        }
        batch
    }

    /// Processes the batch in order, however long it takes. Returns the last offset that is done.
    /// That is less than the last one of the batch only after `stop`.
    async fn process(&self, batch: &[Arrival]) -> Option<i64> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10));
        let mut rest = batch;
        let mut limit = rest.len();
        let mut tries = 0;
        let mut done = None;
        while let Some(first) = rest.first()
            && !self.stop.is_cancelled()
        {
            let finished = match self.step(rest, &mut limit, &mut tries).await {
                Step::Done(outcomes) => {
                    fail_point::reach("consumer::committed");
                    count(rest, &outcomes);
                    outcomes.len()
                }
                Step::Narrowed => continue,
                Step::Failed(failed) => {
                    tracing::warn!(
                        event.id = %first.record.event_id(),
                        error = %failed,
                        "an event waits for the database"
                    );
                    backoff.wait(&self.stop).await;
                    continue;
                }
            };
            done = rest
                .get(finished - 1)
                .map(|arrival| arrival.record.offset)
                .or(done);
            rest = rest.get(finished..).unwrap_or_default();
            limit = rest.len();
            tries = 0;
            backoff.reset();
        }
        done
    }

    /// Runs one transaction: over the first `limit` arrivals, or the one that keeps the first
    /// arrival.
    async fn step(&self, rest: &[Arrival], limit: &mut usize, tries: &mut u32) -> Step {
        let Ok(_permit) = self.intake.permits.acquire().await else {
            return Step::Narrowed;
        };
        let failed = match self.intake.take_in(&rest[..*limit]).await {
            Ok(outcomes) => return Step::Done(outcomes),
            Err(failed) => failed,
        };
        let is_single = match &failed {
            // Process those before it first, then this one alone.
            Failed::Event { index, .. } if *index > 0 => {
                *limit = *index;
                return Step::Narrowed;
            }
            Failed::Event { .. } => true,
            Failed::Own(_) | Failed::Commit(_) => *limit == 1,
        };
        if !is_single {
            // Find out whether a single event is at fault.
            *limit /= 2;
            return Step::Failed(failed);
        }
        *tries += 1;
        match failed.verdict(*tries) {
            Verdict::Again => Step::Failed(failed),
            Verdict::Later => {
                *tries -= 1;
                Step::Failed(failed)
            }
            Verdict::Keep(state, reason) => match self.intake.set_aside(&rest[0], state, &reason).await {
                Ok(outcome) => Step::Done(vec![outcome]),
                Err(failed) => Step::Failed(failed),
            },
        }
    }

    /// Commits an offset. Not called after the partition was revoked: the broker would accept a
    /// stale offset from any member of the group.
    fn commit(&self, offset: i64) {
        let mut position = TopicPartitionList::with_capacity(1);
        let committed = position
            .add_partition_offset(&self.topic, self.number, Offset::Offset(offset + 1))
            .and_then(|()| self.consumer.commit(&position, CommitMode::Async));
        if let Err(error) = committed {
            tracing::debug!(
                messaging.destination.name = self.topic,
                partition = self.number,
                %error,
                "could not commit an offset"
            );
        }
    }
}

fn count(arrivals: &[Arrival], outcomes: &[Outcome]) {
    for (Arrival { record, .. }, outcome) in arrivals.iter().zip(outcomes) {
        METRICS.taken_in(&record.topic, record.event_type(), outcome.name());
        if let Outcome::Kept(state @ (State::Parked | State::Waiting)) = outcome {
            tracing::warn!(
                event.id = %record.event_id(),
                event.type = record.event_type(),
                event.key = record.key,
                messaging.destination.name = record.topic,
                state = state.name(),
                "an event cannot be processed now and is kept"
            );
        }
    }
}

/// The result of one transaction.
enum Step {
    /// As many arrivals from the front are done.
    Done(Vec<Outcome>),
    /// Try fewer arrivals, at once.
    Narrowed,
    /// Try again after a pause.
    Failed(Failed),
}
