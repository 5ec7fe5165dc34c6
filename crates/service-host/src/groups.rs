//! Batches of concurrent calls: group commit, and reads of many rows by one query.
//!
//! A durable commit, like a round trip, costs the same for one row and for fifty. A call that
//! arrives while all workers are busy joins the next group, which starts when a worker is free. A
//! call never waits for other calls: without any, it is a group of one.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::Refusal;

/// How many groups may run concurrently: while one waits for the disk, the next one is prepared.
const WORKERS: usize = 2;
/// The most calls in one group. Bounds the length of a transaction.
const LARGEST: usize = 128;
/// The most calls that may wait for a group.
const WAITING: usize = 2_048;
/// How long a refused caller is told to wait before a retry.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// How long a group may take. Then its calls continue individually.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Runs concurrent calls in groups. Cheap to clone. Needs no shutdown: workers run only while calls
/// wait for them.
pub struct Groups<T, R> {
    inner: Arc<Inner<T, R>>,
}

type RunGroup<T, R> = Box<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<Option<R>>> + Send + Sync>;

struct Inner<T, R> {
    name: &'static str,
    timeout: Duration,
    run: RunGroup<T, R>,
    queue: Mutex<Queue<T, R>>,
}

struct Queue<T, R> {
    waiting: VecDeque<Waiting<T, R>>,
    workers: usize,
}

struct Waiting<T, R> {
    item: T,
    answer: oneshot::Sender<Option<R>>,
    span: Span,
}

impl<T, R> Clone for Groups<T, R> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<T: Send + 'static, R: Send + 'static> Groups<T, R> {
    /// `run` takes the items of a group and returns an answer for each, in the same order. `None`
    /// means that the item was not done, or that its outcome is unknown: its caller continues
    /// individually. So the failure of one item is never the answer to another. `name` is the name
    /// of the groups' spans.
    pub fn new<F, W>(name: &'static str, run: F) -> Self
    where
        F: Fn(Vec<T>) -> W + Send + Sync + 'static,
        W: Future<Output = Vec<Option<R>>> + Send + 'static,
    {
        Self::with_timeout(name, TIMEOUT, run)
    }

    fn with_timeout<F, W>(name: &'static str, timeout: Duration, run: F) -> Self
    where
        F: Fn(Vec<T>) -> W + Send + Sync + 'static,
        W: Future<Output = Vec<Option<R>>> + Send + 'static,
    {
        Self {
            inner: Arc::new(Inner {
                name,
                timeout,
                run: Box::new(move |items| run(items).boxed()),
                queue: Mutex::new(Queue {
                    waiting: VecDeque::new(),
                    workers: 0,
                }),
            }),
        }
    }

    /// Runs `item` in a group that starts after this call. `None` means that the caller must
    /// continue individually.
    ///
    /// If the returned future is dropped before the group starts, the group leaves the item out.
    /// After that, the group does the item.
    ///
    /// # Errors
    /// UNAVAILABLE: too many calls are waiting.
    pub async fn join(&self, item: T) -> Result<Option<R>, Refusal> {
        let (answer, answered) = oneshot::channel();
        let span = Span::current();
        self.enter(Waiting { item, answer, span })?;
        // A group that panicked or timed out sends no answer.
        Ok(answered.await.unwrap_or(None))
    }

    fn enter(&self, waiting: Waiting<T, R>) -> Result<(), Refusal> {
        let mut queue = self.inner.queue();
        if queue.waiting.len() >= WAITING {
            return Err(Refusal::unavailable(
                "OVERLOADED",
                "too many calls are in flight; try again",
                RETRY_AFTER,
            ));
        }
        queue.waiting.push_back(waiting);
        if queue.workers < WORKERS {
            queue.workers += 1;
            // A separate task, so that a caller that is cancelled does not cut off the others'
            // transaction.
            tokio::spawn(Arc::clone(&self.inner).work());
        }
        Ok(())
    }
}

impl<T: Send + 'static, R: Send + 'static> Inner<T, R> {
    fn queue(&self) -> MutexGuard<'_, Queue<T, R>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs groups until no call waits.
    async fn work(self: Arc<Self>) {
        while let Some(group) = self.next() {
            self.run_group(group).await;
        }
    }

    /// The next group. `None` ends the worker. The check for waiting calls and the change of the
    /// number of workers are one step under the lock, so that no call can arrive between them and
    /// wait for a worker that has ended.
    fn next(&self) -> Option<Vec<Waiting<T, R>>> {
        let mut queue = self.queue();
        let size = queue.waiting.len().min(LARGEST);
        if size == 0 {
            queue.workers -= 1;
            return None;
        }
        Some(queue.waiting.drain(..size).collect())
    }

    async fn run_group(&self, mut group: Vec<Waiting<T, R>>) {
        group.retain(|waiting| !waiting.answer.is_closed());
        let Some(first) = group.first() else {
            return;
        };
        // Part of the first caller's trace. The spans of the other callers link to it.
        let span = tracing::info_span!(
            parent: &first.span,
            "group",
            otel.name = self.name,
            group.size = group.len(),
        );
        let (items, answers): (Vec<T>, Vec<_>) = group
            .into_iter()
            .map(|waiting| {
                waiting.span.follows_from(&span);
                (waiting.item, waiting.answer)
            })
            .unzip();
        let working = AssertUnwindSafe((self.run)(items)).catch_unwind();
        let Ok(Ok(results)) = tokio::time::timeout(self.timeout, working.instrument(span)).await else {
            return;
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // Fails if the caller was cancelled meanwhile.
            let _ = answer.send(result);
        }
    }
}

#[cfg(test)]
mod tests;
