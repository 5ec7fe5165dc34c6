//! A failed payout is tried once more, now.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{AttemptKind, InvoiceId};
use crate::store::{attempts, invoices};
use crate::wire;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RetryPayoutRequest>,
) -> Result<pb::RetryPayoutResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = InvoiceId(wire::parse_id("invoice_id", &request.invoice_id)?);
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let invoice = invoices::lock(conn, id).await?;
            if invoice.status != Status::PayoutFailed {
                return Err(Error::NotRetryable(invoice.number));
            }
            let now = api.clock.now();
            let attempt = attempts::create(conn, AttemptKind::Payout, &invoice, now, now)
                .await?
                .ok_or_else(|| Error::NotRetryable(invoice.number.clone()))?;
            Ok(pb::RetryPayoutResponse {
                payout: Some(convert::payout(&attempt, invoice.owner.name(), invoice.amount)),
            })
        },
    )
    .await?;
    api.wakes.payouts.notify_one();
    Ok(response)
}
