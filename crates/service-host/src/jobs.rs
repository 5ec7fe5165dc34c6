//! What the clock starts.
//!
//! A job takes no input, is safe to repeat, and runs on one replica at a time: the one that holds the job's lock in the
//! database. It runs at once, then at every interval, and sooner when woken.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt as _;
use opentelemetry::metrics::{Counter, Gauge, Histogram};
use opentelemetry::{KeyValue, global};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::Database;
use crate::database::Exclusive;
use crate::refusal::chain;
use crate::supervisor::words;

/// How long after a run that failed, or was another replica's, the next one comes at the latest: a daily job must not miss a
/// day because the database was away, or its replica died, when its time came.
const AGAIN: Duration = Duration::from_mins(1);

/// How long a run may go on after the shutdown: longer than any one call to the outside may take (a mail server's 25 s), and
/// within the 30 s that a process has to drain. Then it is cut off, as a crash might at any time: the next one repeats what it was at.
const FINISH: Duration = Duration::from_secs(28);

/// Prepares a job that runs at every `interval`. The name is that of its lock, its log lines and its metrics.
pub fn every(name: &'static str, interval: Duration, database: &Database) -> Job {
    Job {
        name,
        interval,
        database: database.clone(),
        wake: None,
        finish: FINISH,
    }
}

/// A job that is about to [`run`](Self::run).
pub struct Job {
    name: &'static str,
    interval: Duration,
    database: Database,
    wake: Option<Arc<Notify>>,
    finish: Duration,
}

impl Job {
    /// Gives a run that is under way at the shutdown so long to end, instead of 28 s.
    pub fn finishing_within(mut self, finish: Duration) -> Self {
        self.finish = finish;
        self
    }

    /// Also runs soon after this was notified, on the replica whose turn it is. A notification during a run causes another
    /// one.
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// Runs `work` again and again until the shutdown; a run under way is given some time to end. A failure or a panic is
    /// logged and counted, and the next run comes as planned or in a minute, whichever is sooner.
    pub async fn run<F, E>(self, shutdown: CancellationToken, work: F)
    where
        F: AsyncFn() -> Result<(), E>,
        E: Error + 'static,
    {
        let numbers = Numbers::new(self.name, self.interval);
        let mut lock = None;
        while !shutdown.is_cancelled() {
            let mut pause = self.interval.min(AGAIN);
            if self.leads(&mut lock).await {
                let span =
                    tracing::info_span!(parent: None, "job", otel.name = self.name, job.name = self.name);
                tokio::select! {
                    succeeded = numbers.measure(self.name, &work).instrument(span) => if succeeded {
                        pause = self.interval;
                    },
                    () = after(&shutdown, self.finish) => {
                        tracing::warn!(job.name = self.name, "the shutdown cuts a long run off; it is repeated");
                    }
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.woken() => {}
            }
        }
        if let Some(lock) = lock {
            lock.release().await;
        }
    }

    /// Is this the replica whose turn it is?
    async fn leads(&self, lock: &mut Option<Exclusive>) -> bool {
        if let Some(held) = lock {
            if held.held().await {
                return true;
            }
            *lock = None;
        }
        match self.database.exclusive(&format!("job/{}", self.name)).await {
            Ok(got) => *lock = got,
            Err(error) => tracing::debug!(job.name = self.name, %error, "no lock: the database is away"),
        }
        lock.is_some()
    }

    async fn woken(&self) {
        match &self.wake {
            Some(wake) => wake.notified().await,
            None => std::future::pending().await,
        }
    }
}

async fn after(shutdown: &CancellationToken, pause: Duration) {
    shutdown.cancelled().await;
    tokio::time::sleep(pause).await;
}

struct Numbers {
    name: KeyValue,
    failures: Counter<u64>,
    duration: Histogram<f64>,
    last_success: Gauge<f64>,
}

impl Numbers {
    fn new(name: &'static str, interval: Duration) -> Self {
        let meter = global::meter("service-host");
        // Not `job`: that is Prometheus' own label for whom it reads from.
        let name = KeyValue::new("job.name", name);
        meter
            .f64_gauge("artel.job.interval")
            .with_unit("s")
            .with_description("How long after its last run a job runs again")
            .build()
            .record(interval.as_secs_f64(), std::slice::from_ref(&name));
        Self {
            name,
            failures: meter
                .u64_counter("artel.job.failures")
                .with_description("Runs of a job that failed")
                .build(),
            duration: meter
                .f64_histogram("artel.job.duration")
                .with_unit("s")
                .with_description("How long runs of a job take")
                .with_boundaries(vec![0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0])
                .build(),
            last_success: meter
                .f64_gauge("artel.job.last_success.timestamp")
                .with_unit("s")
                .with_description("When a job's last run that succeeded here ended, as Unix time")
                .build(),
        }
    }

    /// One run; whether it succeeded.
    async fn measure<F, E>(&self, name: &'static str, work: &F) -> bool
    where
        F: AsyncFn() -> Result<(), E>,
        E: Error + 'static,
    {
        let began = Instant::now();
        let error = match AssertUnwindSafe(work()).catch_unwind().await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(chain(&error)),
            Err(panic) => Some(format!("panicked: {}", words(panic.as_ref()))),
        };
        self.duration
            .record(began.elapsed().as_secs_f64(), std::slice::from_ref(&self.name));
        let succeeded = error.is_none();
        if let Some(error) = error {
            self.failures.add(1, std::slice::from_ref(&self.name));
            tracing::error!(job.name = name, error, "the job failed; it runs again");
        } else {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.last_success
                .record(now.as_secs_f64(), std::slice::from_ref(&self.name));
        }
        succeeded
    }
}
