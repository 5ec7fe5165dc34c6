//! Invoices, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::{Caller, field};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::Error;
use crate::store::invoices::{self, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListInvoicesRequest>,
) -> Result<pb::ListInvoicesResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!(
        "invoices/{}/{}/{}",
        request.owner_id, request.owner_kind, request.status
    );
    let page = Page::<i64>::read(&list, request.page_size, &request.page_token)?;
    let filter = Filter {
        kind: convert::parse_owner_kind(request.owner_kind()),
        status: convert::parse_invoice_status(request.status()),
        owner: field::optional_id::<Uuid>("owner_id", &request.owner_id)?.map(|id| id.to_string()),
    };
    let conn = &mut *api.db.connection().await?;
    let mut found = invoices::list(conn, &filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut found, |(sequence, _)| *sequence);
    Ok(pb::ListInvoicesResponse {
        invoices: found
            .iter()
            .map(|(_, invoice)| convert::invoice(invoice))
            .collect(),
        next_page_token,
    })
}
