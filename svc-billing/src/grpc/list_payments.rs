//! Attempts to charge clients, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::Error;
use crate::domain::{AttemptKind, ClientId, InvoiceId, Owner};
use crate::store::accounts;
use crate::store::attempts::{self, Filter};
use crate::wire;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListPaymentsRequest>,
) -> Result<pb::ListPaymentsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("payments/{}/{}", request.client_id, request.invoice_id);
    let page = Page::<Uuid>::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    let account = match wire::parse_optional_id("client_id", &request.client_id)? {
        None => None,
        Some(id) => Some(accounts::get(conn, &Owner::Client(ClientId(id))).await?.id),
    };
    let filter = Filter {
        account,
        invoice: wire::parse_optional_id("invoice_id", &request.invoice_id)?.map(InvoiceId),
    };
    let mut found = attempts::list(conn, AttemptKind::Charge, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut found, |listed| listed.attempt.id.0);
    let payments = found
        .iter()
        .map(|listed| convert::payment(&listed.attempt, listed.owner.name(), listed.amount))
        .collect();
    Ok(pb::ListPaymentsResponse {
        payments,
        next_page_token,
    })
}
