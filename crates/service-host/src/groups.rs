//! What several callers want at the same time, done at once: group commit, and reads of many rows by one query.
//!
//! A durable commit costs the same whether it holds one row or fifty, and so does a round trip. Whoever comes while
//! groups are at work joins the next one, which is taken up when one of those is done. Nobody waits for company: a
//! caller alone is a group of one.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{Instrument as _, Span};

use crate::Refusal;

/// How many groups are worked on at once: while one waits for the disk, the next is put together.
const WORKERS: usize = 2;
/// Most callers of one group, so that no transaction is long.
const LARGEST: usize = 128;
/// How many callers may wait for the next groups.
const WAITING: usize = 2_048;
/// What a caller who can't wait is told to wait instead.
const PAUSE: Duration = Duration::from_millis(500);
/// No group takes longer; its callers go alone then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does what callers want, in groups. Cheap to clone. Needs no task of its own, and nothing to end it: groups are
/// worked on only while callers wait for them.
pub struct Groups<T, R> {
    inner: Arc<Inner<T, R>>,
}

type Work<T, R> = Box<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<Option<R>>> + Send + Sync>;

struct Inner<T, R> {
    name: &'static str,
    patience: Duration,
    work: Work<T, R>,
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
    /// `work` takes a group and answers each of it, in its order. `None` sends a caller the ordinary way: it was not done
    /// with the others, or nobody knows. So a group is all that its members share: the failure of one is never the answer
    /// of another. The name is that of the groups' spans.
    pub fn new<F, W>(name: &'static str, work: F) -> Self
    where
        F: Fn(Vec<T>) -> W + Send + Sync + 'static,
        W: Future<Output = Vec<Option<R>>> + Send + 'static,
    {
        Self::patient(name, PATIENCE, work)
    }

    fn patient<F, W>(name: &'static str, patience: Duration, work: F) -> Self
    where
        F: Fn(Vec<T>) -> W + Send + Sync + 'static,
        W: Future<Output = Vec<Option<R>>> + Send + 'static,
    {
        Self {
            inner: Arc::new(Inner {
                name,
                patience,
                work: Box::new(move |items| work(items).boxed()),
                queue: Mutex::new(Queue {
                    waiting: VecDeque::new(),
                    workers: 0,
                }),
            }),
        }
    }

    /// Has this done in a group, which begins its work after this call. `None`: go the ordinary way.
    ///
    /// Who stops waiting before the group is taken up is left out of it. After that the group goes on without them.
    ///
    /// # Errors
    /// UNAVAILABLE: too many are waiting already.
    pub async fn join(&self, item: T) -> Result<Option<R>, Refusal> {
        let (answer, answered) = oneshot::channel();
        let span = Span::current();
        self.enter(Waiting { item, answer, span })?;
        // A worker that panicked, or was too slow, gives no answer.
        Ok(answered.await.unwrap_or(None))
    }

    fn enter(&self, waiting: Waiting<T, R>) -> Result<(), Refusal> {
        let mut queue = self.inner.queue();
        if queue.waiting.len() >= WAITING {
            return Err(Refusal::unavailable(
                "OVERLOADED",
                "too many calls are under way; try again",
                PAUSE,
            ));
        }
        queue.waiting.push_back(waiting);
        if queue.workers < WORKERS {
            queue.workers += 1;
            // A task of its own: a caller who gives up must not cut the others' transaction.
            tokio::spawn(Arc::clone(&self.inner).work_off());
        }
        Ok(())
    }
}

impl<T: Send + 'static, R: Send + 'static> Inner<T, R> {
    fn queue(&self) -> MutexGuard<'_, Queue<T, R>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up groups until nobody waits.
    async fn work_off(self: Arc<Self>) {
        while let Some(group) = self.next() {
            self.work_on(group).await;
        }
    }

    /// The next group. `None` ends the worker: that nobody waits and that there is one worker less is one step, so that
    /// nobody can come in between and be overlooked.
    fn next(&self) -> Option<Vec<Waiting<T, R>>> {
        let mut queue = self.queue();
        let size = queue.waiting.len().min(LARGEST);
        if size == 0 {
            queue.workers -= 1;
            return None;
        }
        Some(queue.waiting.drain(..size).collect())
    }

    async fn work_on(&self, mut group: Vec<Waiting<T, R>>) {
        group.retain(|waiting| !waiting.answer.is_closed());
        let Some(first) = group.first() else {
            return;
        };
        // A part of the first caller's trace; the others' traces point to it.
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
        let working = AssertUnwindSafe((self.work)(items)).catch_unwind();
        let Ok(Ok(results)) = timeout(self.patience, working.instrument(span)).await else {
            return;
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // A caller who has given up meanwhile needs no answer.
            let _ = answer.send(result);
        }
    }
}

#[cfg(test)]
mod tests;
