//! Starts and stops the partition tasks as the consumer group assigns and revokes partitions.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
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

use super::intake::Intake;
use super::partition::Partition;
use crate::kafka::log;

/// How long a partition's task may take to finish its current work before it is aborted. Longer
/// than the statement timeout.
const FINISH_TIMEOUT: Duration = Duration::from_secs(15);

/// The context of the client. The client calls it on the thread that polls, which may therefore
/// wait for tasks.
pub(super) struct Assignments {
    intake: Arc<Intake>,
    runtime: Handle,
    /// The client. Set afterwards, because a client is created with its context.
    consumer: OnceLock<Weak<StreamConsumer<Assignments>>>,
    tasks: Mutex<HashMap<(String, i32), Task>>,
    /// Notified when a task has ended that was not stopped.
    pub(super) task_failed: Arc<Notify>,
}

/// A running partition task.
struct Task {
    stop: CancellationToken,
    abort: AbortHandle,
    /// Disconnected when the task has ended.
    ended: Receiver<()>,
}

/// Dropped with its task, however the task ends.
struct TaskGuard {
    stop: CancellationToken,
    task_failed: Arc<Notify>,
    _ended: Sender<()>,
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        if !self.stop.is_cancelled() {
            self.task_failed.notify_one();
        }
    }
}

impl Assignments {
    pub(super) fn new(intake: &Arc<Intake>, runtime: Handle) -> Self {
        Self {
            intake: Arc::clone(intake),
            runtime,
            consumer: OnceLock::new(),
            tasks: Mutex::default(),
            task_failed: Arc::default(),
        }
    }

    pub(super) fn set_consumer(&self, consumer: &Arc<StreamConsumer<Self>>) {
        let _ = self.consumer.set(Arc::downgrade(consumer));
    }

    /// Starts the tasks of partitions that are about to be assigned. A partition's queue is split
    /// off *before* the assignment, because otherwise records could reach the client's common
    /// queue.
    fn start(&self, partitions: &TopicPartitionList) {
        let Some(consumer) = self.consumer.get().and_then(Weak::upgrade) else {
            return;
        };
        for assigned in partitions.elements() {
            let place = (assigned.topic().to_owned(), assigned.partition());
            self.stop(std::slice::from_ref(&place));
            let Some(queue) = consumer.split_partition_queue(&place.0, place.1) else {
                self.task_failed.notify_one();
                continue;
            };
            let stop = CancellationToken::new();
            let (sender, ended) = channel();
            let guard = TaskGuard {
                stop: stop.clone(),
                task_failed: Arc::clone(&self.task_failed),
                _ended: sender,
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
                // Dropped last, so that `ended` means that nothing of the task is left.
                let _guard = guard;
                partition.run().await;
            });
            let abort = task.abort_handle();
            self.tasks().insert(place, Task { stop, abort, ended });
        }
    }

    /// Stops the tasks of these partitions and waits for their end. Afterwards nothing of these
    /// partitions is processed or committed.
    fn stop(&self, places: &[(String, i32)]) {
        let stopping: Vec<Task> = {
            let mut tasks = self.tasks();
            places.iter().filter_map(|place| tasks.remove(place)).collect()
        };
        for task in &stopping {
            task.stop.cancel();
        }
        let deadline = Instant::now() + FINISH_TIMEOUT;
        for task in stopping {
            let left = deadline.saturating_duration_since(Instant::now());
            if task.ended.recv_timeout(left) == Err(RecvTimeoutError::Timeout) {
                tracing::error!(
                    "a partition's task did not finish in time and is aborted; its transaction is rolled back"
                );
                task.abort.abort();
                let _ = task.ended.recv_timeout(FINISH_TIMEOUT);
            }
        }
    }

    pub(super) fn stop_all(&self) {
        let places: Vec<_> = self.tasks().keys().cloned().collect();
        self.stop(&places);
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<(String, i32), Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
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
            // The client unassigns all partitions.
            Rebalance::Error(error) => {
                tracing::warn!(%error, "could not rebalance the consumer group");
                self.stop_all();
            }
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(%error, "could not commit offsets; redelivered events are recognised");
        }
    }
}
