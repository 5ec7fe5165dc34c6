//! One partition's task: read, take in, commit the offset.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::stream_consumer::StreamPartitionQueue;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::topic_partition_list::Offset;
use service_host::fail_point;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::arrival::{Arrival, Record};
use super::batch::Outcome;
use super::builder::Intake;
use super::failure::{Failed, Verdict};
use super::rebalance::Assignments;
use super::session::ASK_ANYWAY;
use crate::metrics::METRICS;
use crate::parking::State;
use crate::pause::Pause;

/// Most bytes of payload in one transaction, its last event aside.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How often a busy partition commits its offset. What is redelivered because of it is recognised.
const COMMIT_EVERY: Duration = Duration::from_millis(200);

pub(super) struct Partition {
    pub(super) intake: Arc<Intake>,
    pub(super) consumer: Arc<StreamConsumer<Assignments>>,
    pub(super) queue: StreamPartitionQueue<Assignments>,
    pub(super) topic: String,
    pub(super) number: i32,
    pub(super) stop: CancellationToken,
}

impl Partition {
    /// Works until `stop`. Once it returns, no offset of this partition is committed any more.
    pub(super) async fn run(self) {
        let mut uncommitted = None;
        let mut committed_at = Instant::now();
        while !self.stop.is_cancelled() {
            let ready = self.receive().now_or_never();
            if let Some(offset) = uncommitted
                && (ready.is_none() || committed_at.elapsed() >= COMMIT_EVERY)
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
                    () = tokio::time::sleep(ASK_ANYWAY) => continue,
                }
            };
            let Some(first) = first else {
                Pause::new(COMMIT_EVERY, COMMIT_EVERY).wait(&self.stop).await;
                continue;
            };
            let batch = self.gather(first);
            if let Some(done) = self.work_off(&batch).await {
                uncommitted = Some(done);
            }
        }
        if let Some(offset) = uncommitted {
            self.commit(offset);
        }
    }

    /// The next record; nothing after an error of the client, which recovers by itself.
    async fn receive(&self) -> Option<Record> {
        match self.queue.recv().await {
            Ok(message) => Some(Record::of(&message)),
            Err(error) => {
                tracing::warn!(messaging.destination.name = self.topic, partition = self.number, %error, "a fetch failed");
                None
            }
        }
    }

    /// What else is there already, up to a batch.
    fn gather(&self, first: Record) -> Vec<Arrival> {
        let most = usize::from(self.intake.kafka.options().batch);
        let mut bytes = first.payload.len();
        let mut batch = vec![Arrival::of(first, &self.intake.routes)];
        while batch.len() < most && bytes < BATCH_BYTES {
            let Some(Some(record)) = self.receive().now_or_never() else {
                break;
            };
            bytes += record.payload.len();
            batch.push(Arrival::of(record, &self.intake.routes));
        }
        batch
    }

    /// Takes the batch in, in order, however long it takes. Returns the last offset that is done, less than the batch's
    /// last only when stopped.
    async fn work_off(&self, batch: &[Arrival]) -> Option<i64> {
        let mut pause = Pause::new(Duration::from_millis(100), Duration::from_secs(10));
        let mut rest = batch;
        let mut upto = rest.len();
        let mut tries = 0;
        let mut done = None;
        while let Some(first) = rest.first()
            && !self.stop.is_cancelled()
        {
            let finished = match self.step(rest, &mut upto, &mut tries).await {
                Step::Done(outcomes) => {
                    fail_point::reach("consumer::committed");
                    count(rest, &outcomes);
                    outcomes.len()
                }
                Step::Narrowed => continue,
                Step::Failed(failed) => {
                    tracing::warn!(event.id = %first.event_id, error = %failed, "an event waits for the database");
                    pause.wait(&self.stop).await;
                    continue;
                }
            };
            done = rest
                .get(finished - 1)
                .map(|arrival| arrival.record.offset)
                .or(done);
            rest = rest.get(finished..).unwrap_or_default();
            upto = rest.len();
            tries = 0;
            pause.reset();
        }
        done
    }

    /// One transaction: over the first `upto`, or the one that keeps the first.
    async fn step(&self, rest: &[Arrival], upto: &mut usize, tries: &mut u32) -> Step {
        let Ok(_permit) = self.intake.permits.acquire().await else {
            return Step::Narrowed;
        };
        let failed = match self.intake.attempt(&rest[..*upto]).await {
            Ok(outcomes) => return Step::Done(outcomes),
            Err(failed) => failed,
        };
        let alone = match &failed {
            // Those before it work: do them, then look at it alone.
            Failed::Event { at, .. } if *at > 0 => {
                *upto = *at;
                return Step::Narrowed;
            }
            Failed::Event { .. } => true,
            Failed::Own(_) | Failed::Commit(_) => *upto == 1,
        };
        if !alone {
            // Find out whether a single one is at fault.
            *upto /= 2;
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

    /// Never called after the partition was given up: the broker would take a stale offset from any member.
    fn commit(&self, offset: i64) {
        let mut position = TopicPartitionList::with_capacity(1);
        let committed = position
            .add_partition_offset(&self.topic, self.number, Offset::Offset(offset + 1))
            .and_then(|()| self.consumer.commit(&position, CommitMode::Async));
        if let Err(error) = committed {
            tracing::debug!(messaging.destination.name = self.topic, partition = self.number, %error, "an offset was not committed");
        }
    }
}

fn count(arrivals: &[Arrival], outcomes: &[Outcome]) {
    for (arrival, outcome) in arrivals.iter().zip(outcomes) {
        METRICS.taken_in(&arrival.record.topic, &arrival.event_type, *outcome);
        if let Outcome::Kept(state @ (State::Parked | State::Waiting)) = outcome {
            tracing::warn!(
                event.id = %arrival.event_id,
                event.type = arrival.event_type,
                event.key = arrival.record.key,
                messaging.destination.name = arrival.record.topic,
                state = state.name(),
                "an event can't be taken in and is kept"
            );
        }
    }
}

/// What one transaction came to.
enum Step {
    /// As many from the front are done.
    Done(Vec<Outcome>),
    /// Try fewer, at once.
    Narrowed,
    /// Try the same after a pause.
    Failed(Failed),
}
