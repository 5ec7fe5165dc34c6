//! Attempts to pay workers out, newest first.

use billing_contract::v1 as pb;
use service_host::Caller;
use tonic::Request;

use super::page::Page;
use super::{Api, convert};
use crate::Error;
use crate::domain::{AttemptKind, InvoiceId, Owner, WorkerId};
use crate::store::attempts::{self, Filter};
use crate::store::{accounts, invoices};
use crate::wire;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListPayoutsRequest>,
) -> Result<pb::ListPayoutsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let page = Page::new(request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    let account = if request.worker_id.is_empty() {
        None
    } else {
        let owner = Owner::Worker(WorkerId(wire::parse_id(&request.worker_id)));
        Some(accounts::get(conn, &owner).await?.id)
    };
    let filter = Filter {
        account,
        invoice: (!request.invoice_id.is_empty()).then(|| InvoiceId(wire::parse_id(&request.invoice_id))),
    };
    let mut found = attempts::list(conn, AttemptKind::Payout, filter, page.before, page.limit()).await?;
    let next_page_token = page.cut(&mut found, |attempt| attempt.id);
    let mut payouts = Vec::with_capacity(found.len());
    for attempt in &found {
        let invoice = invoices::get(conn, attempt.invoice).await?;
        payouts.push(convert::payout(attempt, invoice.owner.name(), invoice.amount));
    }
    Ok(pb::ListPayoutsResponse {
        payouts,
        next_page_token,
    })
}
