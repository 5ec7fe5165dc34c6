//! An overdue invoice is charged again, at once.

use billing_contract::v1 as pb;
use diesel_async::AsyncPgConnection;
use service_host::{Caller, command, field};
use tonic::Request;

use super::{Api, convert};
use crate::Error;
use crate::domain::AttemptKind;
use crate::use_cases::retry_invoice::retry_invoice;

pub(super) async fn handle(
    api: &Api,
    request: Request<pb::RetryChargeRequest>,
) -> Result<pb::RetryChargeResponse, Error> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let id = field::id("invoice_id", &request.invoice_id)?;
    let response = command(
        &api.db,
        &caller,
        &request,
        async |conn: &mut AsyncPgConnection| -> Result<_, Error> {
            let now = api.clock.now();
            let listed = retry_invoice(conn, id, AttemptKind::Charge, &caller, now).await?;
            Ok(pb::RetryChargeResponse {
                payment: Some(convert::payment(&listed)),
            })
        },
    )
    .await?;
    api.wakes.charges.notify_one();
    Ok(response)
}
