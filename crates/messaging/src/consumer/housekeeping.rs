//! Deletes old inbox rows and measures lag and kept events.

use std::time::Duration;

use chrono::Utc;
use diesel::QueryResult;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::inbox;
use super::intake::Intake;
use crate::lag::Lags;
use crate::metrics::METRICS;
use crate::parking;

const MEASURE_INTERVAL: Duration = Duration::from_secs(15);
const PRUNE_INTERVAL: Duration = Duration::from_hours(1);
/// Pause between two deletions, so that they do not load the database.
const PRUNE_PAUSE: Duration = Duration::from_millis(200);

pub(super) async fn run(intake: &Intake, lags: &Lags, stop: &CancellationToken) {
    tokio::join!(measure(intake, lags, stop), prune(intake, stop));
}

async fn measure(intake: &Intake, lags: &Lags, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match counts(intake).await {
            Ok(counts) => METRICS.kept(&counts, Utc::now()),
            Err(error) => tracing::debug!(%error, "could not count the kept events"),
        }
        match lags.measure().await {
            Ok(lags) => METRICS.lags(&lags),
            Err(error) => tracing::debug!(%error, "could not measure the lag"),
        }
        let _ = tokio::time::timeout(MEASURE_INTERVAL, stop.cancelled()).await;
    }
}

async fn counts(intake: &Intake) -> QueryResult<parking::Counts> {
    let mut conn = intake.db.connection().await?;
    parking::counts(&mut conn, intake.service).await
}

async fn prune(intake: &Intake, stop: &CancellationToken) {
    let mut next = Instant::now();
    loop {
        if tokio::time::timeout_at(next, stop.cancelled()).await.is_ok() {
            return;
        }
        next = match prune_some(intake).await {
            Ok(0) => Instant::now() + PRUNE_INTERVAL,
            Ok(_) => Instant::now() + PRUNE_PAUSE,
            Err(error) => {
                tracing::debug!(%error, "could not delete old inbox rows");
                Instant::now() + PRUNE_INTERVAL
            }
        };
    }
}

async fn prune_some(intake: &Intake) -> QueryResult<usize> {
    let mut conn = intake.db.connection().await?;
    inbox::prune(&mut conn, intake.service, intake.kafka.options().inbox_retention).await
}
