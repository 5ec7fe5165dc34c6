//! Which partitions are ours: starting and stopping their tasks as the group decides.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionList;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::builder::Intake;
use super::partition::Partition;
use crate::kafka::log;

/// How long a partition's task may take to finish what it does before it is cut off. Longer than any statement may.
const FINISH: Duration = Duration::from_secs(15);

/// The client's context. The client calls it on the thread that polls, which may therefore wait for tasks.
pub(super) struct Assignments {
    intake: Arc<Intake>,
    runtime: Handle,
    /// The client itself: it is made with its context, so the context learns of it afterwards.
    consumer: OnceLock<Weak<StreamConsumer<Assignments>>>,
    running: Mutex<HashMap<(String, i32), Running>>,
    /// A task ended that should not have.
    pub(super) broken: Arc<Notify>,
}

struct Running {
    stop: CancellationToken,
    abort: AbortHandle,
    /// Disconnected when the task is gone.
    gone: Receiver<()>,
}

/// Dropped with its task, however that ends.
struct Gone {
    stop: CancellationToken,
    broken: Arc<Notify>,
    _sender: Sender<()>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        if !self.stop.is_cancelled() {
            self.broken.notify_one();
        }
    }
}

impl Assignments {
    pub(super) fn new(intake: &Arc<Intake>, runtime: Handle) -> Self {
        Self {
            intake: Arc::clone(intake),
            runtime,
            consumer: OnceLock::new(),
            running: Mutex::default(),
            broken: Arc::default(),
        }
    }

    pub(super) fn belongs_to(&self, consumer: &Arc<StreamConsumer<Self>>) {
        let _ = self.consumer.set(Arc::downgrade(consumer));
    }

    /// Starts the tasks of partitions that are about to be assigned. Splitting a partition off *before* it is assigned
    /// makes sure that none of its records ever reaches the client's common queue.
    fn start(&self, partitions: &TopicPartitionList) {
        let Some(consumer) = self.consumer.get().and_then(Weak::upgrade) else {
            return;
        };
        for assigned in partitions.elements() {
            let place = (assigned.topic().to_owned(), assigned.partition());
            self.stop(std::slice::from_ref(&place));
            let Some(queue) = consumer.split_partition_queue(&place.0, place.1) else {
                self.broken.notify_one();
                continue;
            };
            let stop = CancellationToken::new();
            let (sender, gone) = channel();
            let guard = Gone {
                stop: stop.clone(),
                broken: Arc::clone(&self.broken),
                _sender: sender,
            };
            let partition = Partition {
                intake: Arc::clone(&self.intake),
                consumer: Arc::clone(&consumer),
                queue,
                topic: place.0.clone(),
                number: place.1,
                stop: stop.clone(),
            };
            let task = self.runtime.spawn(async move {
                // Last to be dropped: whoever waits for it finds nothing of the task left.
                let _guard = guard;
                partition.run().await;
            });
            let abort = task.abort_handle();
            self.tasks().insert(place, Running { stop, abort, gone });
        }
    }

    /// Stops these partitions' tasks and waits until they are gone: nothing of theirs is processed or committed after.
    fn stop(&self, places: &[(String, i32)]) {
        let stopping: Vec<Running> = {
            let mut tasks = self.tasks();
            places.iter().filter_map(|place| tasks.remove(place)).collect()
        };
        for task in &stopping {
            task.stop.cancel();
        }
        let deadline = Instant::now() + FINISH;
        for task in stopping {
            let left = deadline.saturating_duration_since(Instant::now());
            if task.gone.recv_timeout(left) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                tracing::error!(
                    "a partition's task did not finish in time and is cut off; its transaction is rolled back"
                );
                task.abort.abort();
                let _ = task.gone.recv_timeout(FINISH);
            }
        }
    }

    pub(super) fn stop_all(&self) {
        let places: Vec<_> = self.tasks().keys().cloned().collect();
        self.stop(&places);
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, HashMap<(String, i32), Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Assignments {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(error = %error, "kafka: {reason}");
    }
}

impl ConsumerContext for Assignments {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => self.start(partitions),
            Rebalance::Revoke(partitions) => {
                let places: Vec<_> = partitions
                    .elements()
                    .iter()
                    .map(|revoked| (revoked.topic().to_owned(), revoked.partition()))
                    .collect();
                self.stop(&places);
            }
            // The client unassigns everything.
            Rebalance::Error(error) => {
                tracing::warn!(%error, "the consumer group could not be rebalanced");
                self.stop_all();
            }
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(%error, "offsets were not committed; what is redelivered is recognised");
        }
    }
}
