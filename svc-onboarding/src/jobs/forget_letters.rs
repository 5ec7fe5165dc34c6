//! Deletes e-mail allowances that are full again.

use chrono::{DateTime, Utc};
use service_host::Database;

use crate::error::Error;
use crate::store;

pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    store::letter_allowances::purge(&mut *db.connection().await?, now).await?;
    Ok(())
}
