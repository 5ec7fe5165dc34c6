//! B10: verifies the whole ledger, as `artel ledger verify` does.

use diesel_async::AsyncPgConnection;
use service_host::Database;

use super::metrics::METRICS;
use crate::Error;
use crate::use_cases::verify_ledger::verify_ledger;

/// A finding is logged as an error and sets `artel.billing.ledger.intact` to 0.
pub async fn run(db: &Database) -> Result<(), Error> {
    let report = db
        .transaction(async |conn: &mut AsyncPgConnection| verify_ledger(conn, None).await)
        .await?;
    if let Some(finding) = &report.finding {
        tracing::error!(%finding, "the ledger is corrupt");
    }
    METRICS.proved(report.finding.is_none());
    Ok(())
}
