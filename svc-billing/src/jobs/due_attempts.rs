//! The attempts that are due, several at a time.

use chrono::{DateTime, Utc};
use futures::stream::{self, StreamExt as _};
use service_host::{Database, telemetry};
use tracing::Instrument as _;

use crate::Error;
use crate::domain::{AttemptId, AttemptKind};
use crate::store::attempts::Due;

const BATCH: i64 = 200;
/// How many attempts are in flight at a time.
pub(super) const CONCURRENCY: usize = 8;

/// Calls `make` for every attempt of one kind that is due. A failed call does not stop the others;
/// the first error is returned.
pub(super) async fn for_each_due<F>(
    db: &Database,
    kind: AttemptKind,
    now: DateTime<Utc>,
    make: impl Fn(AttemptId) -> F,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let name = match kind {
        AttemptKind::Charge => "charge",
        AttemptKind::Payout => "pay out",
    };
    let mut due = Due::at(kind, now);
    let mut result = Ok(());
    loop {
        let batch = due.next(&mut *db.connection().await?, BATCH).await?;
        if batch.is_empty() {
            return result;
        }
        let results: Vec<Result<(), Error>> = stream::iter(batch)
            .map(|(id, traceparent)| {
                let span = telemetry::resumed(name, traceparent.as_deref());
                make(id).instrument(span)
            })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        result = results.into_iter().fold(result, Result::and);
    }
}
