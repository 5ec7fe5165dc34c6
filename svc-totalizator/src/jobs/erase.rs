//! T5: what was settled is erased after a set time, and so is what is known of orders that nobody
//! bet on.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use service_host::Database;

use crate::store::{orders, settlements};

/// Orders erased in one transaction.
const BATCH: i64 = 500;

/// Erases everything that was over longer than `keep` before `now`.
pub async fn run(db: &Database, keep: Duration, now: DateTime<Utc>) -> QueryResult<()> {
    let before = now - keep;
    loop {
        let erased = db
            .transaction(async |conn: &mut AsyncPgConnection| -> QueryResult<usize> {
                let settled = settlements::erase(conn, before, BATCH).await?;
                Ok(settled + orders::forget(conn, before, BATCH).await?)
            })
            .await?;
        if erased == 0 {
            return Ok(());
        }
    }
}
