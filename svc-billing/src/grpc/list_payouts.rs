//! Attempts to pay workers out, newest first.

use billing_contract::v1 as pb;
use conventions::page::Page;
use service_host::{Caller, field};
use tonic::Request;
use uuid::Uuid;

use super::{Api, convert};
use crate::Error;
use crate::domain::{AttemptKind, Owner};
use crate::store::accounts;
use crate::store::attempts::{self, Filter};

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::ListPayoutsRequest>,
) -> Result<pb::ListPayoutsResponse, Error> {
    Caller::of(&request)?;
    let request = request.into_inner();
    let list = format!("payouts/{}/{}", request.worker_id, request.invoice_id);
    let page = Page::<Uuid>::read(&list, request.page_size, &request.page_token)?;
    let conn = &mut *api.db.connection().await?;
    let account = match field::optional_id("worker_id", &request.worker_id)? {
        None => None,
        Some(id) => Some(accounts::get(conn, &Owner::Worker(id)).await?.id),
    };
    let filter = Filter {
        account,
        invoice: field::optional_id("invoice_id", &request.invoice_id)?,
    };
    let mut found = attempts::list(conn, AttemptKind::Payout, filter, page.after, page.limit()).await?;
    let next_page_token = page.cut(&list, &mut found, |listed| listed.attempt.id.0);
    Ok(pb::ListPayoutsResponse {
        payouts: found.iter().map(convert::payout).collect(),
        next_page_token,
    })
}
