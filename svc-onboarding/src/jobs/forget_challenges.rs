//! Deletes used challenges that have expired.

use chrono::{DateTime, Utc};
use service_host::Database;

use crate::error::Error;
use crate::store;

pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    store::challenges::purge(&mut *db.connection().await?, now).await?;
    Ok(())
}
