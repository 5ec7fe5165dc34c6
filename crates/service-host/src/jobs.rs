//! Jobs: work that a timer starts.
//!
//! A job takes no input, is safe to repeat, and runs on one replica at a time: the replica that
//! holds the job's lock in the database. It runs when the process starts, then at every interval,
//! and sooner when it is woken.

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

use crate::Host;
use crate::database::{Committed, Exclusive};
use crate::error_chain::chain;
use crate::supervisor::panic_message;

/// The longest pause after a run that failed, or that was another replica's turn. A daily job must
/// not miss a day because the database was away, or its replica died, at the time of the run.
const RETRY: Duration = Duration::from_mins(1);

/// How long a running job may continue after shutdown is requested. Longer than any single call to
/// the outside may take (a mail server: 25 s), and within the 30 s that a process has to drain.
/// A run that takes longer is cut off, as by a crash; the next run repeats its work.
const FINISH: Duration = Duration::from_secs(28);

/// A job that is about to [`run`](Self::run). Made by [`Host::every`].
pub struct Job {
    name: &'static str,
    interval: Duration,
    host: Host,
    wake: Wake,
}

/// What starts a run before its interval has passed.
enum Wake {
    Nothing,
    Notification(Arc<Notify>),
    Commit(Committed),
}

/// The future that runs a job until the shutdown.
pub struct Task<F> {
    /// The job's name.
    pub name: &'static str,
    /// Runs the job. Ends after the shutdown.
    pub future: F,
}

impl Job {
    pub(crate) fn new(name: &'static str, interval: Duration, host: Host) -> Self {
        Self {
            name,
            interval,
            host,
            wake: Wake::Nothing,
        }
    }

    /// Also runs soon after a notification, on the replica that holds the lock. A notification
    /// during a run starts another run.
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = Wake::Notification(wake);
        self
    }

    /// Also runs soon after this process committed a transaction, on the replica that holds the
    /// lock. A commit during a run starts another run.
    pub fn woken_by_commits(mut self) -> Self {
        self.wake = Wake::Commit(self.host.db.committed());
        self
    }

    /// Runs `work` at every interval until the shutdown. A failure or a panic is logged and
    /// counted; the next run starts after the interval or a minute, whichever is shorter.
    pub fn run<F, E>(self, work: F) -> Task<impl Future<Output = ()>>
    where
        F: AsyncFn(Host) -> Result<(), E>,
        E: Error + 'static,
    {
        Task {
            name: self.name,
            future: self.repeat(work),
        }
    }

    async fn repeat<F, E>(mut self, work: F)
    where
        F: AsyncFn(Host) -> Result<(), E>,
        E: Error + 'static,
    {
        let numbers = Numbers::new(self.name, self.interval);
        let shutdown = self.host.shutdown.clone();
        let mut lock = None;
        while !shutdown.is_cancelled() {
            let mut pause = self.interval.min(RETRY);
            if self.leads(&mut lock).await {
                let span =
                    tracing::info_span!(parent: None, "job", otel.name = self.name, job.name = self.name);
                let run = work(self.host.clone());
                tokio::select! {
                    succeeded = numbers.measure(self.name, run).instrument(span) => if succeeded {
                        pause = self.interval;
                    },
                    () = after(&shutdown, FINISH) => {
                        tracing::warn!(job.name = self.name, "the shutdown cut off a long run; the next run repeats it");
                    }
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.wake.next() => {}
            }
        }
        if let Some(lock) = lock {
            lock.release().await;
        }
    }

    /// Whether this replica holds the job's lock. Takes the lock if it is free.
    async fn leads(&self, lock: &mut Option<Exclusive>) -> bool {
        if let Some(held) = lock {
            if held.held().await {
                return true;
            }
            *lock = None;
        }
        match self.host.db.exclusive(&format!("job/{}", self.name)).await {
            Ok(got) => *lock = got,
            Err(error) => tracing::debug!(job.name = self.name, %error, "no lock: the database is away"),
        }
        lock.is_some()
    }
}

impl Wake {
    async fn next(&mut self) {
        match self {
            Self::Nothing => std::future::pending().await,
            Self::Notification(wake) => wake.notified().await,
            Self::Commit(committed) => committed.changed().await,
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
        // Not `job`: Prometheus sets that label itself, to the name of the scraped target.
        let name = KeyValue::new("job.name", name);
        meter
            .f64_gauge("artel.job.interval")
            .with_unit("s")
            .with_description("Pause between two runs of a job")
            .build()
            .record(interval.as_secs_f64(), std::slice::from_ref(&name));
        Self {
            name,
            failures: meter
                .u64_counter("artel.job.failures")
                .with_description("Failed runs of a job")
                .build(),
            duration: meter
                .f64_histogram("artel.job.duration")
                .with_unit("s")
                .with_description("Duration of a job's runs")
                .with_boundaries(vec![0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0])
                .build(),
            last_success: meter
                .f64_gauge("artel.job.last_success.timestamp")
                .with_unit("s")
                .with_description("End of the job's last successful run in this process, as Unix time")
                .build(),
        }
    }

    /// Awaits one run and returns whether it succeeded.
    async fn measure<E>(&self, name: &'static str, run: impl Future<Output = Result<(), E>>) -> bool
    where
        E: Error + 'static,
    {
        let began = Instant::now();
        let error = match AssertUnwindSafe(run).catch_unwind().await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(chain(&error)),
            Err(panic) => Some(format!("panicked: {}", panic_message(panic.as_ref()))),
        };
        self.duration
            .record(began.elapsed().as_secs_f64(), std::slice::from_ref(&self.name));
        let succeeded = error.is_none();
        if let Some(error) = error {
            self.failures.add(1, std::slice::from_ref(&self.name));
            tracing::error!(job.name = name, error, "the job failed; the next run repeats it");
        } else {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.last_success
                .record(now.as_secs_f64(), std::slice::from_ref(&self.name));
        }
        succeeded
    }
}
