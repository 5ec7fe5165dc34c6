//! Forgets used challenges that have expired: nobody would accept them any more.

use chrono::{DateTime, Utc};
use service_host::Database;

use crate::error::Error;
use crate::store;

/// One round.
pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    store::challenges::purge(&mut *db.connection().await?, now).await?;
    Ok(())
}
