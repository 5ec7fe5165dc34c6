//! The whole ledger is proved, as `artel ledger verify` does (B10), so that nobody has to think of it.

use service_host::Database;

use crate::metrics::METRICS;
use crate::{Error, audit};

/// Proves the ledger once. What is found is told: in the log, and to whoever watches `artel.billing.ledger.intact`.
pub async fn run(db: &Database) -> Result<(), Error> {
    let report = audit::verify(db, None).await?;
    if let Some(finding) = &report.finding {
        tracing::error!(transaction.id = ?finding.transaction, finding = finding.text, "the ledger is not intact");
    }
    METRICS.proved(report.finding.is_none());
    Ok(())
}
