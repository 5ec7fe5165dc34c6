//! One invoice as a PDF.

use billing_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::Api;
use super::get_invoice::{MAX_LINES, visible};
use crate::Error;
use crate::document;
use crate::store::statements;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::GetInvoiceDocumentRequest>,
) -> Result<pb::GetInvoiceDocumentResponse, Error> {
    let caller = Caller::of(&request)?;
    let conn = &mut *api.db.connection().await?;
    let invoice = visible(conn, &caller, &request.get_ref().invoice_id).await?;
    let rows = statements::of_invoice(conn, invoice.id, MAX_LINES).await?;
    let sheet = document::Sheet::of(&invoice, &rows, api.settings.calendar.zone)?;
    Ok(pb::GetInvoiceDocumentResponse {
        file_name: format!("{}.pdf", invoice.number),
        content_type: "application/pdf".to_owned(),
        content: sheet.pdf(),
        omitted_lines: invoice.lines_beyond(rows.len()),
    })
}
