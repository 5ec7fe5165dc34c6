//! O8: announces accounts whose announced next closing has passed, also idle ones, because
//! otherwise other services would show a date in the past.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Database;
use uuid::Uuid;

use crate::Error;
use crate::domain::{AccountId, OwnerKind, Settings};
use crate::store::accounts;

const BATCH: i64 = 200;

/// Announces all accounts whose next closing differs from the announced one: it has passed, or a
/// setting has changed the calendar.
pub async fn run(db: &Database, settings: &Settings, now: DateTime<Utc>) -> Result<(), Error> {
    let mut result = Ok(());
    for kind in [OwnerKind::Client, OwnerKind::Worker] {
        result = result.and(announce_all(db, settings, kind, now).await);
    }
    result
}

async fn announce_all(
    db: &Database,
    settings: &Settings,
    kind: OwnerKind,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let next_closing = settings.calendar.next_closing(kind, now);
    let mut result = Ok(());
    let mut last = AccountId(Uuid::nil());
    loop {
        let passed = {
            let conn = &mut *db.connection().await?;
            accounts::announced_otherwise(conn, kind, next_closing, last, BATCH).await?
        };
        let Some(end) = passed.last() else {
            return result;
        };
        last = *end;
        for account in passed {
            let announced = db
                .transaction(async |conn: &mut AsyncPgConnection| {
                    accounts::announce(conn, settings, account, now).await
                })
                .await;
            result = result.and(announced);
        }
    }
}
