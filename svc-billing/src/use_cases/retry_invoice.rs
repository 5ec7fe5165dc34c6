//! B5, B6: one more attempt to settle an invoice whose last attempt failed.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use service_host::Caller;

use crate::Error;
use crate::domain::{AttemptKind, InvoiceId};
use crate::store::attempts::{self, Listed};
use crate::store::invoices;

/// Creates the attempt, due at once.
///
/// # Errors
/// [`Error::InvoiceNotFound`] if the invoice does not exist or is not the caller's;
/// [`Error::NotRetryable`] if it is paid or an attempt is pending.
pub async fn retry_invoice(
    conn: &mut AsyncPgConnection,
    id: InvoiceId,
    kind: AttemptKind,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Listed, Error> {
    let invoice = invoices::lock(conn, id).await?;
    if !caller.owns(&invoice.owner.name()) {
        return Err(Error::InvoiceNotFound(id.0));
    }
    if invoice.status != kind.status_when_failed() {
        return Err(Error::NotRetryable(invoice.number));
    }
    match attempts::create(conn, kind, &invoice, now, now).await? {
        Some(attempt) => Ok(Listed {
            attempt,
            owner: invoice.owner,
            amount: invoice.amount,
        }),
        None => Err(Error::NotRetryable(invoice.number)),
    }
}
