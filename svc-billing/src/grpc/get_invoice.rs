//! One invoice with its lines.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::Caller;
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::{Invoice, InvoiceId};
use crate::store::{invoices, statements};
use crate::wire;

/// More lines than this are not shown in one answer, which says how many it leaves out.
pub(super) const MOST_LINES: i64 = 10_000;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetInvoiceRequest>,
) -> Result<pb::GetInvoiceResponse, Error> {
    let caller = Caller::of(&request)?;
    let conn = &mut *api.db.connection().await?;
    let invoice = visible(conn, &caller, &request.get_ref().invoice_id).await?;
    let rows = statements::of_invoice(conn, invoice.id, MOST_LINES).await?;
    let kind = invoice.owner.kind();
    let omitted_lines = invoice.lines_beyond(rows.len());
    let lines = rows.into_iter().map(|row| convert::line(kind, row));
    Ok(pb::GetInvoiceResponse {
        invoice: Some(convert::invoice(&invoice)),
        lines: lines.collect::<Result<_, _>>()?,
        omitted_lines,
    })
}

/// The invoice, if the caller may see it. Somebody else's looks like one that isn't there.
pub(super) async fn visible(
    conn: &mut AsyncPgConnection,
    caller: &Caller,
    id: &str,
) -> Result<Invoice, Error> {
    let id = InvoiceId(wire::parse_id("invoice_id", id)?);
    let invoice = invoices::get(conn, id).await?;
    if caller.owns(&invoice.owner.name()) {
        Ok(invoice)
    } else {
        Err(Error::InvoiceNotFound(id.0))
    }
}
