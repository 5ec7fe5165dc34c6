//! A period of the calendar is over: it is opened for closing (B5, B6).

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;

use super::Wakes;
use crate::Error;
use crate::domain::{OwnerKind, Settings};
use crate::store::periods;

/// Opens the latest period of clients and of workers that is over, unless that was done before. A period that was missed
/// because nothing ran then is part of the next: it begins where the last one ended. The clients' failure does not keep
/// the workers'; it comes back.
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
        tracing::info!(period.id = %id, period.end = %period.ends_at, owner = kind.as_str(), "a period is over");
        wakes.closing.notify_one();
    }
    Ok(())
}
