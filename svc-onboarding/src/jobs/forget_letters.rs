//! Forgets whose allowance of letters is full again.

use chrono::{DateTime, Utc};
use service_host::Database;

use crate::error::Error;
use crate::store;

/// One round.
pub async fn run(db: &Database, now: DateTime<Utc>) -> Result<(), Error> {
    store::letter_allowances::purge(&mut *db.connection().await?, now).await?;
    Ok(())
}
