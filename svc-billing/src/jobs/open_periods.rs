//! B5, B6: opens a period for closing when the calendar ends it.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;

use super::Wakes;
use crate::Error;
use crate::domain::{OwnerKind, Settings};
use crate::store::periods;

/// Opens the last period of clients and of workers that has ended, unless it is open or closed. A
/// period that was missed becomes part of the next one, which begins at the end of the last.
pub async fn run(db: &Database, settings: &Settings, wakes: &Wakes, now: DateTime<Utc>) -> Result<(), Error> {
    let mut result = Ok(());
    for kind in [OwnerKind::Client, OwnerKind::Worker] {
        result = result.and(open(db, settings, wakes, kind, now).await);
    }
    result
}

async fn open(
    db: &Database,
    settings: &Settings,
    wakes: &Wakes,
    kind: OwnerKind,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let period = settings.calendar.last_ended(kind, now);
    let opened = db
        .transaction(async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            Ok(periods::open(conn, kind, period, now).await?)
        })
        .await?;
    if let Some(id) = opened {
        let owner = <&str>::from(kind);
        tracing::info!(period.id = %id, period.end = %period.ends_at, owner, "opened a period for closing");
        wakes.closing.notify_one();
    }
    Ok(())
}
