//! An overdue invoice is charged once more, now.

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
    request: Request<pb::RetryChargeRequest>,
) -> Result<pb::RetryChargeResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = InvoiceId(wire::parse_id("invoice_id", &request.invoice_id)?);
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let invoice = invoices::lock(conn, id).await?;
            if !caller.owns(&invoice.owner.name()) {
                return Err(Error::InvoiceNotFound(id.0));
            }
            if invoice.status != Status::Overdue {
                return Err(Error::NotRetryable(invoice.number));
            }
            let now = api.clock.now();
            let attempt = attempts::create(conn, AttemptKind::Charge, &invoice, now, now)
                .await?
                .ok_or_else(|| Error::NotRetryable(invoice.number.clone()))?;
            Ok(pb::RetryChargeResponse {
                payment: Some(convert::payment(&attempt, invoice.owner.name(), invoice.amount)),
            })
        },
    )
    .await?;
    api.wakes.charges.notify_one();
    Ok(response)
}
