//! One invoice with its lines.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{Invoice, InvoiceId};
use crate::store::{invoices, statements};

/// The most lines in one answer. The answer says how many are missing.
pub(super) const MAX_LINES: i64 = 10_000;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetInvoiceRequest>,
) -> Result<pb::GetInvoiceResponse, Error> {
    let caller = Caller::of(&request)?;
    let conn = &mut *api.db.connection().await?;
    let invoice = visible(conn, &caller, &request.get_ref().invoice_id).await?;
    let rows = statements::of_invoice(conn, invoice.id, MAX_LINES).await?;
    let kind = invoice.owner.kind();
    let omitted_lines = invoice.lines_beyond(rows.len());
    let lines = rows.into_iter().map(|line| convert::line(kind, line));
    Ok(pb::GetInvoiceResponse {
        invoice: Some(convert::invoice(&invoice)),
        lines: lines.collect::<Result<_, _>>()?,
        omitted_lines,
    })
}

/// The invoice. One that the caller may not see is refused like one that does not exist.
pub(super) async fn visible(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    id: &str,
) -> Result<Invoice, Error> {
    let id: InvoiceId = field::id("invoice_id", id)?;
    let invoice = invoices::get(conn, id).await?;
    if caller.owns(&invoice.owner.name()) {
        Ok(invoice)
    } else {
        Err(Error::InvoiceNotFound(id.0))
    }
}
