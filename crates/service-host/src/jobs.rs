//! What the clock starts.
//!
//! A job takes no input, is safe to repeat, and runs on one replica at a time: the one that holds the job's lock in the
//! database. It runs at once, then at every interval, and sooner when woken.

use std::fmt::Display;
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
use crate::supervisor::words;

/// How long after a run that failed, or was another replica's, the next one comes at the latest: a daily job must not miss a
/// day because the database was away, or its replica died, when its time came.
const AGAIN: Duration = Duration::from_mins(1);

/// Prepares a job that runs at every `interval`. The name is that of its lock, its log lines and its metrics.
pub fn every(name: &'static str, interval: Duration, database: &Database) -> Job {
    Job {
        name,
        interval,
        database: database.clone(),
        wake: None,
    }
}

/// A job that is about to [`run`](Self::run).
pub struct Job {
    name: &'static str,
    interval: Duration,
    database: Database,
    wake: Option<Arc<Notify>>,
}

impl Job {
    /// Also runs soon after this was notified, on the replica whose turn it is. A notification during a run causes another
    /// one.
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// Runs `work` again and again until the shutdown; a run under way is finished first. A failure or a panic is
    /// logged and counted, and the next run comes as planned or in a minute, whichever is sooner.
    pub async fn run<F, E>(self, shutdown: CancellationToken, work: F)
    where
        F: AsyncFn() -> Result<(), E>,
        E: Display,
    {
        let numbers = Numbers::new(self.name, self.interval);
        let mut lock = None;
        while !shutdown.is_cancelled() {
            let mut pause = self.interval.min(AGAIN);
            if self.leads(&mut lock).await {
                let span =
                    tracing::info_span!(parent: None, "job", otel.name = self.name, job.name = self.name);
                if numbers.measure(self.name, &work).instrument(span).await {
                    pause = self.interval;
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
        E: Display,
    {
        let began = Instant::now();
        let error = match AssertUnwindSafe(work()).catch_unwind().await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
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
