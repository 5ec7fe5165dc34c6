//! What a consumer does beside: forgetting old ids, measuring.

use std::time::Duration;

use chrono::Utc;
use diesel::QueryResult;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::builder::Intake;
use super::inbox;
use crate::lag::Lags;
use crate::metrics::METRICS;
use crate::parking;

const MEASURE: Duration = Duration::from_secs(15);
const PRUNE: Duration = Duration::from_hours(1);

pub(super) async fn run(intake: &Intake, lags: &Lags, stop: &CancellationToken) {
    tokio::join!(measure(intake, lags, stop), forget(intake, stop));
}

async fn measure(intake: &Intake, lags: &Lags, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        match counts(intake).await {
            Ok(counts) => METRICS.kept(&counts, Utc::now()),
            Err(error) => tracing::debug!(%error, "kept events can't be counted"),
        }
        match lags.measure().await {
            Ok(lags) => METRICS.lags(&lags),
            Err(error) => tracing::debug!(%error, "lags can't be measured"),
        }
        let _ = tokio::time::timeout(MEASURE, stop.cancelled()).await;
    }
}

async fn counts(intake: &Intake) -> QueryResult<parking::Counts> {
    let mut conn = intake.db.connection().await?;
    parking::counts(&mut conn, intake.service).await
}

async fn forget(intake: &Intake, stop: &CancellationToken) {
    let mut next = Instant::now();
    loop {
        if tokio::time::timeout_at(next, stop.cancelled()).await.is_ok() {
            return;
        }
        next = match forget_some(intake).await {
            Ok(0) => Instant::now() + PRUNE,
            // Gently: others need the database.
            Ok(_) => Instant::now() + Duration::from_millis(200),
            Err(error) => {
                tracing::debug!(%error, "old event ids can't be forgotten");
                Instant::now() + PRUNE
            }
        };
    }
}

async fn forget_some(intake: &Intake) -> QueryResult<usize> {
    let mut conn = intake.db.connection().await?;
    inbox::prune(&mut conn, intake.service, intake.kafka.options().inbox_retention).await
}
