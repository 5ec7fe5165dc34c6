//! Attempts to pay workers out, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::Caller;
use tonic::Request;
use uuid::Uuid;

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
    let list = format!("payouts/{}/{}", request.worker_id, request.invoice_id);
    let page = Page::<Uuid>::read(&list, request.page_size, &request.page_token)?;
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
    let mut found = attempts::list(conn, AttemptKind::Payout, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut found, |attempt| attempt.id.0);
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
